// SPDX-License-Identifier: Apache-2.0
// An sshd of its own: Debian's binary, Debian's PAM stack and configuration, and what a test changes of them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "process.h"

namespace jail::testing {

class SshServer {
public:
    struct Options {
        bool pam_jail = true;       // PAM service sshd-jail, or sshd-plain without pam_jail
        bool account_phase = true;  // false: PAM service sshd-late, with pam_jail in the session phase alone
        bool as_host = false;       // PAM service sshd, as it is, without the others
        std::string sftp = "/usr/lib/openssh/sftp-server";
        std::string extra;                    // lines of sshd_config
        std::vector<std::string> under = {};  // a program that runs sshd: strace
    };

    explicit SshServer(const Options& options);
    ~SshServer();

    int port() const { return port_; }
    pid_t pid() const;  // of the listener
    // The stock client with what it needs to reach this server as the account; options may follow the host's
    // name.
    std::vector<std::string> ssh(const std::string& account,
                                 const std::vector<std::string>& arguments = {}) const;
    // The file that ssh, sftp, scp and rsync take with -F; hosts are named as the accounts.
    const std::string& client_config() const { return client_config_; }

private:
    std::string write_config(const Options& options, const std::string& service,
                             const std::string& directory) const;
    std::string write_client_config(const std::string& directory) const;

    int port_ = 0;
    bool is_under_another_ = false;
    std::string client_config_;
    std::unique_ptr<Process> process_;
};

}  // namespace jail::testing
