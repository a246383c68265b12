// SPDX-License-Identifier: Apache-2.0
#include "connection.h"

#include <chrono>
#include <cstdint>

#include "machine.h"

namespace jail::testing {
namespace {

using Clock = std::chrono::steady_clock;

void on_exit_status(ssh_session, ssh_channel, int status, void* finished) {
    static_cast<Finished*>(finished)->exit_status = status;
}

void on_exit_signal(ssh_session, ssh_channel, const char* signal, int, const char*, const char*,
                    void* finished) {
    static_cast<Finished*>(finished)->signal = signal;
}

bool answer_prompts(ssh_session session) {
    int result = ssh_userauth_kbdint(session, nullptr, nullptr);
    while (result == SSH_AUTH_INFO) {
        for (int i = 0; i < ssh_userauth_kbdint_getnprompts(session); ++i)
            (void)ssh_userauth_kbdint_setanswer(session, static_cast<unsigned>(i), machine::kPassword);
        result = ssh_userauth_kbdint(session, nullptr, nullptr);
    }
    return result == SSH_AUTH_SUCCESS;
}

bool offer_key(ssh_session session) {
    ssh_key key = nullptr;
    const std::string path = std::string(machine::kRunDir) + "/id";
    if (ssh_pki_import_privkey_file(path.c_str(), nullptr, nullptr, nullptr, &key) != SSH_OK) return false;
    const bool accepted = ssh_userauth_publickey(session, nullptr, key) == SSH_AUTH_SUCCESS;
    ssh_key_free(key);
    return accepted;
}

}  // namespace

Channel::Channel(ssh_session session) : channel_(ssh_channel_new(session)) {
    callbacks_.userdata = &finished_;
    callbacks_.channel_exit_status_function = on_exit_status;
    callbacks_.channel_exit_signal_function = on_exit_signal;
    ssh_callbacks_init(&callbacks_);
    (void)ssh_set_channel_callbacks(channel_, &callbacks_);
}

Channel::~Channel() {
    ssh_channel_free(channel_);
}

bool Channel::request_terminal(int columns, int rows, const char* type) {
    if (ssh_channel_is_open(channel_) == 0 && ssh_channel_open_session(channel_) != SSH_OK) return false;
    return ssh_channel_request_pty_size(channel_, type, columns, rows) == SSH_OK;
}

bool Channel::execute(const std::string& command) {
    if (ssh_channel_is_open(channel_) == 0 && ssh_channel_open_session(channel_) != SSH_OK) return false;
    return ssh_channel_request_exec(channel_, command.c_str()) == SSH_OK;
}

bool Channel::start_shell() {
    if (ssh_channel_is_open(channel_) == 0 && ssh_channel_open_session(channel_) != SSH_OK) return false;
    return ssh_channel_request_shell(channel_) == SSH_OK;
}

bool Channel::resize(int columns, int rows) {
    return ssh_channel_change_pty_size(channel_, columns, rows) == SSH_OK;
}

bool Channel::set_environment(const std::string& name, const std::string& value) {
    if (ssh_channel_is_open(channel_) == 0 && ssh_channel_open_session(channel_) != SSH_OK) return false;
    return ssh_channel_request_env(channel_, name.c_str(), value.c_str()) == SSH_OK;
}

void Channel::read_some(int timeout_ms) {
    char buffer[65536];
    // An event, since ssh_channel_poll_timeout() does not receive after the end of file, and exit-status
    // follows.
    if (ssh_channel_poll(channel_, 0) == 0 || ssh_channel_is_eof(channel_) != 0) {
        const ssh_event event = ssh_event_new();
        (void)ssh_event_add_session(event, ssh_channel_get_session(channel_));
        (void)ssh_event_dopoll(event, timeout_ms);
        (void)ssh_event_remove_session(event, ssh_channel_get_session(channel_));
        ssh_event_free(event);
    }
    for (const int is_errors : {0, 1}) {
        int count = 0;
        while ((count = ssh_channel_read_nonblocking(channel_, buffer, sizeof buffer, is_errors)) > 0)
            (is_errors != 0 ? finished_.errors : finished_.output)
                .append(buffer, static_cast<std::size_t>(count));
    }
}

// In pieces, with a look at what comes back: else both ends could wait for the other to read.
void Channel::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(bytes.size(), 32768));
        const int count = ssh_channel_write(channel_, bytes.data(), size);
        if (count <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(count));
        read_some(0);
    }
}

bool Channel::read_until(std::string_view text, double seconds) {
    const auto deadline = Clock::now() + std::chrono::duration<double>(seconds);
    while (finished_.output.find(text) == std::string::npos) {
        if (Clock::now() > deadline || ssh_channel_is_closed(channel_) != 0) return false;
        read_some(50);
    }
    return true;
}

Finished Channel::finish(std::string_view input) {
    write(input);
    (void)ssh_channel_send_eof(channel_);
    const auto deadline = Clock::now() + std::chrono::duration<double>(2 * kPatience);
    while (ssh_channel_is_closed(channel_) == 0 && Clock::now() < deadline) read_some(50);
    read_some(0);
    return finished_;
}

Connection::Connection(const SshServer& server, const std::string& account, Method method)
    : session_(ssh_new()) {
    const int port = server.port();
    const long seconds = static_cast<long>(kPatience);
    const int no = 0;
    const int yes = 1;
    (void)ssh_options_set(session_, SSH_OPTIONS_HOST, "127.0.0.1");
    (void)ssh_options_set(session_, SSH_OPTIONS_PORT, &port);
    (void)ssh_options_set(session_, SSH_OPTIONS_USER, account.c_str());
    (void)ssh_options_set(session_, SSH_OPTIONS_TIMEOUT, &seconds);
    (void)ssh_options_set(session_, SSH_OPTIONS_PROCESS_CONFIG, &no);
    (void)ssh_options_set(session_, SSH_OPTIONS_NODELAY, &yes);
    logged_in_ = ssh_connect(session_) == SSH_OK && authenticate(method);
}

Connection::~Connection() {
    ssh_disconnect(session_);
    ssh_free(session_);
}

bool Connection::authenticate(Method method) const {
    switch (method) {
        case Method::kPassword:
            return ssh_userauth_password(session_, nullptr, machine::kPassword) == SSH_AUTH_SUCCESS;
        case Method::kKeyboardInteractive:
            return answer_prompts(session_);
        case Method::kPublicKey:
            break;
    }
    return offer_key(session_);
}

std::string Connection::banner() const {
    char* text = ssh_get_issue_banner(session_);
    std::string banner = text == nullptr ? "" : text;
    ssh_string_free_char(text);
    return banner;
}

Finished Connection::execute(const std::string& command, std::string_view input) const {
    Channel channel(session_);
    if (!channel.execute(command)) return {};
    return channel.finish(input);
}

}  // namespace jail::testing
