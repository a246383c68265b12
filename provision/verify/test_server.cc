// SPDX-License-Identifier: Apache-2.0
#include "provision/verify/test_server.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "libjail/base/clock.h"
#include "libjail/base/process.h"
#include "libjail/base/syscalls.h"
#include "provision/base/child_process.h"
#include "provision/base/file_io.h"
#include "provision/base/problem.h"
#include "provision/base/signal_block.h"
#include "provision/verify/processes.h"

namespace jail::provision {

namespace {

constexpr std::size_t kMostBytes = 1u << 20;
constexpr auto kPatience = 10s;
constexpr int kAttempts = 3;  // another program may take the port that was free
constexpr auto kEnd = 5s;

sockaddr_in loopback(int port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
}

Result<int> free_port() {
    const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) return errno_error("socket");
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
        return errno_error("bind", "a port of the loopback");
    return ntohs(address.sin_port);
}

// Whether an SSH server greets there.
bool greets(int port) {
    const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback(port);
    const timeval patience = {2, 0};
    (void)::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    char greeting[4] = {};
    return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
           ::recv(socket.get(), greeting, sizeof greeting, MSG_WAITALL) == sizeof greeting;
}

// sshd takes the name of its PAM service from argv[0], and executes itself by that path.
Result<VerifyChild> launch(const std::string& program, const std::string& config, const std::string& log) {
    const FileDescriptor errors(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!errors) return errno_error("open", log);
    const process::Program sshd(program.c_str(), {program, "-D", "-e", "-f", config});
    return VerifyChild::start([&] {
        sshd.execute(-1, -1, errors.get());
        return 127;
    });
}

Error not_started(const std::string& log) {
    const auto text = read_file(log, kMostBytes);
    const std::string said = text ? text.value().substr(0, text.value().find('\n')) : "";
    return problem("the host's sshd does not start with its own configuration" +
                   (said.empty() ? "" : ": " + said));
}

}  // namespace

Result<SshdConfig> effective_sshd_config(const SshdPlaces& places, const std::string& account) {
    // Debian's unit makes it, and does not run where sshd is started by a socket. sshd refuses to do without.
    if (::mkdir("/run/sshd", 0755) != 0 && errno != EEXIST) return errno_error("mkdir", "/run/sshd");
    const auto output =
        capture_program({places.program, "-T", "-f", places.config, "-C",
                         "user=" + account + ",host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22"},
                        kMostBytes, kPatience);
    if (!output) return in_context("sshd does not say its configuration", output.error());
    return read_effective_config(output.value());
}

Result<TestServer> TestServer::start(const SshdPlaces& places, const SshdConfig& effective,
                                     const OneTimeFiles& files, bool for_root) {
    const std::string name = for_root ? "sshd_root" : "sshd_account";
    const std::string log = files.path(name + ".log");
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        TestServer server;
        server.port_ = JAIL_TRY(free_port());
        const std::string config = name + "." + random_name();
        JAIL_TRY(files.write(config,
                             flat_config(effective, {server.port_, files.host_key(),
                                                     files.authorized_keys(for_root), for_root}),
                             0600));
        server.listener_ = JAIL_TRY(launch(places.program, files.path(config), log));
        const Time deadline = now() + kPatience;
        int status = 0;
        while (now() < deadline && !server.listener_.wait(20ms, status)) {
            if (SignalBlock::interrupted()) return problem("interrupted");
            if (greets(server.port_)) return server;
        }
    }
    return not_started(log);
}

std::vector<pid_t> TestServer::processes() const {
    return listener_.pid() < 0 ? std::vector<pid_t>() : descendants_of(listener_.pid());
}

// Connections end by themselves when the client has gone, and close their sessions then. The listener reaps
// them, so that a pid is theirs for as long as it lists them.
TestServer::~TestServer() {
    const Time deadline = now() + kEnd;
    while (!processes().empty() && now() < deadline) (void)::poll(nullptr, 0, 20);
    for (const pid_t pid : processes()) {
        const FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
        const std::vector<pid_t> still = processes();
        if (process && std::find(still.begin(), still.end(), pid) != still.end())
            (void)send_signal(process.get(), SIGKILL);
    }
}

}  // namespace jail::provision
