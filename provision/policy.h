// A jail's policy as its YAML says it (jail.yaml's defaults below the jail's own file): syntax checked, names
// not yet looked up anywhere.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libjail/manifest.h"
#include "provision/diagnostics.h"

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
    Limits limits;
    Position limits_at;  // where they were written last; line 0: nowhere
    std::uint32_t grace_seconds = 30;
    bool linger = false;
    bool instance_per_session = false;
    std::uint32_t umask = 022;
    bool exit_status = false;
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
