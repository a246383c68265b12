// SPDX-License-Identifier: Apache-2.0
#include <grp.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "libjail/policy/name_service.h"
#include "provision/accounts/freezer.h"
#include "provision/accounts/running_instances.h"
#include "provision/base/problem.h"
#include "provision/commands/report.h"
#include "provision/host/account_processes.h"
#include "provision/tree/publisher.h"

namespace jail::provision {

namespace {

constexpr int kSchema = 1;  // of --json

struct Row {
    RunningInstance instance;
    bool frozen = false;
    std::uint64_t newest = 0;  // generation; 0: the jail is published no more
    std::optional<std::int64_t> idle;
    std::size_t processes = 0;
    std::vector<std::string> programs;  // distinct names, as the processes have them
};

// The members by their own list and by their primary group: NSS offers no single query for all of them.
std::set<std::string> members_of(const std::string& group) {
    std::set<std::string> members;
    const auto gid = name_service::group_id(group);
    const auto known = gid ? name_service::group_of(gid.value()) : Result<name_service::Group>(gid.error());
    if (known) members.insert(known.value().members.begin(), known.value().members.end());
    return members;
}

bool is_wanted(const RunningInstance& instance, const std::string& name,
               const std::set<std::string>& members) {
    if (name.empty() || instance.account == name || instance.jail == name) return true;
    return members.contains(instance.account);
}

Row make_row(const Layout& layout, RunningInstance instance, const ProcessTable& processes) {
    Row row;
    const auto manifest = published_manifest(layout, instance.jail);
    row.newest = manifest ? manifest.value().generation : 0;
    row.frozen = is_frozen(layout, instance);
    row.idle = idle_seconds(instance);
    for (const AccountProcess& process : processes.of(instance.uid)) {
        const bool is_ours = process.name == "jail-init" || process.name.starts_with("sshd");
        ++row.processes;
        if (!is_ours &&
            std::find(row.programs.begin(), row.programs.end(), process.name) == row.programs.end())
            row.programs.push_back(process.name);
    }
    row.instance = std::move(instance);
    return row;
}

std::string state_of(const Row& row) {
    const RunningInstance& instance = row.instance;
    if (row.frozen) return "frozen";
    if (!instance.sessions.empty()) return "in use";
    return instance.lingers ? "lingers" : "warm";
}

// "3s", "12m", "5h", "8d"
std::string span_of(std::int64_t seconds) {
    if (seconds < 120) return std::to_string(seconds) + "s";
    if (seconds < 7200) return std::to_string(seconds / 60) + "m";
    return seconds < 172'800 ? std::to_string(seconds / 3600) + "h" : std::to_string(seconds / 86'400) + "d";
}

std::string of_limit(const std::optional<std::uint64_t>& used, const std::optional<std::uint64_t>& limit,
                     std::string (*word)(std::uint64_t)) {
    if (!used) return "-";
    return word(*used) + (limit ? "/" + word(*limit) : "");
}

std::string time_of(std::int64_t moment) {
    const time_t seconds = static_cast<time_t>(moment);
    const bool is_today = ::time(nullptr) - seconds < 86'400;
    tm parts = {};
    char text[32] = {};
    (void)::localtime_r(&seconds, &parts);
    (void)::strftime(text, sizeof text, is_today ? "%H:%M" : "%b %d", &parts);
    return text;
}

std::string what_of(const Row& row) {
    if (row.instance.sessions.empty() && !row.instance.lingers) {
        const std::int64_t left =
            row.instance.idle_since.value_or(0) + row.instance.grace_seconds - ::time(nullptr);
        return "warm for " + span_of(std::max<std::int64_t>(left, 0));
    }
    std::string what = row.frozen ? "frozen: " : row.instance.sessions.empty() ? "lingers: " : "";
    constexpr std::size_t kMost = 4;
    for (std::size_t i = 0; i < std::min(kMost, row.programs.size()); ++i)
        what += (i == 0 ? "" : ", ") + printable(row.programs[i]);
    if (row.programs.size() > kMost) what += ", ...";
    return what;
}

std::string from_of(const RunningInstance& instance) {
    if (instance.sessions.empty()) return "-";
    const RunningSession& first = instance.sessions.front();
    std::string from = (first.peer.empty() ? "" : printable(first.peer) + " ") + printable(first.door);
    if (instance.sessions.size() > 1) from += " +" + std::to_string(instance.sessions.size() - 1);
    return from;
}

nlohmann::json or_null(const std::optional<std::uint64_t>& value) {
    return value ? nlohmann::json(*value) : nlohmann::json();
}

nlohmann::json as_json(const Row& row) {
    const RunningInstance& instance = row.instance;
    nlohmann::json sessions = nlohmann::json::array();
    for (const RunningSession& one : instance.sessions)
        sessions.push_back({{"session", one.id},
                            {"door", one.door},
                            {"tty", one.terminal},
                            {"rhost", one.peer},
                            {"opened", one.opened},
                            {"opener_pid", one.opener_pid}});
    return {{"account", instance.account},
            {"uid", instance.uid},
            {"jail", instance.jail},
            {"state", state_of(row)},
            {"generation", instance.generation},
            {"newest_generation", row.newest == 0 ? nlohmann::json() : nlohmann::json(row.newest)},
            {"sessions", sessions},
            {"idle_seconds", row.idle ? nlohmann::json(*row.idle) : nlohmann::json()},
            {"processes", row.processes},
            {"programs", row.programs},
            {"cpu_us", or_null(instance.use.cpu_us)},
            {"memory_bytes", or_null(instance.use.memory_bytes)},
            {"memory_limit", or_null(instance.use.memory_limit)},
            {"tasks", or_null(instance.use.tasks)},
            {"tasks_limit", or_null(instance.use.tasks_limit)}};
}

void print(const std::vector<Row>& rows) {
    const auto plain = [](std::uint64_t number) { return std::to_string(number); };
    std::printf("%-14s %-12s %4s  %-18s %-6s %5s %5s %7s  %-19s %-9s %-10s %s\n", "ACCOUNT", "JAIL", "SESS",
                "FROM", "SINCE", "IDLE", "PROCS", "CPU", "MEMORY", "TASKS", "GENERATION", "WHAT");
    for (const Row& row : rows) {
        const RunningInstance& instance = row.instance;
        const std::string cpu =
            instance.use.cpu_us ? std::to_string(*instance.use.cpu_us / 1'000'000) + "s" : "-";
        const bool is_old = row.newest != 0 && row.newest != instance.generation;
        const std::string generation =
            std::to_string(instance.generation) + (is_old ? " (of " + std::to_string(row.newest) + ")" : "");
        std::printf(
            "%-14s %-12s %4zu  %-18s %-6s %5s %5zu %7s  %-19s %-9s %-10s %s\n", instance.account.c_str(),
            instance.jail.c_str(), instance.sessions.size(), from_of(instance).c_str(),
            instance.sessions.empty() ? "-" : time_of(instance.sessions.front().opened).c_str(),
            row.idle && !instance.sessions.empty() ? span_of(*row.idle).c_str() : "-", row.processes,
            cpu.c_str(), of_limit(instance.use.memory_bytes, instance.use.memory_limit, human_size).c_str(),
            of_limit(instance.use.tasks, instance.use.tasks_limit, plain).c_str(), generation.c_str(),
            what_of(row).c_str());
    }
}

}  // namespace

int ps_command(const Layout& layout, const CommonOptions& common, const std::string& name) {
    if (::geteuid() != 0) return fail(problem("ps needs root: /run/jail is root's alone"));
    const std::set<std::string> members =
        name.starts_with('@') ? members_of(name.substr(1)) : std::set<std::string>();
    const auto processes = ProcessTable::read();
    if (!processes) return fail(processes.error());
    std::vector<Row> rows;
    for (RunningInstance& instance : running_instances(layout))
        if (is_wanted(instance, name, members))
            rows.push_back(make_row(layout, std::move(instance), processes.value()));
    if (common.json) {
        nlohmann::json instances = nlohmann::json::array();
        for (const Row& row : rows) instances.push_back(as_json(row));
        print_json({{"schema", kSchema}, {"instances", instances}});
    } else if (rows.empty()) {
        std::puts(name.empty() ? "no jail runs" : ("no jail runs of " + printable(name)).c_str());
    } else {
        print(rows);
    }
    return 0;
}

}  // namespace jail::provision
