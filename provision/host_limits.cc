#include "provision/host_limits.h"

#include "libjail/block_device.h"
#include "libjail/cgroup.h"

namespace jail::provision {

void check_host_limits(const Layout& layout, const CheckedPolicy& checked, Diagnostics& diagnostics) {
    const Policy& policy = checked.policy;
    for (const std::string& key : unenforceable(policy.limits, layout.cgroup_root))
        diagnostics.add(policy.limits_at, "this host cannot limit " + key + ": no control group below " +
                                              layout.cgroup_root +
                                              " has a controller for it; logins would be refused");
    if (policy.limits.io_read_bytes == 0 && policy.limits.io_write_bytes == 0) return;
    for (const std::string& home : checked.homes)
        if (const auto device = block_device_of(home); !device && device.error().code() == ENOTSUP)
            diagnostics.add(policy.limits_at,
                            "this host cannot limit io: " + home +
                                " is on no block device of its own (overlay, tmpfs, network, btrfs)");
}

}  // namespace jail::provision
