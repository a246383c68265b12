// SPDX-License-Identifier: Apache-2.0
// A running jail of one account: its namespaces and its PID 1. Made and owned by the supervisor.
//
// PID 1 is a child of the supervisor that never executes anything: it puts its namespaces in order, becomes
// the account with every privilege gone, and reaps orphans. It is not dumpable, so processes inside cannot
// look into it. When the supervisor ends, however that happens, PID 1 ends at once, and with it, by the
// kernel's rule (pid_namespaces(7)), every process of the jail.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"
#include "libjail/confine/cgroup.h"
#include "supervisor/instance/plan.h"

namespace jail::supervisor {

class Instance {
public:
    // Returns once the root directory is mounted and PID 1 has dropped all privilege. An error leaves no
    // process and no mount behind.
    static Result<Instance> start(const InstancePlan& plan, const Cgroup& cgroup);

    // The parts of its policy that are left out (assemble_root), a line for the log each.
    const std::vector<std::string>& notes() const { return notes_; }

    // Readable (poll(2)) when PID 1 has ended; a session joins by it.
    int pidfd() const { return init_.get(); }

    // The user namespace that doors, or with `fakeroot` jailshell, join last; -1: the policy has no user
    // namespace. PID 1 is not in it.
    int user_namespace() const { return user_namespace_.get(); }

    // Of PID 1, as the host sees it.
    pid_t pid() const { return pid_; }

    // Has PID 1 say so once it is the only process: word() is readable then, and said_empty() true, once.
    Result<> watch_for_emptiness() const;
    int word() const { return control_.get(); }
    bool said_empty() const;

    // Whether PID 1 has ended, by itself, because it got SIGTERM from the host and no other process is left.
    bool ended_as_asked() const;

    // Ends every process but PID 1. Returns when they are gone, or ETIMEDOUT.
    Result<> end_processes() const;

    // Ends PID 1 and so all of it, and does not wait: until a door has waited for a child inside, PID 1
    // stays. pidfd() becomes readable when all have ended; stop() then returns at once.
    void kill();

    // Ends PID 1 and so all of it, and waits for that; but not for parents outside to reap processes that
    // have ended: until they do, the kernel keeps PID 1, which cannot be joined any more.
    Result<> stop();

private:
    Instance(pid_t pid, FileDescriptor init, FileDescriptor control)
        : pid_(pid), init_(std::move(init)), control_(std::move(control)) {}

    pid_t pid_;
    ino_t pid_namespace_ = 0;
    FileDescriptor init_;
    FileDescriptor user_namespace_;
    std::vector<std::string> notes_;
    FileDescriptor control_;  // socket to PID 1, which ends when this is closed
};

}  // namespace jail::supervisor
