// SPDX-License-Identifier: Apache-2.0
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "libjail/base/clock.h"
#include "provision/base/problem.h"
#include "provision/commands/report.h"
#include "provision/host/selection.h"
#include "provision/running/cpu_rates.h"
#include "provision/running/live_view.h"
#include "provision/running/row_order.h"
#include "provision/running/top_lines.h"

namespace jail::provision {

namespace {

constexpr int kSchema = 1;  // of --json

nlohmann::json as_json(const std::vector<InstanceRow>& rows, std::int64_t now) {
    nlohmann::json instances = nlohmann::json::array();
    for (const InstanceRow& row : rows) {
        nlohmann::json one = as_json(row);
        one["cpu_percent"] = row.cpu_percent ? nlohmann::json(*row.cpu_percent) : nlohmann::json();
        instances.push_back(std::move(one));
    }
    return {{"schema", kSchema}, {"time", now}, {"instances", std::move(instances)}};
}

void print(const std::vector<InstanceRow>& rows, SortKey key, bool json) {
    const std::int64_t now = ::time(nullptr);
    if (json) {
        const auto replace = nlohmann::json::error_handler_t::replace;
        std::puts(as_json(rows, now).dump(-1, ' ', false, replace).c_str());
        return;
    }
    std::printf("%s\n%s\n", title_line(rows, key, now).c_str(), header_line().c_str());
    for (const InstanceRow& row : rows) std::puts(row_line(row, now).c_str());
}

// Until all rounds are printed, or nobody reads them any more.
int print_rounds(const Layout& layout, const Selection& selection, SortKey key,
                 std::chrono::milliseconds interval, std::uint64_t rounds, bool json) {
    CpuRates rates;
    std::vector<InstanceRow> rows = instance_rows(layout, selection);
    rates.apply(rows, now());
    pause_for(std::min(kFirstLook, interval));
    for (std::uint64_t round = 1;; ++round) {
        rows = instance_rows(layout, selection);
        rates.apply(rows, now());
        sort_rows(rows, key);
        print(rows, key, json);
        if (std::fflush(stdout) != 0) return fail(errno_error("write", "standard output"));
        if (round == rounds) return 0;
        if (!json) std::puts("");
        pause_for(interval);
    }
}

}  // namespace

int top_command(const Layout& layout, const CommonOptions& common, const TopOptions& options) {
    if (::geteuid() != 0) return fail(problem("top needs root: /run/jail is root's alone"));
    if (!options.batch && (common.json || options.rounds != 0))
        return fail(problem("--json and -n are for rounds of output: say --batch as well"));
    const auto selection = Selection::of(options.name);
    if (!selection) return fail(selection.error());
    const SortKey key = parse_sort_key(options.sort).value_or(SortKey::kCpu);
    const std::chrono::milliseconds interval(static_cast<std::int64_t>(options.interval * 1000));
    if (options.batch)
        return print_rounds(layout, selection.value(), key, interval, options.rounds, common.json);
    if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1)
        return fail(problem("top needs a terminal; use jail-provision ps, or jail-provision top --batch"));
    const auto status = show_live(layout, selection.value(), key, interval);
    return status ? status.value() : fail(status.error());
}

}  // namespace jail::provision
