// SPDX-License-Identifier: Apache-2.0
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "libjail/events/audit_log.h"
#include "provision/accounts/account_records.h"
#include "provision/base/problem.h"
#include "provision/commands/report.h"
#include "provision/events/event_time.h"
#include "provision/events/log_files.h"
#include "provision/events/sums.h"
#include "provision/events/sums_words.h"
#include "provision/host/selection.h"

namespace jail::provision {

namespace {

constexpr int kSchema = 1;  // of --json

// As accounts are bound now; the log itself says it of members of groups.
JailOf bound_accounts(const Layout& layout) {
    JailOf jails;
    std::vector<std::string> damaged;  // the doctor's to tell
    for (const AccountRecord& record : all_records(layout, damaged)) jails[record.account] = record.jail;
    return jails;
}

nlohmann::json as_json(By by, std::int64_t since, const std::vector<Sums::Row>& rows, const Sum& total) {
    nlohmann::json list = nlohmann::json::array();
    for (const Sums::Row& row : rows) {
        nlohmann::json one = as_json(row.sum);
        one[name_of(by)] = row.name.empty() ? nlohmann::json() : nlohmann::json(row.name);
        list.push_back(std::move(one));
    }
    return {
        {"schema", kSchema}, {"since", since},          {"until", static_cast<std::int64_t>(::time(nullptr))},
        {"by", name_of(by)}, {"rows", std::move(list)}, {"total", as_json(total)}};
}

void print(By by, const std::vector<Sums::Row>& rows, const Sum& total) {
    if (rows.empty()) return (void)std::puts("no event of this time is in the log");
    for (const std::string& line : table_of(by, rows, total)) std::puts(line.c_str());
    if (total.suppressed != 0)
        std::printf("%s more were not recorded\n",
                    count_of(static_cast<std::size_t>(total.suppressed), "event").c_str());
}

}  // namespace

int stats_command(const Layout& layout, const CommonOptions& common, const StatsOptions& options) {
    const std::int64_t since = parse_since(options.since);
    if (since < 0)
        return fail(problem("'" + options.since + "' is no time; write 30m, 2h, 7d or 2026-11-30"));
    const std::string path = audit_log_path();
    if (::access(path.c_str(), R_OK) != 0 && errno != ENOENT)
        return fail(errno_error("open", path + ", which root and the group adm may read"));
    const auto selection = Selection::of(options.name);
    if (!selection) return fail(selection.error());
    const By by = parse_by(options.by).value_or(By::kAccount);
    Sums sums(by, since, bound_accounts(layout), [&](const std::string& account, const std::string& jail) {
        return selection.value().has(account, jail);
    });
    int status = 0;  // sums of a log that was not read whole are shown, and are an error
    for (const Error& error : read_events(audit_logs(since), [&](const auto& one) { sums.count(one); }))
        status = fail(error);
    const std::vector<Sums::Row> rows = sums.rows();
    if (common.json)
        print_json(as_json(by, since, rows, sums.total()));
    else
        print(by, rows, sums.total());
    return status;
}

}  // namespace jail::provision
