// SPDX-License-Identifier: Apache-2.0
// /etc/passwd as a whole, for a run that asks for thousands of accounts: getpwnam(3) reads it from its start
// each time.
#pragma once

#include <sys/types.h>
#include <time.h>

#include <map>
#include <string>

#include "provision/host/account.h"

namespace jail::provision {

class LocalAccounts {
public:
    explicit LocalAccounts(std::string passwd = "/etc/passwd", std::string nsswitch = "/etc/nsswitch.conf")
        : passwd_(std::move(passwd)), nsswitch_(std::move(nsswitch)) {}

    // The account as the file has it, where that is the name services' answer: they ask the file first. Null
    // for the first few questions, for other accounts, and where another service comes first.
    const Account* find(const std::string& name);

private:
    struct State {
        dev_t device = 0;
        ino_t inode = 0;
        off_t size = 0;
        timespec changed = {};
    };
    bool is_read();
    void read();

    std::string passwd_, nsswitch_;
    unsigned asked_ = 0;
    State state_;
    std::map<std::string, Account> accounts_;
};

}  // namespace jail::provision
