// SPDX-License-Identifier: Apache-2.0
// login_bench channel|login PORT KEY ROUNDS LABEL=ACCOUNT...
//
// What a login costs, seen by the client. The accounts take turns within each round, so that whatever else
// the machine does meets all of them alike. Prints for each the median and the 90th percentile in
// microseconds, and the median's ratio to the first account's.
//   channel   `true` in a new channel of a connection that is open: connect once, then request, run, exit
//   status login     everything: connect, key exchange, public key, channel, `true`, exit status, disconnect
#include <libssh/libssh.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Account {
    std::string label;
    std::string name;
    ssh_session session = nullptr;
    std::vector<double> times;
};

[[noreturn]] void fail(const std::string& what, ssh_session session) {
    std::fprintf(stderr, "login_bench: %s: %s\n", what.c_str(), ssh_get_error(session));
    std::exit(1);
}

ssh_session connect_as(const std::string& name, unsigned port, const char* key_file) {
    ssh_session session = ssh_new();
    ssh_options_set(session, SSH_OPTIONS_HOST, "127.0.0.1");
    ssh_options_set(session, SSH_OPTIONS_PORT, &port);
    ssh_options_set(session, SSH_OPTIONS_USER, name.c_str());
    const int off = 0, on = 1;
    ssh_options_set(session, SSH_OPTIONS_NODELAY, &on);
    ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &off);
    if (ssh_connect(session) != SSH_OK) fail("connect", session);
    ssh_key key = nullptr;
    if (ssh_pki_import_privkey_file(key_file, nullptr, nullptr, nullptr, &key) != SSH_OK)
        fail("read key", session);
    if (ssh_userauth_publickey(session, nullptr, key) != SSH_AUTH_SUCCESS) fail("log in as " + name, session);
    ssh_key_free(key);
    return session;
}

// Without this, sshd's small writes now and then wait 40 ms for our delayed acknowledgement (tcp(7)), and
// that, not the login, would be measured. The kernel forgets the setting, so it is made before every wait.
void acknowledge_at_once(ssh_session session) {
    const int on = 1;
    (void)::setsockopt(ssh_get_fd(session), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

void run_true(ssh_session session) {
    acknowledge_at_once(session);
    ssh_channel channel = ssh_channel_new(session);
    if (ssh_channel_open_session(channel) != SSH_OK) fail("open channel", session);
    if (ssh_channel_request_exec(channel, "true") != SSH_OK) fail("exec", session);
    char buffer[256];
    acknowledge_at_once(session);
    while (ssh_channel_read(channel, buffer, sizeof buffer, 0) > 0) {
    }
    if (ssh_channel_get_exit_status(channel) != 0) fail("exit status is not 0", session);
    ssh_channel_free(channel);
}

void disconnect(ssh_session session) {
    ssh_disconnect(session);
    ssh_free(session);
}

double at(std::vector<double>& times, double share) {
    std::sort(times.begin(), times.end());
    return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 6) {
        std::fprintf(stderr, "usage: login_bench channel|login PORT KEY ROUNDS LABEL=ACCOUNT...\n");
        return 2;
    }
    const bool whole = std::string(argv[1]) == "login";
    const unsigned port = static_cast<unsigned>(std::atoi(argv[2]));
    std::vector<Account> accounts;
    for (int i = 5; i < argc; ++i) {
        const std::string word = argv[i];
        accounts.push_back({word.substr(0, word.find('=')), word.substr(word.find('=') + 1), nullptr, {}});
    }
    if (!whole)
        for (Account& account : accounts) account.session = connect_as(account.name, port, argv[3]);
    const int rounds = std::atoi(argv[4]);
    for (int round = -3; round < rounds; ++round) {  // the first three warm caches and do not count
        for (Account& account : accounts) {
            const auto start = Clock::now();
            ssh_session session = whole ? connect_as(account.name, port, argv[3]) : account.session;
            run_true(session);
            if (whole) disconnect(session);
            const double time = std::chrono::duration<double, std::micro>(Clock::now() - start).count();
            if (round >= 0) account.times.push_back(time);
        }
    }
    const double plain = at(accounts[0].times, 0.5);
    for (Account& account : accounts) {
        const double median = at(account.times, 0.5);
        std::printf("%-28s %9.0f %9.0f %7.2f\n", account.label.c_str(), median, at(account.times, 0.9),
                    median / plain);
        if (account.session != nullptr) disconnect(account.session);
    }
}
