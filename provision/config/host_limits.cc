// SPDX-License-Identifier: Apache-2.0
#include "provision/config/host_limits.h"

#include <cstdint>

#include "libjail/confine/block_device.h"
#include "libjail/confine/cgroup.h"
#include "provision/base/problem.h"
#include "provision/config/default_limits.h"

namespace jail::provision {

namespace {

// Where the limit of a key of unenforceable() was written.
const Position& position_of(const LimitRequest& limits, const std::string& key) {
#define LIMIT(name, type, member, kind, fallback, text) \
    if (key == (name)) return limits.member.at;
#include "libjail/policy/limits.def"
#undef LIMIT
    return is_written(limits.io_read_bytes) ? limits.io_read_bytes.at : limits.io_write_bytes.at;
}

void check_controllers(const Layout& layout, const CheckedPolicy& checked, Diagnostics& diagnostics) {
    const std::string no_controller = ": no control group below " + layout.cgroup_root + " can; ";
    for (const std::string& key : unenforceable(checked.limits, layout.cgroup_root))
        if (is_default(checked.limits, key))
            diagnostics.note(checked.policy.jail.at, "this host cannot limit " + key + no_controller +
                                                         "the default does not hold here (limits: {" + key +
                                                         ": none} says so in the file)");
        else
            diagnostics.add(position_of(checked.policy.limits, key),
                            "this host cannot limit " + key + no_controller + "logins would be refused");
}

void check_disks(const CheckedPolicy& checked, Diagnostics& diagnostics) {
    if (checked.limits.io_read_bytes == 0 && checked.limits.io_write_bytes == 0) return;
    for (const std::string& home : checked.homes)
        if (const auto device = block_device_of(home); !device && device.error().code() == ENOTSUP)
            diagnostics.add(position_of(checked.policy.limits, "io"),
                            "this host cannot limit io: " + home +
                                " is on no block device of its own (overlay, tmpfs, network, btrfs)");
}

}  // namespace

void set_limits(const Layout& layout, CheckedPolicy& checked, Diagnostics& diagnostics) {
    const Result<std::uint64_t> memory = default_memory(layout);
    if (!memory) return diagnostics.add({}, describe(memory.error()));
    checked.limits = limits_in_force(checked.policy.limits, memory.value());
    check_controllers(layout, checked, diagnostics);
    check_disks(checked, diagnostics);
}

}  // namespace jail::provision
