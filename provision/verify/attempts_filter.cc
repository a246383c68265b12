// SPDX-License-Identifier: Apache-2.0
// The filter of system calls, by what it answers. Without it the kernel would look at the arguments, which
// are wrong, and say so by other codes.
#include <linux/netlink.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "libjail/base/file_descriptor.h"
#include "provision/verify/attempt.h"

namespace jail::provision {

namespace {

constexpr int kSeconds = 20;

// With arguments that no call takes.
Observation make_refused_calls(const BatteryPlan& plan) {
    std::string passed;
    for (const PromisedRefusal& call : plan.refusals) {
        errno = 0;
        const long result = ::syscall(call.number, -1, -1, -1, -1, -1, -1);
        if (result == -1 && errno == call.code) continue;
        passed += (passed.empty() ? "" : " ") + call.name;
    }
    const std::string count = std::to_string(plan.refusals.size());
    return passed.empty() ? as_policy("all " + count) : wrong("not refused: " + passed);
}

Observation open_sockets() {
    for (const int family : {AF_PACKET, AF_VSOCK, AF_ALG, AF_KEY, AF_BLUETOOTH, AF_TIPC, AF_XDP}) {
        const FileDescriptor opened(::socket(family, SOCK_RAW | SOCK_CLOEXEC, 0));
        if (opened || errno != EAFNOSUPPORT)
            return wrong("family " + std::to_string(family) + " passes the filter");
    }
    return as_policy("refused");
}

Observation open_netlink() {
    const FileDescriptor opened(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT));
    if (opened || errno != EPROTONOSUPPORT) return wrong("events of the host's devices pass the filter");
    return as_policy("refused");
}

bool allows(const BatteryPlan& plan, std::initializer_list<const char*> names) {
    return std::any_of(names.begin(), names.end(), [&](const char* name) {
        return std::find(plan.allowed_calls.begin(), plan.allowed_calls.end(), name) !=
               plan.allowed_calls.end();
    });
}

}  // namespace

void add_filter_attempts(const BatteryPlan& plan, Attempts& attempts) {
    const auto add = [&](const char* code, const char* tried, bool is_given,
                         std::function<Observation()> run) {
        if (is_given) run = [] { return note("the policy allows them"); };
        attempts.push_back({"filter", code, tried, is_given ? "allowed" : "refused", std::move(run)});
    };
    add("system-calls", "system calls that jails are refused", false, [&plan] {
        return in_a_child(
            kSeconds, [&plan] { return make_refused_calls(plan); },
            [](int signal) { return wrong("signal " + std::to_string(signal) + " ended the process"); });
    });
    add("socket-families", "sockets that reach past the network", allows(plan, {"socket-families", "socket"}),
        open_sockets);
    add("netlink", "events of the host's devices", allows(plan, {"netlink", "socket"}), open_netlink);
    add("terminal-input", "typing into a terminal", false, [] {
        const char key = 'x';
        return expect_refused("TIOCSTI", ::ioctl(-1, TIOCSTI, &key), {EPERM});
    });
}

}  // namespace jail::provision
