// SPDX-License-Identifier: Apache-2.0
// libssh as a client: one session with the sshd that jail-provision has started, and its channels.
#pragma once

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include <string>
#include <string_view>

#include "libjail/base/result.h"

namespace jail::provision {

// Where to go, and what shows the host to a session: all of it from jail-provision.
struct Target {
    std::string account;
    int port = 0;
    std::string token;   // in every answer that is looked for
    std::string marker;  // a file of the host's that everybody can read
    std::string socket;  // a listener of the host's, and its port
    int host_port = 0;
    std::string sftp_server;  // the command of sftp(1) with -s
    std::string host_key;     // "ssh-ed25519 AAAA...", the only one that is talked to
    std::string private_key;
};

// How a command's channel ended, and what it has printed.
struct Answer {
    bool opened = false;   // the server took the request
    int exit_status = -1;  // -1: no status came
    std::string output;
    std::string errors;
    std::string refusal;  // the server's, where it did not
};

class Channel {
public:
    explicit Channel(ssh_session session);
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    ssh_channel get() const { return channel_; }
    bool open();  // as a session
    const Answer& answer() const { return answer_; }

    void write(std::string_view bytes);
    // Reads until `size` bytes of output are there that were not taken before; empty when they do not come.
    std::string take(std::size_t size);
    // Reads to the end, or for as long as patience lasts.
    const Answer& finish(std::string_view input = {});
    void opened() { answer_.opened = true; }
    void refused(std::string_view why) { answer_.refusal = why; }

private:
    void read_some(int timeout_ms);

    ssh_channel channel_;
    ssh_channel_callbacks_struct callbacks_ = {};
    Answer answer_;
    std::size_t taken_ = 0;
};

class Connection {
public:
    // Logs in with the key. An error: the reason, for the administrator.
    static Result<> check_host_key(ssh_session session, const std::string& wanted);
    explicit Connection(const Target& target);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    bool logged_in() const { return problem_.empty(); }
    const std::string& problem() const { return problem_; }
    ssh_session session() const { return session_; }
    std::string error() const { return ssh_get_error(session_); }

    // One command in a channel of its own.
    Answer execute(const std::string& command, std::string_view input = {}) const;

private:
    Result<> log_in(const Target& target) const;

    ssh_session session_;
    std::string problem_;
};

}  // namespace jail::provision
