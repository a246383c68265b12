// SPDX-License-Identifier: Apache-2.0
// The processes of an account, inside of its jail and outside: as /proc has them, whatever session they are
// of.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "libjail/base/result.h"

namespace jail::provision {

struct AccountProcess {
    pid_t pid = 0;
    std::string name;         // of its program, as the process itself has it: anybody's words
    bool own = true;          // its real uid is the account's; else a program of another's that works as it
    bool in_manager = false;  // of the account's systemd manager, which ends when the account is bound
};

// One look at all processes, for any number of accounts. Kernel threads, and what has ended and is only not
// waited for, are left out.
class ProcessTable {
public:
    static Result<ProcessTable> read();

    // With this uid as one of the four that a process has (credentials(7)).
    std::vector<AccountProcess> of(std::uint32_t uid) const;
    // Those of them that are in neither the pid nor the mount namespace of an instance of the account's jail.
    std::vector<AccountProcess> outside(std::uint32_t uid) const;

    struct Row {
        pid_t pid = 0;
        pid_t parent = 0;
        std::uint32_t uids[4] = {};
        std::string name;
    };

private:
    std::vector<std::string> jails_of(std::uint32_t uid) const;

    std::vector<Row> rows_;
};

enum class Whose { kOutside, kAll };

// Ends the account's own processes (AccountProcess::own) with SIGKILL until all are gone, and returns their
// number. Each is looked at again when it is held by a descriptor, so that a pid that was reused does no
// harm. An error when they go on appearing for ten seconds. Never for uid 0: EPERM.
Result<std::size_t> end_processes(std::uint32_t uid, Whose whose);

// "process 1234 (python3)", "process 1234 (python3) and 2 more".
std::string name_of(const std::vector<AccountProcess>& processes);

}  // namespace jail::provision
