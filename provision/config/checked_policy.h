// SPDX-License-Identifier: Apache-2.0
// Policy with its bundles resolved and its contradictions refused: a plain list of what the tree must hold.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "provision/config/bundles.h"
#include "provision/config/policy.h"

namespace jail::provision {

struct CommandRequest {
    std::string name;  // of a program in PATH, or an absolute path
    std::string origin;
    Position at;
    bool optional = false;
};

// Why the tree has the command's program.
inline std::string reason_of(const CommandRequest& command) {
    return command.origin + ", command " + command.name;
}

struct OriginatedFile {
    FileRequest file;
    std::string origin;
    bool optional = false;
};

struct CheckedPolicy {
    Policy policy;
    Limits limits;  // in force: set_limits() of host_limits.h
    std::vector<std::string> bundles;
    std::vector<CommandRequest> commands;
    std::vector<OriginatedFile> files;
    std::map<std::string, std::string> environment;  // what the bundles set, then the policy's own
    std::vector<GroupRecord> groups;                 // their members belong into the jail
    std::optional<std::uint32_t> source_owner;       // its files are copied besides root's
    std::vector<std::string> homes;                  // of the accounts that exist: never part of a tree
};

CheckedPolicy check_policy(Policy policy, BundleLibrary& bundles, Diagnostics& diagnostics);

}  // namespace jail::provision
