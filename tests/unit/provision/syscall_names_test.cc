// SPDX-License-Identifier: Apache-2.0
// The names that `syscalls:` may have, and the messages about others.
#include "provision/syscalls/syscall_names.h"

#include <gmock/gmock.h>

#include <memory>

#include "provision/syscalls/syscall_groups.h"

namespace jail::provision {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<Located<std::string>> located(const std::vector<std::string>& names) {
    static const auto file = std::make_shared<const std::string>("j.yaml");
    std::vector<Located<std::string>> list;
    for (const std::string& name : names) list.push_back({name, {file, 1, 1}});
    return list;
}

std::vector<std::string> complaints(const std::vector<std::string>& allow,
                                    const std::vector<std::string>& deny) {
    Diagnostics diagnostics;
    check_syscall_names(located(allow), located(deny), diagnostics);
    return diagnostics.lines();
}

TEST(SyscallNames, GroupsAndCallsAreKnown) {
    EXPECT_THAT(complaints({"debug", "keyctl"}, {"pipes", "inotify_init", "default"}), IsEmpty());
}

TEST(SyscallNames, AnyCallMayBeDenied) {
    EXPECT_THAT(complaints({}, {"copy_file_range", "landlock_create_ruleset"}), IsEmpty());
}

TEST(SyscallNames, TheNearestNameIsOffered) {
    EXPECT_THAT(
        complaints({"debugs"}, {}),
        ElementsAre("j.yaml:1:1: found 'debugs', expected a group of system calls, or one that jails are "
                    "refused; see jail.yaml(5), did you mean 'debug'?"));
    EXPECT_THAT(
        complaints({}, {"copy_file_rnge"}),
        ElementsAre("j.yaml:1:1: found 'copy_file_rnge', expected a group of system calls, or a system call; "
                    "see jail.yaml(5), did you mean 'copy_file_range'?"));
}

TEST(SyscallNames, WhatNoJailCanBeGivenIsSaidWithItsReason) {
    for (const RefusedGroup& group : refused_groups()) {
        if (group.when != Refused::kAlways) continue;
        const std::string name = group.name;
        EXPECT_THAT(complaints({name}, {}), ElementsAre("j.yaml:1:1: found '" + name +
                                                        "', which no jail can be given; see jail.yaml(5)"));
        for (const RefusedCall& call : group.calls) {
            if (group_of_call(call.name) != &group) continue;  // its other uses can be
            EXPECT_THAT(complaints({call.name}, {}),
                        ElementsAre(std::string("j.yaml:1:1: found '") + call.name +
                                    "', which no jail can be given: " + call.why));
        }
    }
}

TEST(SyscallNames, WhatNoSessionCanDoWithoutIsNotDenied) {
    EXPECT_THAT(
        complaints({}, {"execve"}),
        ElementsAre("j.yaml:1:1: found 'execve', without which no session can be; expected another call"));
}

TEST(SyscallNames, ANameInBothListsIsAContradiction) {
    EXPECT_THAT(complaints({"keyrings"}, {"keyrings"}),
                ElementsAre("j.yaml:1:1: conflict: 'keyrings' is in deny here, and in allow at j.yaml:1:1"));
    EXPECT_THAT(complaints({"keyctl"}, {"keyrings"}), IsEmpty()) << "a call is more than its group";
}

TEST(SyscallNames, DefaultIsNotGivenBackAsAWhole) {
    EXPECT_EQ(complaints({"default"}, {}).size(), 1u);
}

}  // namespace
}  // namespace jail::provision
