// SPDX-License-Identifier: Apache-2.0
// Holds an account's lock in /run/jail as its supervisor does (libjail/session/run_lock.h), and answers each
// request with the same bytes: a supervisor of another version, or one that does not answer. As long as it
// lives.
#pragma once

#include <sys/types.h>

#include <string>

namespace jail::testing {

class OtherSupervisor {
public:
    // `answer`: if empty, it does not answer and the connection stays open.
    OtherSupervisor(uid_t uid, const std::string& answer);
    ~OtherSupervisor();
    OtherSupervisor(const OtherSupervisor&) = delete;
    OtherSupervisor& operator=(const OtherSupervisor&) = delete;

private:
    pid_t pid_ = -1;
    std::string directory_;
};

}  // namespace jail::testing
