// SPDX-License-Identifier: Apache-2.0
#include "ssh_server.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <sstream>

#include "machine.h"
#include "tests/closed_doors.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

// In a network namespace of our own, other programs cannot take it in between.
int free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    (void)::bind(fd, reinterpret_cast<const sockaddr*>(&address), size);
    (void)::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(fd);
    return ntohs(address.sin_port);
}

// Greets: then the listener has handed the connection to a child.
bool greets(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    char greeting[4] = {};
    const bool greeted = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                         ::recv(fd, greeting, sizeof greeting, MSG_WAITALL) == sizeof greeting;
    ::close(fd);
    return greeted;
}

// OpenSSH 9.8 and later (Debian 13): the PAM service is a keyword's, and an address that was refused a few
// times is not listened to for a while, which for the tests is everybody's.
std::string lines_of_newer(const std::string& service) {
    static const bool newer =
        machine::read_file("/usr/sbin/sshd").find("pamservicename") != std::string::npos;
    return newer ? "PAMServiceName " + service + "\nPerSourcePenalties no\n" : "";
}

// Before that sshd takes the base name of argv[0] for its PAM service.
std::string link_of_service(const std::string& service) {
    std::string link = std::string(machine::kRunDir) + "/" + service;
    if (!fs::is_symlink(link)) fs::create_symlink("/usr/sbin/sshd", link);
    return link;
}

void write_pam_service(const std::string& service, const SshServer::Options& options) {
    std::string stack = without_jail(machine::read_file("/etc/pam.d/sshd")) + "\n";
    if (options.pam_jail && options.account_phase) stack += "account required pam_jail.so\n";
    if (options.pam_jail) stack += "session required pam_jail.so\n";
    machine::write_file("/etc/pam.d/" + service, stack);
}

}  // namespace

// sshd_config as Debian ships it; sshd takes the first value of a keyword, so ours stand before.
std::string SshServer::write_config(const Options& options, const std::string& service,
                                    const std::string& directory) const {
    const std::string run_dir = machine::kRunDir;
    std::string config = lines_of_newer(service) + "ListenAddress 127.0.0.1\nPort " + std::to_string(port_) +
                         "\nHostKey " + run_dir +
                         "/host_key\nPidFile none\n"
                         // The second place: an account without a home can still be told why it is refused.
                         "AuthorizedKeysFile .ssh/authorized_keys " +
                         run_dir +
                         "/authorized_keys/%u\n"
                         "KbdInteractiveAuthentication yes\n"
                         // Twenty logins at the same instant are a test, not an attack.
                         "MaxStartups 100\n" +
                         options.extra + "\nSubsystem sftp " + options.sftp + "\n";
    std::istringstream stock(machine::read_file("/etc/ssh/sshd_config"));
    for (std::string line; std::getline(stock, line);)
        if (line.rfind("Subsystem", 0) != 0) config += line + "\n";
    machine::write_file(directory + "/sshd_config", config);
    return directory + "/sshd_config";
}

std::string SshServer::write_client_config(const std::string& directory) const {
    std::string config;
    for (const std::string account : {"harlequin", "ivy", "alfred", "selina", "oswald"})
        config += "Host " + account + "\n  User " + account + "\n";
    config += "Host *\n  Hostname 127.0.0.1\n  Port " + std::to_string(port_) + "\n  IdentityFile " +
              machine::kRunDir +
              "/id\n  IdentitiesOnly yes\n  BatchMode yes\n  StrictHostKeyChecking no\n"
              "  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n";
    machine::write_file(directory + "/ssh_config", config);
    return directory + "/ssh_config";
}

SshServer::SshServer(const Options& options) : port_(free_port()), is_under_another_(!options.under.empty()) {
    const std::string service = options.as_host         ? "sshd"
                                : !options.pam_jail     ? "sshd-plain"
                                : options.account_phase ? "sshd-jail"
                                                        : "sshd-late";
    if (!options.as_host) write_pam_service(service, options);
    const std::string directory = std::string(machine::kRunDir) + "/" + std::to_string(port_);
    client_config_ = write_client_config(directory);
    std::vector<std::string> command = options.under;
    for (const std::string& word : {link_of_service(service), std::string("-D"), std::string("-f"),
                                    write_config(options, service, directory)})
        command.push_back(word);
    process_ = std::make_unique<Process>(command);
    EXPECT_TRUE(eventually([this] { return greets(port_) || !process_->running(); }));
    EXPECT_TRUE(process_->running()) << process_->finish().errors;
}

SshServer::~SshServer() {
    (void)::kill(pid(), SIGTERM);
    (void)process_->finish();
}

pid_t SshServer::pid() const {
    if (!is_under_another_) return process_->pid();
    const auto children = machine::children_of(process_->pid());
    return children.empty() ? process_->pid() : children.front();
}

std::vector<std::string> SshServer::ssh(const std::string& account,
                                        const std::vector<std::string>& arguments) const {
    std::vector<std::string> command = {"ssh", "-F", client_config_, account};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return command;
}

}  // namespace jail::testing
