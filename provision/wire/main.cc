// SPDX-License-Identifier: Apache-2.0
// jail-verify-client ACCOUNT PORT TOKEN MARKER SOCKET HOST_PORT SFTP_SERVER LOGINS
//
// Tries every way into a session of the account at an sshd of this host, and says a line about each on its
// standard output (provision/probes/wire_report.h). Started by `jail-provision verify`, which reads those. It
// reads bytes that a program of the account may have written: it runs as nobody, without privilege. LOGINS
// other than 0: only logs in so many times, and says how long each took.
//
// Standard input: the host's public key, a line; the private key; and when the line of the login is to be
// gone on from, one more line.
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "libjail/confine/credentials.h"
#include "libjail/confine/landlock.h"
#include "provision/wire/ways.h"

namespace jail::provision {

namespace {

constexpr unsigned kMostSeconds = 120;
constexpr char kEndOfKey[] = "-----END OPENSSH PRIVATE KEY-----\n";

// A line with its newline; not more than is needed of the input.
std::string read_line() {
    std::string line;
    char c = 0;
    while (line.size() < 4096 && ::read(STDIN_FILENO, &c, 1) == 1) {
        line += c;
        if (c == '\n') break;
    }
    return line;
}

void read_keys(Target& target) {
    target.host_key = read_line();
    if (!target.host_key.empty()) target.host_key.pop_back();
    while (!target.private_key.ends_with(kEndOfKey)) {
        const std::string line = read_line();
        if (line.empty() || target.private_key.size() > 16384) return;
        target.private_key += line;
    }
}

void tell(const WireReport& report) {
    const std::string line = encode(report);
    (void)!::write(STDOUT_FILENO, line.data(), line.size());
}

void try_all(const Connection& connection, const Target& target) {
    for (const auto& way : {try_exec, try_shell, try_terminal, try_sftp_subsystem, try_sftp_command,
                            try_scp_to, try_scp_from, try_rsync, try_git, try_forward_to_host, try_dynamic})
        tell(way(connection, target));
    const Remote remote = try_remote(connection, target);
    tell(remote.listener);
    tell(remote.inside);
    for (const auto& way : {try_streamlocal, try_agent, try_x11}) tell(way(connection, target));
    const Variables variables = try_environment(connection, target);
    tell(variables.locale);
    tell(variables.other);
}

// Until the first channel is open: the account's process is there then, and in its jail.
WireReport time_login(const Target& target) {
    const auto before = std::chrono::steady_clock::now();
    const Connection connection(target);
    if (!connection.logged_in()) return {std::string(kTimedLogin), Seen::kRefused, connection.problem()};
    Channel channel(connection.session());
    if (!channel.open()) return {std::string(kTimedLogin), Seen::kRefused, channel.answer().refusal};
    const auto took = std::chrono::steady_clock::now() - before;
    return {std::string(kTimedLogin), Seen::kOpen,
            std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(took).count())};
}

// The parent has given up root for us; without that nothing is read.
bool is_without_privilege() {
    return ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && ::getuid() != 0 &&
           credentials::verify_confined(::getuid());
}

}  // namespace

}  // namespace jail::provision

int main(int argc, char** argv) {
    using namespace jail::provision;
    if (argc != 9) return 64;
    if (!is_without_privilege()) return 77;
    (void)::signal(SIGPIPE, SIG_IGN);
    (void)::alarm(kMostSeconds);
    Target target{argv[1], std::atoi(argv[2]), argv[3], argv[4], argv[5], std::atoi(argv[6]), argv[7], {},
                  {}};
    read_keys(target);
    for (int left = std::atoi(argv[8]); left > 0; --left) tell(time_login(target));
    if (std::atoi(argv[8]) > 0) return 0;
    const Connection connection(target);
    if (!connection.logged_in()) {
        tell({std::string(kHeldWay), Seen::kRefused, connection.problem()});
        return 0;
    }
    // Next come bytes of the account's programs; libssh has read /etc/passwd by now.
    if (!jail::landlock::deny_files()) return 77;
    tell({std::string(kHeldWay), Seen::kOpen, ""});
    (void)read_line();
    try_all(connection, target);
    return 0;
}
