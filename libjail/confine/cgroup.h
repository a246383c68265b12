// SPDX-License-Identifier: Apache-2.0
// The control group of an instance: one path, /jail/<uid>, or a scope of systemd's, in the unified hierarchy
// (cgroup v2), or in each hierarchy of v1 that is needed, at the places where every distribution mounts them:
// /sys/fs/cgroup, or /sys/fs/cgroup/<controller>. Limits count for all sessions of the account together.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"
#include "libjail/policy/manifest.h"

namespace jail {

inline constexpr char kCgroupRoot[] = "/sys/fs/cgroup";

class Cgroup {
public:
    // Where a group is: a path below the top of each hierarchy, and which hierarchies (a bit each).
    struct Place {
        std::string path;
        std::uint32_t hierarchies = 0;
    };

    // Makes the group, or takes over one that a killed supervisor left, and writes the limits. A limit that
    // the mounted hierarchies cannot hold is an error, ENOTSUP, which leaves no group behind; but a default
    // (is_default()) is left out. The limits of input and output are for the device of `home`. `root` is
    // kCgroupRoot but in tests.
    static Result<Cgroup> create(uid_t uid, const Limits& limits, const std::string& home,
                                 const std::string& root = kCgroupRoot);

    // Writes the limits of an existing group anew. ENOTSUP: one needs a hierarchy of v1 that the group is not
    // in, or cannot be held here.
    Result<> limit(const Limits& limits, const std::string& home) const;

    // A group that a supervisor has made. EBADMSG: not a place of such a group.
    static Result<Cgroup> at(const Place& place, const std::string& root = kCgroupRoot);
    const Place& place() const { return place_; }

    // The directory of a group of cgroup v2, O_PATH, for process::fork_into(): a process that is born in a
    // group does not have to be moved there. Empty where the hierarchies are v1's.
    Result<FileDescriptor> unified() const;

    // Moves the calling process. Never refused because the group is full: limits count when a process forks.
    Result<> join() const;

    // The same in two steps, for a process that will not see the hierarchies any more when it joins.
    Result<std::vector<FileDescriptor>> entrances() const;
    static Result<> join(const std::vector<FileDescriptor>& entrances);

    // How many processes are in it, and how many tasks it may still make: UINT64_MAX where that is not
    // limited.
    Result<std::uint64_t> processes() const;
    Result<std::vector<pid_t>> members() const;
    Result<std::uint64_t> tasks_left() const;

    // Moves the calling process out of the group of the service or session that it was started in, by which
    // systemd would end it together with that session: to the top of the hierarchy that systemd counts
    // processes by. A process that is there already is not moved, which would wait for the kernel some 10 ms.
    static Result<> leave_session(const std::string& root = kCgroupRoot);

    // The group's directory in each hierarchy.
    std::vector<std::string> directories() const;

    // EBUSY while a process is still in it.
    Result<> remove() const;

private:
    Cgroup(Place place, std::string root) : place_(std::move(place)), root_(std::move(root)) {}

    Place place_;
    std::string root_;
};

// The limits among these that this host cannot hold, by their keys in the YAML: "cpu", "io", ...
std::vector<std::string> unenforceable(const Limits& limits, const std::string& root = kCgroupRoot);

// Whether the limit of this key is a default that the policy does not set.
bool is_default(const Limits& limits, const std::string& key);

}  // namespace jail
