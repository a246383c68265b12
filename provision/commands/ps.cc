// SPDX-License-Identifier: Apache-2.0
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/base/problem.h"
#include "provision/commands/report.h"
#include "provision/running/instance_row.h"
#include "provision/running/row_words.h"

namespace jail::provision {

namespace {

constexpr int kSchema = 1;  // of --json

void print(const std::vector<InstanceRow>& rows) {
    const std::int64_t now = ::time(nullptr);
    std::printf("%-14s %-12s %4s  %-18s %-6s %5s %5s %7s  %-19s %-9s %-10s %s\n", "ACCOUNT", "JAIL", "SESS",
                "FROM", "SINCE", "IDLE", "PROCS", "CPU", "MEMORY", "TASKS", "GENERATION", "WHAT");
    for (const InstanceRow& row : rows)
        std::printf("%-14s %-12s %4zu  %-18s %-6s %5s %5zu %7s  %-19s %-9s %-10s %s\n",
                    printable(row.instance.account).c_str(), printable(row.instance.jail).c_str(),
                    row.instance.sessions.size(), from_of(row.instance).c_str(),
                    since_of(row.instance).c_str(), idle_of(row).c_str(), row.processes, cpu_of(row).c_str(),
                    memory_of(row).c_str(), tasks_of(row).c_str(), generation_of(row).c_str(),
                    what_of(row, now).c_str());
}

}  // namespace

int ps_command(const Layout& layout, const CommonOptions& common, const std::string& name) {
    if (::geteuid() != 0) return fail(problem("ps needs root: /run/jail is root's alone"));
    const auto selection = Selection::of(name);
    if (!selection) return fail(selection.error());
    const std::vector<InstanceRow> rows = instance_rows(layout, selection.value());
    if (common.json) {
        nlohmann::json instances = nlohmann::json::array();
        for (const InstanceRow& row : rows) instances.push_back(as_json(row));
        print_json({{"schema", kSchema}, {"instances", instances}});
    } else if (rows.empty()) {
        std::puts(name.empty() ? "no jail runs" : ("no jail runs of " + printable(name)).c_str());
    } else {
        print(rows);
    }
    return 0;
}

}  // namespace jail::provision
