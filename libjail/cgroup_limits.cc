// Making a control group and writing its limits: the supervisor's part of cgroup.h.
#include <sys/stat.h>
#include <unistd.h>

#include "libjail/block_device.h"
#include "libjail/cgroup.h"
#include "libjail/cgroup_files.h"

namespace jail {
namespace {

using namespace cgroup_files;

constexpr std::uint64_t kPeriodUs = 100000;  // in which the share of the processors is counted

// A limit of the policy, and what holds it in each version.
struct Kind {
    const char* key;         // in the YAML
    const char* controller;  // of v2
    Hierarchy legacy;        // of v1
    const char* legacy_file;
    bool (*wanted)(const Limits&);
};

constexpr Kind kKinds[] = {
    {"memory", "memory", kMemory, "memory.limit_in_bytes",
     [](const Limits& limits) { return limits.memory_bytes != 0; }},
    {"tasks", "pids", kPids, "", [](const Limits& limits) { return limits.tasks != 0; }},
    {"cpu", "cpu", kCpu, "cpu.cfs_quota_us", [](const Limits& limits) { return limits.cpu_percent != 0; }},
    {"io", "io", kBlkio, "blkio.throttle.read_bps_device",
     [](const Limits& limits) { return limits.io_read_bytes != 0 || limits.io_write_bytes != 0; }},
};

bool offered(const Kind& kind, const std::string& root) {
    if (unified(root)) return has_unified(root, kind.controller);
    return has_legacy(root, kind.legacy) && exists(root + kHierarchies[kind.legacy] + "/" + kind.legacy_file);
}

std::string limit_value(std::uint64_t limit, const char* unlimited) {
    return limit == 0 ? unlimited : std::to_string(limit);
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

// A group that was taken over may have a predecessor's limits: then what is not limited is lifted.
Result<> write_or_lift(const std::string& path, std::uint64_t limit, const std::string& value) {
    return limit != 0 || exists(path) ? write_value(path, value) : success();
}

// v2: a controller works in a group when every parent passes it on.
Result<> limit_unified(const std::string& root, const std::string& group, const Limits& limits,
                       const std::string& device) {
    const std::string parent = group.substr(0, group.rfind('/'));
    for (const Kind& kind : kKinds) {
        if (!kind.wanted(limits)) continue;
        const std::string on = std::string("+") + kind.controller;
        JAIL_TRY(write_value(root + "/cgroup.subtree_control", on));
        JAIL_TRY(write_value(parent + "/cgroup.subtree_control", on));
    }
    JAIL_TRY(
        write_or_lift(group + "/memory.max", limits.memory_bytes, limit_value(limits.memory_bytes, "max")));
    // Without a limit of its own, swap would take whatever the memory limit drives out. A kernel without
    // swap has no such file.
    const std::string swap = limits.memory_bytes == 0 ? "max" : std::to_string(limits.swap_bytes);
    const bool swaps = limits.memory_bytes != 0 && exists("/proc/swaps");
    JAIL_TRY(write_or_lift(group + "/memory.swap.max", swaps ? 1 : 0, swap));
    JAIL_TRY(write_or_lift(group + "/pids.max", limits.tasks, limit_value(limits.tasks, "max")));
    const std::string quota = limit_value(limits.cpu_percent * (kPeriodUs / 100), "max");
    JAIL_TRY(write_or_lift(group + "/cpu.max", limits.cpu_percent, quota + " " + std::to_string(kPeriodUs)));
    if (device.empty()) return success();
    return write_value(group + "/io.max", device + " rbps=" + limit_value(limits.io_read_bytes, "max") +
                                              " wbps=" + limit_value(limits.io_write_bytes, "max"));
}

// Memory and swap together are never less than memory: lifted first, whatever a predecessor's were.
Result<> limit_legacy_memory(const std::string& group, const Limits& limits) {
    const std::string both = group + "/memory.memsw.limit_in_bytes";
    const std::string memory = limit_value(limits.memory_bytes, "-1");
    if (exists(both)) JAIL_TRY(write_value(both, "-1"));
    JAIL_TRY(write_value(group + "/memory.limit_in_bytes", memory));
    // The buffers of TCP and UDP are not part of the former, as they are in v2: without a limit of its own
    // an account could have it take all that the host has for sockets (tcp_mem).
    const std::string sockets = group + "/memory.kmem.tcp.limit_in_bytes";
    if (exists(sockets)) JAIL_TRY(write_value(sockets, memory));
    if (limits.memory_bytes == 0) return success();
    if (exists(both)) return write_value(both, std::to_string(limits.memory_bytes + limits.swap_bytes));
    // A kernel that does not count swap (swapaccount=0) can only leave the group's pages where they are.
    if (limits.swap_bytes != 0) return Error(ENOTSUP, "limit swap by", both);
    return exists("/proc/swaps") ? write_value(group + "/memory.swappiness", "0") : success();
}

// v1: what it throttles are reads and direct writes; what the page cache writes back later is nobody's.
Result<> limit_legacy(const std::string& root, const std::string& path, std::uint32_t hierarchies,
                      const Limits& limits, const std::string& device) {
    const auto group = [&](Hierarchy hierarchy) { return root + kHierarchies[hierarchy] + path; };
    if ((hierarchies & 1u << kMemory) != 0) JAIL_TRY(limit_legacy_memory(group(kMemory), limits));
    if ((hierarchies & 1u << kPids) != 0)
        JAIL_TRY(write_value(group(kPids) + "/pids.max", limit_value(limits.tasks, "max")));
    if (limits.cpu_percent != 0) {
        JAIL_TRY(write_value(group(kCpu) + "/cpu.cfs_period_us", std::to_string(kPeriodUs)));
        JAIL_TRY(write_value(group(kCpu) + "/cpu.cfs_quota_us",
                             std::to_string(limits.cpu_percent * (kPeriodUs / 100))));
    }
    if (device.empty()) return success();
    const std::string throttle = group(kBlkio) + "/blkio.throttle.";
    JAIL_TRY(
        write_value(throttle + "read_bps_device", device + " " + limit_value(limits.io_read_bytes, "0")));
    return write_value(throttle + "write_bps_device", device + " " + limit_value(limits.io_write_bytes, "0"));
}

// Memory and tasks also where they are not limited: what they count is worth knowing.
std::uint32_t hierarchies_for(const Limits& limits, const std::string& root) {
    if (unified(root)) return 1u << kUnified;
    std::uint32_t hierarchies = 0;
    for (const Kind& kind : kKinds)
        if (kind.wanted(limits) || ((kind.legacy == kMemory || kind.legacy == kPids) && offered(kind, root)))
            hierarchies |= 1u << kind.legacy;
    return hierarchies;
}

}  // namespace

std::vector<std::string> unenforceable(const Limits& limits, const std::string& root) {
    std::vector<std::string> keys;
    for (const Kind& kind : kKinds)
        if (kind.wanted(limits) && !offered(kind, root)) keys.emplace_back(kind.key);
    return keys;
}

Result<Cgroup> Cgroup::create(uid_t uid, const Limits& limits, const std::string& home,
                              const std::string& root) {
    for (const std::string& key : unenforceable(limits, root))
        return Error(ENOTSUP, "limit", key + ": no control group on this host can");
    const std::string device = limits.io_read_bytes != 0 || limits.io_write_bytes != 0
                                   ? JAIL_TRY(block_device_of(home))
                                   : std::string();
    const std::string path = std::string(kParent) + "/" + std::to_string(uid);
    // What a killed supervisor left, with its limits; still in use is fine: taken over.
    for (const char* hierarchy : kHierarchies) (void)::rmdir((root + hierarchy + path).c_str());
    const Cgroup group({path, hierarchies_for(limits, root)}, root);
    const auto made = [&]() -> Result<> {
        for (const std::string& directory : group.directories()) JAIL_TRY(make_group(directory));
        if (unified(root)) return limit_unified(root, root + path, limits, device);
        return limit_legacy(root, path, group.place().hierarchies, limits, device);
    }();
    if (made) return group;
    (void)group.remove();  // the first error is the one to tell
    return made.error();
}

}  // namespace jail
