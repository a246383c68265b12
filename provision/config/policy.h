// SPDX-License-Identifier: Apache-2.0
// A jail's policy as its YAML says it (jail.yaml's defaults below the jail's own file): syntax checked, names
// not yet looked up anywhere.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libjail/policy/manifest.h"
#include "provision/base/diagnostics.h"

namespace jail::provision {

// One item of `files:`. Without source and content, the host's files of that path (a glob is allowed).
struct FileRequest {
    std::string path;
    std::string source;
    std::optional<std::string> content;
    Position at;
};

struct MountRequest {
    BindMount mount;
    Position at;
};

// Which kinds of session `access:` names; unset means that the key was not written.
struct AccessRequest {
    bool written = false;
    std::optional<bool> shell, sftp, scp, rsync, git;
    Position at;
};

inline constexpr std::uint64_t kNotLimited = UINT64_MAX;

// `limits:` as it was written: kNotLimited for `none`. The position of a limit that was not written has no
// line.
struct LimitRequest {
#define LIMIT(key, type, member, kind, fallback, text) Located<std::uint64_t> member;
#include "libjail/policy/limits.def"
#undef LIMIT
};

inline bool is_written(const Located<std::uint64_t>& limit) {
    return limit.at.line != 0;
}

struct Policy : Settings {
    Located<std::string> jail;
    std::vector<Located<std::string>> accounts;
    std::vector<Located<std::string>> groups;
    std::vector<Located<std::string>> include;
    std::vector<Located<std::string>> commands;
    std::vector<FileRequest> files;
    Located<std::string> source_owner;  // empty: root's files alone are copied
    AccessRequest access;
    Located<std::string> shell;     // empty: bash if the tree has it, else sh
    Located<std::string> hostname;  // empty: the jail's name
    LimitRequest limits;
    std::vector<LoginHours> hours;
    std::string message;
    std::vector<MountRequest> mounts;
    std::optional<std::vector<std::string>> environment_pass;
    std::map<std::string, std::string> environment_set;
    std::vector<Located<std::string>> syscalls_allow;
    std::vector<Located<std::string>> syscalls_deny;
    bool program_files = true;                // that programs open at run time come along
    std::map<std::string, std::string> skip;  // codes of the doctor, and the reasons

    // Of the keys of the top level, and of settings, that were written: by their paths.
    std::map<std::string_view, Position> positions;
};

// A bundle as its file says it.
struct Bundle {
    Located<std::string> name;
    std::string description;
    std::vector<Located<std::string>> include;
    std::vector<Located<std::string>> commands;
    std::vector<Located<std::string>> optional_commands;
    std::vector<FileRequest> files;
    std::vector<FileRequest> optional_files;
    std::vector<Located<std::string>> comes_with;  // programs, by path or pattern
    std::map<std::string, std::string> environment;
};

}  // namespace jail::provision
