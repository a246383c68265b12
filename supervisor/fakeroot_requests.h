// SPDX-License-Identifier: Apache-2.0
// `user_namespace: fakeroot`: what the system-call filters of the account's sessions ask. They leave setns(2)
// into a user namespace to us (seccomp_unotify(2)). The answer is yes for jailshell, which gets the
// instance's namespace put behind the descriptor that it named, and gives up there what it then has
// (libjail/confine/fakeroot.h); no for every other program, which would keep it.
#pragma once

#include <linux/seccomp.h>
#include <sys/types.h>

#include <optional>
#include <vector>

#include "libjail/base/clock.h"
#include "libjail/base/file_descriptor.h"
#include "supervisor/base/event_loop.h"

namespace jail::supervisor {

class FakerootRequests {
public:
    FakerootRequests();

    // The listener of a session's filter, the user namespace of its instance, and the
    // door, which is under that filter and no later one. It is kept until the last process under that filter
    // has ended, however long after its session.
    void add(FileDescriptor listener, FileDescriptor user_namespace, pid_t door, int door_pidfd);

    // Adds the descriptors and deadlines at which answer() has something to do.
    void add_sources(EventLoop& loop);
    // Once a round: it looks at all that asked, and each may take it some milliseconds.
    void answer(Time now);

private:
    struct Filter {
        FileDescriptor listener, user_namespace;
        long depth = -1;                          // the number of filters up to and including this one
        std::optional<seccomp_notif> asked = {};  // the request that is not answered yet
        // After a refusal, or when the process did not run in time, the supervisor does not read its requests
        // for a while, so that requests in a loop cost little.
        Deadline ignored_until = {};
    };
    // The file that a process executes.
    struct Program {
        dev_t device = 0;
        ino_t inode = 0;
    };
    bool answer_one(Filter& filter) const;
    bool may_join(const Filter& filter, pid_t process) const;
    static bool give(const Filter& filter, const seccomp_notif& request);

    std::vector<Filter> filters_;
    bool has_work_ = false;  // in this round
    Program jailshell_;      // as it was when the instance began, which shows that one
};

}  // namespace jail::supervisor
