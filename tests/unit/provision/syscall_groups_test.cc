// SPDX-License-Identifier: Apache-2.0
// The descriptions of the table of refused system calls, against the table.
#include "provision/syscalls/syscall_groups.h"

#include <gmock/gmock.h>
#include <seccomp.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "provision/syscalls/syscall_names.h"
#include "source_text.h"

namespace jail::provision {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;

// The rows of the table of docs/SECCOMP.md that follows this heading, as they are; the last `left_out`
// columns not.
std::vector<std::string> rows_after(const std::string& heading, int left_out) {
    std::istringstream document(text_of("docs/SECCOMP.md"));
    std::vector<std::string> rows;
    bool found = false;
    for (std::string line; std::getline(document, line);) {
        if (line == heading) found = true;
        if (found && line.starts_with("#") && line != heading) break;
        if (!found || !line.starts_with("| ")) continue;
        for (int column = 0; column < left_out; ++column) {
            line.erase(line.rfind(" | "));
            line += " |";
        }
        rows.push_back(line);
    }
    if (!rows.empty()) rows.erase(rows.begin());  // the names of the columns
    return rows;
}

const char* words(Refused when) {
    switch (when) {
        case Refused::kAlways:
            return "always";
        case Refused::kUnlessAllowed:
            return "unless allowed";
        case Refused::kWithoutExec:
            return "unless allowed, or `home: {exec: true}`";
        case Refused::kOnRequest:
            return "where denied";
    }
    return "";
}

TEST(SyscallGroups, TheDocumentHasEveryCallWithItsReason) {
    std::vector<std::string> expected;
    for (const RefusedGroup& group : refused_groups())
        for (const RefusedCall& call : group.calls)
            expected.push_back(std::string("| ") + call.name +
                               (call.use ? std::string(" ") + call.use->words : "") + " | " + group.name +
                               " | " + call.why + " |");
    EXPECT_THAT(rows_after("## Every call", 1), ElementsAreArray(expected));
}

TEST(SyscallGroups, TheDocumentSaysWhenEachGroupIsRefused) {
    std::vector<std::string> expected;
    for (const RefusedGroup& group : refused_groups())
        expected.push_back(std::string("| ") + group.name + " | " + words(group.when) + " |");
    EXPECT_THAT(rows_after("## Groups", 0), ElementsAreArray(expected));
}

TEST(SyscallGroups, TheManualNamesEveryGroup) {
    const std::string manual = text_of("docs/man/jail.yaml.5");
    const std::size_t from = manual.find("\n.Ss System calls");
    ASSERT_NE(from, std::string::npos);
    const std::string section = manual.substr(from, manual.find("\n.S", from + 1) - from);
    for (const RefusedGroup& group : refused_groups())
        EXPECT_THAT(section, HasSubstr(std::string("\n.It Cm ") + group.name + "\n"));
}

TEST(SyscallGroups, TheSchemaOffersWhatCanBeGiven) {
    const auto schema = nlohmann::json::parse(std::ifstream(BUILT_SCHEMAS "/jail.schema.json"));
    const auto& types = schema["definitions"];
    EXPECT_THAT(types["allowed_syscalls"]["enum"].get<std::vector<std::string>>(),
                ElementsAreArray(allowable_names()));
    std::vector<std::string> groups = {kDefaultGroups};
    for (const RefusedGroup& group : refused_groups()) groups.emplace_back(group.name);
    EXPECT_THAT(types["denied_syscalls"]["anyOf"][0]["enum"].get<std::vector<std::string>>(),
                ElementsAreArray(groups));
}

TEST(SyscallGroups, NoneHasTheNameOfACall) {
    for (const RefusedGroup& group : refused_groups()) {
        EXPECT_EQ(seccomp_syscall_resolve_name(group.name), __NR_SCMP_ERROR) << group.name;
        EXPECT_STRNE(group.name, kDefaultGroups);
    }
}

// A name that libseccomp does not know would be no rule at all, unless the table has its number.
TEST(SyscallGroups, EveryCallIsOneThatCanBeCompiled) {
    for (const RefusedGroup& group : refused_groups())
        for (const RefusedCall& call : group.calls)
            EXPECT_TRUE(seccomp_syscall_resolve_name(call.name) != __NR_SCMP_ERROR || call.number > 0)
                << call.name;
}

// Uses of it may be refused by others besides.
TEST(SyscallGroups, ACallThatIsRefusedAsAWholeIsSoInOneGroup) {
    std::vector<std::string> seen;
    for (const RefusedGroup& group : refused_groups())
        for (const RefusedCall& call : group.calls)
            if (call.use == nullptr) seen.emplace_back(call.name);
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
}

TEST(SyscallGroups, WhatEverySessionNeedsIsNotRefusedAsAWhole) {
    for (const std::string_view name : calls_of_every_session())
        for (const RefusedGroup& group : refused_groups())
            for (const RefusedCall& call : group.calls) EXPECT_TRUE(name != call.name || call.use) << name;
}

}  // namespace
}  // namespace jail::provision
