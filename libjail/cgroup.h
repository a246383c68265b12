// The control group of an instance: jail/<uid> in the unified hierarchy (cgroup v2), or in each of the memory
// and pids hierarchies of v1, at the places where every distribution mounts them: /sys/fs/cgroup, or
// /sys/fs/cgroup/<controller>. Limits count for all sessions of the account together.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "libjail/manifest.h"
#include "libjail/result.h"

namespace jail {

class Cgroup {
public:
    // Makes the group, or takes over one that a killed supervisor left, and writes the limits. A limit that
    // no mounted hierarchy can hold is an error: ENOTSUP. `root` is /sys/fs/cgroup but in tests.
    static Result<Cgroup> create(uid_t uid, const Limits& limits, const std::string& root = "/sys/fs/cgroup");

    // Moves a process; its later children follow. The caller must know that the pid is still that process's:
    // its own child, not yet waited for.
    Result<> add(pid_t pid) const;

    // Moves the calling process into the group of `uid`, which a supervisor has made.
    static Result<> join(uid_t uid, const std::string& root = "/sys/fs/cgroup");

    // Moves the calling process out of the group of the service or session that it was started in, by which
    // systemd would end it together with that session: to the top of the hierarchy that systemd counts
    // processes by.
    static Result<> leave_session(const std::string& root = "/sys/fs/cgroup");

    // The group's directory in each hierarchy.
    const std::vector<std::string>& directories() const { return directories_; }

    // EBUSY while a process is still in it.
    Result<> remove() const;

private:
    explicit Cgroup(std::vector<std::string> directories) : directories_(std::move(directories)) {}
    std::vector<std::string> directories_;  // one a hierarchy
};

}  // namespace jail
