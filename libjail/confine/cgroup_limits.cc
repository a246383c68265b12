// SPDX-License-Identifier: Apache-2.0
// Making a control group and writing its limits: the supervisor's part of cgroup.h.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>

#include "libjail/confine/block_device.h"
#include "libjail/confine/cgroup.h"
#include "libjail/confine/cgroup_files.h"
#include "libjail/confine/group_limits.h"

namespace jail {
namespace {

using namespace cgroup_files;

bool offered(const GroupLimit& limit, const std::string& root) {
    if (unified(root)) return is_writable(root) && hands_on(root, limit.controller);
    const std::string hierarchy = root + kHierarchies[limit.legacy];
    // The group at the top does not have a limit of tasks, and so not its file.
    return has_legacy(root, limit.legacy) && is_writable(hierarchy) &&
           (limit.legacy == kPids || exists(hierarchy + "/" + limit.legacy_file));
}

// <hierarchy>/jail/<uid>. Another supervisor may take away the common parent, when it was the last, between
// our two calls; then once more.
Result<> make_group(const std::string& group) {
    const std::string parent = group.substr(0, group.rfind('/'));
    for (int attempt = 0; attempt < 100; ++attempt) {
        if (::mkdir(parent.c_str(), 0755) != 0 && errno != EEXIST) return errno_error("mkdir", parent);
        if (::mkdir(group.c_str(), 0755) == 0 || errno == EEXIST) return success();
        if (errno != ENOENT) break;
    }
    return errno_error("mkdir", group);
}

// A group that was taken over may have a predecessor's limits: those that the policy does not set are lifted.
Result<> write_or_lift(const std::string& path, bool is_limited, const std::string& value) {
    return is_limited || exists(path) ? write_value(path, value) : success();
}

// v2: a controller works in a group when every parent passes it on.
Result<> limit_unified(const std::string& root, const std::string& group, const Limits& limits,
                       const std::string& device) {
    const std::string parent = group.substr(0, group.rfind('/'));
    for (const GroupLimit& limit : kGroupLimits) {
        if (!is_limited(limit, limits)) continue;
        const std::string on = std::string("+") + limit.controller;
        JAIL_TRY(write_value(root + "/cgroup.subtree_control", on));
        JAIL_TRY(write_value(parent + "/cgroup.subtree_control", on));
    }
    // So that a jail is one among equals, however many processes it has. Refused where real-time processes
    // are in control groups; no code depends on it.
    for (const std::string& above : {root, parent})
        (void)write_value(above + "/cgroup.subtree_control", "+cpu");
    for (const GroupLimit& limit : kGroupLimits) {
        const bool is_of_disk = limit.unit == GroupLimit::Unit::kBytesPerSecond;
        if (is_of_disk && device.empty()) continue;
        // Without a limit of its own, swap would take whatever the memory limit drives out.
        const bool is_held = limit.member == &Limits::swap_bytes ? needs_swap_max(limits, group)
                                                                 : is_of_disk || is_limited(limit, limits);
        JAIL_TRY(write_or_lift(group + "/" + limit.file, is_held, unified_text(limit, limits, device)));
    }
    return success();
}

// Memory and swap together are never less than memory: lifted first, whatever a predecessor's were.
Result<> limit_legacy_memory(const std::string& group, const Limits& limits) {
    const GroupLimit &of_memory = kGroupLimits[0], &of_both = kGroupLimits[1];
    const std::string both = group + "/" + of_both.legacy_file;
    const std::string memory = legacy_text(of_memory, limits, {});
    const std::string before = exists(both) ? JAIL_TRY(read_value(both)) : std::string();
    if (exists(both)) JAIL_TRY(write_value(both, of_both.not_limited));
    if (const auto written = write_value(group + "/" + of_memory.legacy_file, memory); !written) {
        // EBUSY: a running jail uses more, and it cannot be reclaimed.
        if (!before.empty()) (void)write_value(both, before);
        return written.error();
    }
    // The buffers of TCP and UDP are not part of the former, as they are in v2: without a limit of its own
    // an account could have it take all that the host has for sockets (tcp_mem).
    const std::string sockets = group + "/memory.kmem.tcp.limit_in_bytes";
    if (exists(sockets)) JAIL_TRY(write_value(sockets, memory));
    if (!limits_swap(limits)) return success();
    if (exists(both)) return write_value(both, std::to_string(limits.memory_bytes + limits.swap_bytes));
    if (!limits.swap_is_default) return Error(ENOTSUP, "limit swap by", both);
    // A kernel that does not count swap (swapaccount=0) can still leave the group's pages where they are.
    return write_value(group + "/memory.swappiness", "0");
}

// v1: it throttles reads and direct writes, not pages that the cache writes back later.
Result<> limit_legacy(const std::string& root, const std::string& path, std::uint32_t hierarchies,
                      const Limits& limits, const std::string& device) {
    const auto group = [&](Hierarchy hierarchy) { return root + kHierarchies[hierarchy] + path; };
    if ((hierarchies & 1u << kMemory) != 0) JAIL_TRY(limit_legacy_memory(group(kMemory), limits));
    if ((hierarchies & 1u << kCpu) != 0)
        JAIL_TRY(write_value(group(kCpu) + "/cpu.cfs_period_us", std::to_string(kPeriodUs)));
    for (const GroupLimit& limit : kGroupLimits) {
        const bool is_elsewhere = limit.legacy == kMemory || (limit.legacy == kBlkio && device.empty());
        if (is_elsewhere || (hierarchies & 1u << limit.legacy) == 0) continue;
        JAIL_TRY(
            write_value(group(limit.legacy) + "/" + limit.legacy_file, legacy_text(limit, limits, device)));
    }
    return success();
}

// Whether a running jail has such limits, which are then to be lifted.
bool limits_disk(const Cgroup& group) {
    for (const std::string& directory : group.directories())
        for (const GroupLimit& limit : kGroupLimits)
            if (limit.unit == GroupLimit::Unit::kBytesPerSecond)
                for (const char* file : {limit.file, limit.legacy_file})
                    if (const auto value = read_value(directory + "/" + file);
                        value && !value.value().empty())
                        return true;
    return false;
}

// Memory and tasks also where they are not limited: what they count is worth knowing. The processor too, so
// that a jail is one among equals, however many processes it has.
std::uint32_t hierarchies_for(const Limits& limits, const std::string& root) {
    if (unified(root)) return is_writable(root) ? 1u << kUnified : 0;
    std::uint32_t hierarchies = 0;
    for (const GroupLimit& limit : kGroupLimits)
        if (is_limited(limit, limits) || (limit.legacy != kBlkio && offered(limit, root)))
            hierarchies |= 1u << limit.legacy;
    return hierarchies;
}

}  // namespace

bool cgroup_files::is_writable(const std::string& hierarchy) {
    return ::access(hierarchy.c_str(), W_OK) == 0 || errno != EROFS;
}

bool cgroup_files::hands_on(const std::string& root, const std::string& controller) {
    if (!has_unified(root, controller)) return false;
    const auto handed_on = read_value(root + "/cgroup.subtree_control");
    if (handed_on && (" " + handed_on.value() + " ").find(" " + controller + " ") != std::string::npos)
        return true;
    if (!exists(root + "/cgroup.type")) return true;  // the machine's own top, which may hold processes
    const auto processes = read_value(root + "/cgroup.procs");
    return processes && processes.value().empty();
}

bool cgroup_files::limits_swap(const Limits& limits) {
    return limits.memory_bytes != 0 && limits.swap_bytes != kSwapNotLimited && exists("/proc/swaps");
}

bool cgroup_files::needs_swap_max(const Limits& limits, const std::string& group) {
    return limits_swap(limits) && (!limits.swap_is_default || exists(group + "/memory.swap.max"));
}

bool is_default(const Limits& limits, const std::string& key) {
    for (const GroupLimit& limit : kGroupLimits)
        if (limit.is_default != nullptr && key == limit.key) return limits.*limit.is_default;
    return false;
}

Result<Limits> cgroup_files::enforceable(const Limits& limits, const std::string& root) {
    Limits held = limits;
    for (const std::string& key : unenforceable(limits, root)) {
        if (!is_default(limits, key))
            return refused(ENOTSUP, "no control group of this host can limit " + key);
        // Swap stays: where memory is counted and it is not, there is still something to do.
        if (key == "memory") held.memory_bytes = 0;
        if (key == "tasks") held.tasks = 0;
    }
    return held;
}

std::vector<std::string> unenforceable(const Limits& limits, const std::string& root) {
    std::vector<std::string> keys;
    for (const GroupLimit& limit : kGroupLimits)
        if (is_limited(limit, limits) && !offered(limit, root) && (keys.empty() || keys.back() != limit.key))
            keys.emplace_back(limit.key);
    return keys;
}

Result<> Cgroup::limit(const Limits& limits, const std::string& home) const {
    std::string device;
    if (limits.io_read_bytes != 0 || limits.io_write_bytes != 0)
        device = JAIL_TRY(block_device_of(home));
    else if (limits_disk(*this))
        device = JAIL_TRY(block_device_of(home));
    const std::uint32_t missing = hierarchies_for(limits, root_) & ~place_.hierarchies;
    if (missing != 0)
        return refused(ENOTSUP, "a limit needs a control group that the running jail is not in");
    if ((place_.hierarchies & 1u << kUnified) != 0)
        return limit_unified(root_, root_ + place_.path, limits, device);
    return limit_legacy(root_, place_.path, place_.hierarchies, limits, device);
}

Result<Cgroup> Cgroup::create(uid_t uid, const Limits& asked, const std::string& home,
                              const std::string& root) {
    const Limits limits = JAIL_TRY(enforceable(asked, root));
    const std::string path = std::string(kParent) + "/" + std::to_string(uid);
    // The group that a killed supervisor left, with its limits; still in use is fine: taken over.
    for (const char* hierarchy : kHierarchies) (void)::rmdir((root + hierarchy + path).c_str());
    const Cgroup group({path, hierarchies_for(limits, root)}, root);
    const auto made = [&]() -> Result<> {
        for (const std::string& directory : group.directories()) JAIL_TRY(make_group(directory));
        return group.limit(limits, home);
    }();
    if (made) return group;
    (void)group.remove();  // the first error is the one to report
    return made.error();
}

}  // namespace jail
