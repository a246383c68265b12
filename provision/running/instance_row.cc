// SPDX-License-Identifier: Apache-2.0
#include "provision/running/instance_row.h"

#include <map>
#include <nlohmann/json.hpp>

#include "provision/accounts/freezer.h"
#include "provision/host/account_processes.h"
#include "provision/running/processes.h"
#include "provision/tree/publisher.h"

namespace jail::provision {

namespace {

// One look at all running jails: what is the same for several is read once.
class Look {
public:
    explicit Look(const Layout& layout) : layout_(layout) {}

    InstanceRow row_of(RunningInstance instance) {
        InstanceRow row;
        row.newest = newest(instance.jail);
        row.frozen = is_frozen(layout_, instance);
        row.idle = idle_seconds(instance);
        const InstanceProcesses processes = processes_in(instance);
        row.processes = processes.count;
        row.programs = processes.programs;
        if (!instance.use.cpu_us) instance.use.cpu_us = processes.cpu_us;
        row.instance = std::move(instance);
        return row;
    }

private:
    std::uint64_t newest(const std::string& jail) {
        const auto known = newest_.find(jail);
        if (known != newest_.end()) return known->second;
        const auto manifest = published_manifest(layout_, jail);
        return newest_[jail] = manifest ? manifest.value().generation : 0;
    }

    // A host may have no hierarchy that a group could be in.
    InstanceProcesses processes_in(const RunningInstance& instance) {
        if (auto processes = processes_of(layout_, instance)) return *std::move(processes);
        if (!all_) all_ = ProcessTable::read();
        InstanceProcesses processes;
        if (!*all_) return processes;
        for (const AccountProcess& process : all_->value().of(instance.uid)) {
            ++processes.count;
            if (!is_of_ours(process.name)) add_program(processes.programs, process.name);
        }
        return processes;
    }

    const Layout& layout_;
    std::optional<Result<ProcessTable>> all_;
    std::map<std::string, std::uint64_t> newest_;
};

nlohmann::json or_null(const std::optional<std::uint64_t>& value) {
    return value ? nlohmann::json(*value) : nlohmann::json();
}

}  // namespace

std::vector<InstanceRow> instance_rows(const Layout& layout, const Selection& selection) {
    Look look(layout);
    std::vector<InstanceRow> rows;
    for (RunningInstance& instance : running_instances(layout))
        if (selection.has(instance.account, instance.jail)) rows.push_back(look.row_of(std::move(instance)));
    return rows;
}

std::string state_of(const InstanceRow& row) {
    const RunningInstance& instance = row.instance;
    if (row.frozen) return "frozen";
    if (!instance.sessions.empty()) return "in use";
    return instance.lingers ? "lingers" : "warm";
}

nlohmann::json as_json(const InstanceRow& row) {
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

}  // namespace jail::provision
