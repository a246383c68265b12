// SPDX-License-Identifier: Apache-2.0
#include "provision/wire/connection.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace jail::provision {

namespace {

using Clock = std::chrono::steady_clock;

constexpr long kPatienceSeconds = 15;
constexpr auto kPatience = std::chrono::seconds(kPatienceSeconds);
constexpr std::size_t kMostBytes = 1u << 20;

void on_exit_status(ssh_session, ssh_channel, int status, void* answer) {
    static_cast<Answer*>(answer)->exit_status = status;
}

Error wire_error(std::string_view what, ssh_session session) {
    return refused(EPROTO, std::string(what) + ": " + ssh_get_error(session));
}

Result<> offer_key(ssh_session session, const std::string& private_key) {
    ssh_key key = nullptr;
    if (ssh_pki_import_privkey_base64(private_key.c_str(), nullptr, nullptr, nullptr, &key) != SSH_OK)
        return refused(EINVAL, "the one-time key cannot be read");
    const int result = ssh_userauth_publickey(session, nullptr, key);
    ssh_key_free(key);
    if (result == SSH_AUTH_SUCCESS) return success();
    char* const text = ssh_get_issue_banner(session);
    const std::string banner = text == nullptr ? "" : text;
    ssh_string_free_char(text);
    if (!banner.empty()) return refused(EACCES, banner.substr(0, banner.find('\n')));
    return wire_error("the login is refused", session);
}

}  // namespace

Channel::Channel(ssh_session session) : channel_(ssh_channel_new(session)) {
    callbacks_.userdata = &answer_;
    callbacks_.channel_exit_status_function = on_exit_status;
    ssh_callbacks_init(&callbacks_);
    (void)ssh_set_channel_callbacks(channel_, &callbacks_);
}

// libssh keeps a freed channel until the server has closed it too.
Channel::~Channel() {
    (void)ssh_remove_channel_callbacks(channel_, &callbacks_);
    ssh_channel_free(channel_);
}

bool Channel::open() {
    if (ssh_channel_open_session(channel_) == SSH_OK) return true;
    refused(ssh_get_error(ssh_channel_get_session(channel_)));
    return false;
}

// An event, since ssh_channel_poll_timeout() does not receive after the end of file, and exit-status follows.
void Channel::read_some(int timeout_ms) {
    if (ssh_channel_poll(channel_, 0) == 0 || ssh_channel_is_eof(channel_) != 0) {
        const ssh_event event = ssh_event_new();
        (void)ssh_event_add_session(event, ssh_channel_get_session(channel_));
        (void)ssh_event_dopoll(event, timeout_ms);
        (void)ssh_event_remove_session(event, ssh_channel_get_session(channel_));
        ssh_event_free(event);
    }
    char buffer[16384];
    for (const int is_errors : {0, 1}) {
        std::string& text = is_errors != 0 ? answer_.errors : answer_.output;
        int count = 0;
        while ((count = ssh_channel_read_nonblocking(channel_, buffer, sizeof buffer, is_errors)) > 0)
            text.append(buffer, std::min(static_cast<std::size_t>(count), kMostBytes - text.size()));
    }
}

void Channel::write(std::string_view bytes) {
    if (!bytes.empty())
        (void)ssh_channel_write(channel_, bytes.data(), static_cast<std::uint32_t>(bytes.size()));
}

std::string Channel::take(std::size_t size) {
    const auto deadline = Clock::now() + kPatience;
    while (answer_.output.size() < taken_ + size && Clock::now() < deadline &&
           ssh_channel_is_closed(channel_) == 0)
        read_some(50);
    read_some(0);
    if (answer_.output.size() < taken_ + size) return {};
    taken_ += size;
    return answer_.output.substr(taken_ - size, size);
}

const Answer& Channel::finish(std::string_view input) {
    write(input);
    (void)ssh_channel_send_eof(channel_);
    const auto deadline = Clock::now() + kPatience;
    while (ssh_channel_is_closed(channel_) == 0 && Clock::now() < deadline) read_some(50);
    read_some(0);
    return answer_;
}

// The port could have been taken by a program of anybody's in the moment before sshd listened.
Result<> Connection::check_host_key(ssh_session session, const std::string& wanted) {
    ssh_key key = nullptr;
    if (ssh_get_server_publickey(session, &key) != SSH_OK) return wire_error("no host key", session);
    char* text = nullptr;
    const int exported = ssh_pki_export_pubkey_base64(key, &text);
    const std::string found =
        exported == SSH_OK ? std::string(ssh_key_type_to_char(ssh_key_type(key))) + " " + text : "";
    ssh_string_free_char(text);
    ssh_key_free(key);
    if (found != wanted || wanted.empty()) return refused(EPERM, "another server answers on the port");
    return success();
}

Result<> Connection::log_in(const Target& target) const {
    const int no = 0, yes = 1;
    (void)ssh_options_set(session_, SSH_OPTIONS_HOST, "127.0.0.1");
    (void)ssh_options_set(session_, SSH_OPTIONS_PORT, &target.port);
    (void)ssh_options_set(session_, SSH_OPTIONS_USER, target.account.c_str());
    (void)ssh_options_set(session_, SSH_OPTIONS_TIMEOUT, &kPatienceSeconds);
    (void)ssh_options_set(session_, SSH_OPTIONS_PROCESS_CONFIG, &no);
    (void)ssh_options_set(session_, SSH_OPTIONS_NODELAY, &yes);
    if (ssh_connect(session_) != SSH_OK) return wire_error("no connection", session_);
    JAIL_TRY(check_host_key(session_, target.host_key));
    return offer_key(session_, target.private_key);
}

Connection::Connection(const Target& target) : session_(ssh_new()) {
    if (const auto done = log_in(target); !done) problem_ = done.error().message();
}

Connection::~Connection() {
    ssh_disconnect(session_);
    ssh_free(session_);
}

Answer Connection::execute(const std::string& command, std::string_view input) const {
    Channel channel(session_);
    if (!channel.open()) return channel.answer();
    if (ssh_channel_request_exec(channel.get(), command.c_str()) != SSH_OK) {
        channel.refused(error());
        return channel.answer();
    }
    channel.opened();
    return channel.finish(input);
}

}  // namespace jail::provision
