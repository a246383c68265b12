// A jail's policy as its YAML says it (jail.yaml's defaults below the jail's own file): syntax checked, names
// not yet looked up anywhere.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
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

// `limits:` as it was written: kNotLimited for `none`. The position of what was not has no line.
struct LimitRequest {
    Located<std::uint64_t> memory_bytes, swap_bytes, tasks, cpu_percent, cpu_seconds, io_read_bytes,
        io_write_bytes, open_files, file_size_bytes, sessions, idle_seconds, session_seconds;
};

inline bool is_written(const Located<std::uint64_t>& limit) {
    return limit.at.line != 0;
}

struct Policy {
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
    Network network = Network::kNone;
    UserNamespace user_namespace = UserNamespace::kNone;
    bool home_exec = false;
    std::uint64_t tmp_bytes = 64u << 20;
    LimitRequest limits;
    std::uint32_t grace_seconds = 30;
    bool linger = false;
    bool instance_per_session = false;
    std::uint32_t umask = 022;
    bool exit_status = false;
    Located<bool> mail;
    bool syslog_to_host = false;
    std::vector<MountRequest> mounts;
    std::optional<std::vector<std::string>> environment_pass;
    std::map<std::string, std::string> environment_set;
    std::vector<Located<std::string>> syscalls_allow;
    std::vector<Located<std::string>> syscalls_deny;
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
    std::map<std::string, std::string> environment;
};

}  // namespace jail::provision
