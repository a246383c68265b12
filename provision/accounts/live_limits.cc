// SPDX-License-Identifier: Apache-2.0
#include "provision/accounts/live_limits.h"

#include <cstdint>

#include "libjail/confine/block_device.h"
#include "libjail/confine/cgroup.h"
#include "libjail/confine/group_limits.h"
#include "libjail/policy/name_service.h"
#include "provision/base/child_process.h"

namespace jail::provision {

namespace {

using cgroup_files::GroupLimit;

constexpr char kSlice[] = "/jail.slice/";

// Every property, also of a limit that was lifted.
std::vector<std::string> property(const GroupLimit& limit, const Limits& limits, const std::string& device) {
    if (cgroup_files::is_limited(limit, limits)) return scope_property(limit, limits, device);
    if (limit.unit == GroupLimit::Unit::kBytesPerSecond) return {limit.property, "a(st)", "0"};
    return {limit.property, "t", std::to_string(UINT64_MAX)};
}

}  // namespace

std::vector<std::string> scope_arguments(const std::string& unit, const Limits& limits,
                                         const std::string& device) {
    std::vector<std::string> properties;
    int count = 0;
    for (const GroupLimit& limit : cgroup_files::kGroupLimits) {
        const std::vector<std::string> words = property(limit, limits, device);
        properties.insert(properties.end(), words.begin(), words.end());
        ++count;
    }
    std::vector<std::string> arguments = {"/usr/bin/busctl",
                                          "--system",
                                          "--quiet",
                                          "call",
                                          "org.freedesktop.systemd1",
                                          "/org/freedesktop/systemd1",
                                          "org.freedesktop.systemd1.Manager",
                                          "SetUnitProperties",
                                          "sba(sv)",
                                          unit,
                                          "true",
                                          std::to_string(count)};
    arguments.insert(arguments.end(), properties.begin(), properties.end());
    return arguments;
}

Result<> set_limits(const Layout& layout, const RunningInstance& instance, const Limits& asked) {
    const Limits limits = JAIL_TRY(cgroup_files::enforceable(asked, layout.cgroup_root));
    const auto account = JAIL_TRY(name_service::account_of(instance.uid));
    const bool limits_disk = limits.io_read_bytes != 0 || limits.io_write_bytes != 0;
    const std::string& path = instance.group.path;
    if (path.starts_with(kSlice)) {
        const std::string device = limits_disk ? JAIL_TRY(block_device_of(account.home)) : std::string();
        return run_program(scope_arguments(path.substr(sizeof kSlice - 1), limits, device));
    }
    const Cgroup group = JAIL_TRY(Cgroup::at(instance.group, layout.cgroup_root));
    return group.limit(limits, account.home);
}

}  // namespace jail::provision
