// SPDX-License-Identifier: Apache-2.0
#include "provision/syscalls/seccomp_filter.h"

#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>

#include "libjail/base/file_descriptor.h"
#include "provision/syscalls/syscall_groups.h"

namespace jail::provision {

namespace {

using When = RefusedUse::When;

struct ReleaseFilter {
    void operator()(void* context) const { seccomp_release(context); }
};
using Filter = std::unique_ptr<void, ReleaseFilter>;

Result<> checked(int code, const char* what) {
    return code == 0 ? success() : Result<>(Error(-code, "compile seccomp rule for", what));
}

bool contains(const std::vector<std::string>& names, const char* name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_refused(const RefusedGroup& group, const RefusedCall& call, const SyscallPolicy& policy,
                bool home_exec) {
    if (group.when == Refused::kAlways) return true;
    if (contains(policy.deny, call.name)) return true;
    if (contains(policy.allow, call.name)) return false;
    if (contains(policy.deny, group.name)) return true;
    if (contains(policy.allow, group.name)) return false;
    return group.when == Refused::kUnlessAllowed || (group.when == Refused::kWithoutExec && !home_exec);
}

// Negative: this machine does not have the call.
int number_of(const RefusedCall& call) {
    const int number = seccomp_syscall_resolve_name(call.name);
    return number == __NR_SCMP_ERROR ? call.number : number;
}

Result<> refuse_masked(const Filter& filter, const RefusedCall& call, std::uint32_t mask,
                       std::uint32_t value) {
    scmp_arg_cmp comparisons[2] = {{call.use->argument, SCMP_CMP_MASKED_EQ, mask, value}, {}};
    const Condition* other = call.use->only_if;
    if (other != nullptr) comparisons[1] = {other->argument, SCMP_CMP_MASKED_EQ, other->mask, other->value};
    const int added =
        seccomp_rule_add_array(filter.get(), SCMP_ACT_ERRNO(static_cast<std::uint32_t>(call.code)),
                               number_of(call), other != nullptr ? 2 : 1, comparisons);
    return checked(added == -EEXIST ? 0 : added, call.name);  // where the call is refused as a whole already
}

// A rule cannot say "neither a nor b". So the values are halved, by one more bit each time, until a part
// contains no allowed value: that part is refused by its leading bits.
Result<> refuse_others(const Filter& filter, const RefusedCall& call, std::uint32_t mask,
                       std::uint32_t value) {
    const RefusedUse& use = *call.use;
    const bool holds_allowed = std::any_of(use.values.begin(), use.values.end(),
                                           [&](std::uint32_t allowed) { return (allowed & mask) == value; });
    if (!holds_allowed) return refuse_masked(filter, call, mask, value);
    const std::uint32_t rest = use.mask & ~mask;
    if (rest == 0) return success();
    const std::uint32_t bit = rest & ~(rest >> 1);  // the highest: a mask is contiguous
    JAIL_TRY(refuse_others(filter, call, mask | bit, value));
    return refuse_others(filter, call, mask | bit, value | bit);
}

// Bits that are neither all 0 nor all 1 have, as a ring, somewhere a 1 that is followed by a 0. (Half as many
// rules as refuse_others would need.)
Result<> refuse_mixed_bits(const Filter& filter, const RefusedCall& call) {
    for (int bit = 0; bit < 32; ++bit) {
        const std::uint32_t one = 1u << bit;
        JAIL_TRY(refuse_masked(filter, call, one | std::rotl(one, 1), one));
    }
    return success();
}

Result<> refuse_use(const Filter& filter, const RefusedCall& call) {
    const RefusedUse& use = *call.use;
    if (use.when == When::kNoneOf) return refuse_others(filter, call, 0, 0);
    if (use.when == When::kMixedBits) return refuse_mixed_bits(filter, call);
    for (const std::uint32_t value : use.values)
        JAIL_TRY(refuse_masked(filter, call, use.when == When::kAnyBit ? value : use.mask, value));
    return success();
}

Result<> refuse_call(const Filter& filter, const char* name, int number, int code) {
    if (number < 0) return success();
    const int added =
        seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(static_cast<std::uint32_t>(code)), number, 0);
    return checked(added == -EEXIST ? 0 : added, name);  // a call may stand in the table once for each use
}

constexpr char kSetns[] = "setns";

// The two rules cover every value: each of the 64 bits is compared.
Result<> leave_to_supervisor(const Filter& filter) {
    const int number = seccomp_syscall_resolve_name(kSetns);
    const scmp_arg_cmp user = {1, SCMP_CMP_EQ, CLONE_NEWUSER, 0}, other = {1, SCMP_CMP_NE, CLONE_NEWUSER, 0};
    JAIL_TRY(checked(seccomp_rule_add_array(filter.get(), SCMP_ACT_NOTIFY, number, 1, &user), kSetns));
    JAIL_TRY(checked(seccomp_rule_add_array(filter.get(), SCMP_ACT_ERRNO(EPERM), number, 1, &other), kSetns));
    // The supervisor goes by which program asks. A tracer of that one would have decided what it does.
    return refuse_call(filter, kTracingCall, seccomp_syscall_resolve_name(kTracingCall), EPERM);
}

Result<> add_rules(const Filter& filter, const SyscallPolicy& policy, bool home_exec, bool fakeroot) {
    if (fakeroot) JAIL_TRY(leave_to_supervisor(filter));
    for (const RefusedGroup& group : refused_groups())
        for (const RefusedCall& call : group.calls) {
            const bool wholly = !call.use || contains(policy.deny, call.name);
            if (!is_refused(group, call, policy, home_exec)) continue;
            if (fakeroot && std::string_view(call.name) == kSetns) continue;
            if (wholly)
                JAIL_TRY(refuse_call(filter, call.name, number_of(call), call.code));
            else
                JAIL_TRY(refuse_use(filter, call));
        }
    for (const std::string& name : policy.deny)
        if (!group_of_call(name) && !find_refused_group(name))
            JAIL_TRY(refuse_call(filter, name.c_str(), seccomp_syscall_resolve_name(name.c_str()), EPERM));
    return success();
}

Result<std::string> export_filter(const Filter& filter) {
    const FileDescriptor file(::memfd_create("seccomp", MFD_CLOEXEC));
    if (!file) return errno_error("memfd_create");
    JAIL_TRY(checked(seccomp_export_bpf(filter.get(), file.get()), "export"));
    const off_t size = ::lseek(file.get(), 0, SEEK_END);
    if (size <= 0) return errno_error("lseek", "the seccomp program");
    std::string program(static_cast<std::size_t>(size), '\0');
    if (::pread(file.get(), program.data(), program.size(), 0) != size)
        return errno_error("read", "the seccomp program");
    return program;
}

}  // namespace

Result<std::string> compile_seccomp_filter(const SyscallPolicy& policy, bool home_exec, bool fakeroot) {
    const Filter filter(seccomp_init(SCMP_ACT_ALLOW));
    if (!filter) return Error(ENOMEM, "compile", "the seccomp filter");
    // Calls of another architecture (i386, x32 on x86-64) would have other numbers: all of them are refused.
    JAIL_TRY(checked(seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)),
                     "architectures"));
    // A binary search over call numbers instead of a list: the kernel walks through the program for each of
    // its calls when it is loaded (docs/SECCOMP.md has figures). Older libseccomp lacks it, and it is only
    // speed.
    (void)seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
    JAIL_TRY(add_rules(filter, policy, home_exec, fakeroot));
    return export_filter(filter);
}

}  // namespace jail::provision
