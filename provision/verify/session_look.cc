// SPDX-License-Identifier: Apache-2.0
#include "provision/verify/session_look.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <sstream>

#include "libjail/base/clock.h"
#include "provision/base/signal_block.h"
#include "provision/verify/processes.h"

namespace jail::provision {

namespace {

constexpr auto kPatience = 20s;

struct Kind {
    const char* name;
    const char* word;
};
constexpr Kind kNamespaces[] = {{"pid", "processes"},     {"mnt", "files"},     {"net", "network"},
                                {"ipc", "shared memory"}, {"uts", "host name"}, {"cgroup", "control groups"}};

struct Fact {
    const char* code;
    const char* tried;
    const char* key;    // of /proc/PID/status
    const char* value;  // there
    const char* words;  // for that value
};
constexpr char kNone[] = "0000000000000000";
constexpr Fact kFacts[] = {{"no-new-privs", "no_new_privs", "NoNewPrivs", "1", "on"},
                           {"seccomp", "a filter of system calls", "Seccomp", "2", "on"},
                           {"capabilities", "capabilities", "CapPrm", kNone, "none"},
                           {"capabilities-bounding", "capabilities to execute with", "CapBnd", kNone, "none"},
                           {"capabilities-ambient", "capabilities to hand on", "CapAmb", kNone, "none"}};

// Of all four ids.
bool is_account(pid_t pid, const Account& account) {
    std::istringstream ids(status_field(pid, "Uid"));
    for (std::uint32_t id = 0; ids >> id;)
        if (id != account.uid) return false;
    return !status_field(pid, "Uid").empty();
}

RowState state_of(bool good) {
    return good ? RowState::kAsPolicy : RowState::kWrong;
}

Row look_at_namespaces(const std::vector<pid_t>& processes, const Manifest& manifest) {
    std::string shared;
    for (const Kind& kind : kNamespaces) {
        const std::string ours = namespace_of(::getpid(), kind.name);
        const bool is_shared = std::any_of(processes.begin(), processes.end(), [&](pid_t pid) {
            const std::string theirs = namespace_of(pid, kind.name);
            return theirs.empty() || theirs == ours;
        });
        const bool by_policy = manifest.network == Network::kHost && std::string_view(kind.name) == "net";
        if (is_shared && !by_policy) shared += (shared.empty() ? "" : ", ") + std::string(kind.word);
    }
    return {"session",
            "namespaces",
            "namespaces of sshd's process",
            "own ones",
            shared.empty() ? "own ones" : "the host's: " + shared,
            state_of(shared.empty())};
}

// sshd says that a login succeeded before the account's process is there.
std::vector<pid_t> wait_for_processes(const TestServer& server, const Account& account) {
    const Time deadline = now() + kPatience;
    std::vector<pid_t> found;
    while (found.empty() && now() < deadline && !SignalBlock::interrupted()) {
        for (const pid_t pid : server.processes())
            if (is_account(pid, account)) found.push_back(pid);
        if (found.empty()) pause_for(10ms);
    }
    return found;
}

}  // namespace

Rows look_at_session(const TestServer& server, const Account& account, const Manifest& manifest) {
    const std::vector<pid_t> processes = wait_for_processes(server, account);
    if (processes.empty()) return no_session("sshd has no process of the account");
    Rows rows = {look_at_namespaces(processes, manifest)};
    for (const Fact& fact : kFacts) {
        std::string seen = fact.words;
        for (const pid_t pid : processes)
            if (const std::string value = status_field(pid, fact.key); value != fact.value)
                seen = std::string(fact.key) + " " + (value.empty() ? "unknown" : value);
        rows.push_back({"session", fact.code, fact.tried, fact.words, seen, state_of(seen == fact.words)});
    }
    return rows;
}

Rows no_session(const std::string& reason) {
    return {{"session", "namespaces", "namespaces of sshd's process", "own ones", "not tried: " + reason,
             RowState::kUntried}};
}

}  // namespace jail::provision
