// SPDX-License-Identifier: Apache-2.0
// libssh as a client: what a test says over the protocol itself, without the habits of the stock ssh.
#pragma once

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include <memory>
#include <string>
#include <string_view>

#include "process.h"
#include "ssh_server.h"

namespace jail::testing {

// How a channel ended, by the server's word: one of exit-status and exit-signal.
struct Finished {
    int exit_status = -1;
    std::string signal;
    std::string output;
    std::string errors;
};

class Channel {
public:
    explicit Channel(ssh_session session);
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    ssh_channel get() const { return channel_; }

    // Each is true where the server said yes.
    bool request_terminal(int columns, int rows, const char* type = "xterm");
    bool execute(const std::string& command);
    bool start_shell();
    bool resize(int columns, int rows);
    bool set_environment(const std::string& name, const std::string& value);

    void write(std::string_view bytes);
    bool read_until(std::string_view text, double seconds = kPatience);
    const std::string& output() const { return finished_.output; }
    // Feeds `input`, says end of file and reads until the server closes the channel.
    Finished finish(std::string_view input = {});

private:
    void read_some(int timeout_ms);

    ssh_channel channel_;
    ssh_channel_callbacks_struct callbacks_ = {};
    Finished finished_;
};

class Connection {
public:
    enum class Method { kPublicKey, kPassword, kKeyboardInteractive };

    Connection(const SshServer& server, const std::string& account, Method method = Method::kPublicKey);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    bool logged_in() const { return logged_in_; }
    // What the server told before it let us in, or did not.
    std::string banner() const;
    std::string error() const { return ssh_get_error(session_); }
    ssh_session session() const { return session_; }

    std::unique_ptr<Channel> open() const { return std::make_unique<Channel>(session_); }
    Finished execute(const std::string& command, std::string_view input = {}) const;

private:
    bool authenticate(Method method) const;

    ssh_session session_;
    bool logged_in_ = false;
};

}  // namespace jail::testing
