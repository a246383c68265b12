// SPDX-License-Identifier: Apache-2.0
// The system calls that jails are refused: the one table that the filter, the checks of `syscalls:`, the
// schema and docs/SECCOMP.md have in common (tests compare them).
#pragma once

#include <cerrno>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jail::provision {

// A condition on another argument: its bits of `mask` are `value`.
struct Condition {
    unsigned argument;
    std::uint32_t mask;
    std::uint32_t value;
};

// Which uses of a call are refused, by one argument, and where `only_if` says so by two. Arguments are
// compared in the 32 bits that the kernel looks at.
struct RefusedUse {
    enum class When {
        kAnyBit,     // has at least one of the bits of `values`
        kOneOf,      // is one of `values`
        kNoneOf,     // is not one of `values`, looking at the bits of `mask` only
        kMixedBits,  // is neither 0 nor 0xffffffff
    };
    const char* words;  // as docs/SECCOMP.md names it
    When when;
    unsigned argument;
    std::span<const std::uint32_t> values;
    std::uint32_t mask = 0xffffffff;
    const Condition* only_if = nullptr;  // of another argument
};

struct RefusedCall {
    const char* name;
    const char* why;
    const RefusedUse* use = nullptr;  // null: every use
    int code = EPERM;                 // what the caller gets
    int number = -1;                  // of a call newer than some libseccomp that this is built with
};

enum class Refused {
    kAlways,         // a policy cannot allow it
    kUnlessAllowed,  // `allow` gives it back
    kWithoutExec,    // so, and `home: {exec: true}` does
    kOnRequest,      // only `deny` takes it
};

// A group never has the name of a system call. A call that is refused for several reasons is in several
// groups.
struct RefusedGroup {
    const char* name;
    Refused when;
    std::span<const RefusedCall> calls;
};

std::span<const RefusedGroup> refused_groups();

// Null: the group does not exist, or the call is in no group. Of several groups of a call the first of the
// table.
const RefusedGroup* find_refused_group(std::string_view name);
const RefusedGroup* group_of_call(std::string_view call);

// With it a process has others' registers, from before execve(2) on.
inline constexpr char kTracingCall[] = "ptrace";

// Calls without which there is no session: sshd's processes inside, internal-sftp, jailshell and a shell use
// them.
std::span<const std::string_view> calls_of_every_session();

}  // namespace jail::provision
