// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "libjail/events/audit_log.h"
#include "libjail/events/event.h"
#include "provision/base/problem.h"
#include "provision/commands/command_verdict.h"
#include "provision/commands/event_lines.h"
#include "provision/commands/report.h"
#include "provision/doctor/inspection.h"
#include "provision/events/event_time.h"
#include "provision/events/log_files.h"

namespace jail::provision {

namespace {

constexpr int kSchema = 1;  // of --json

// The denial, or all that the log has of a session.
std::vector<nlohmann::json> events_of(const std::string& id) {
    std::vector<nlohmann::json> found;
    for (const std::string& log : audit_logs()) {
        // A damaged file is as one that has no such event: the message names the log.
        (void)read_lines(log, [&](const std::string& line) {
            if (line.find(id) == std::string::npos) return;
            const auto event = nlohmann::json::parse(line, nullptr, false);
            if (event.is_object() && (text_of(event, "event_id") == id || text_of(event, "session") == id))
                found.push_back(event);
        });
    }
    return found;
}

std::string account_of(const nlohmann::json& event, const Host& host) {
    const std::string name = event.value("account", "");
    for (const AccountRecord& record : host.accounts)
        if (record.account == name || (name.empty() && event.contains("uid") && event["uid"] == record.uid))
            return record.account;
    return {};
}

// All that is worth to know of the account now.
Findings troubles(Host& host, const std::string& account) {
    Findings wrong;
    auto findings = inspect_accounts(host, account);
    if (!findings) return wrong;
    for (Finding& one : findings.value())
        if (one.health != Health::kOk) wrong.push_back(std::move(one));
    return wrong;
}

}  // namespace

int explain_command(const Layout& layout, const CommonOptions& common, const std::string& id,
                    const std::vector<std::string>& words) {
    if (::geteuid() != 0) return fail(problem("explain needs root: it looks at the account as well"));
    if (!words.empty()) return explain_command_line(layout, common, id, words);
    if (!is_event_id(id))
        return fail(
            problem("'" + id +
                    "' is not an event id, which has eight digits 0 to 9, a to f; for a command line write "
                    "explain ACCOUNT -- COMMAND"));
    const std::vector<nlohmann::json> events = events_of(id);
    if (events.empty())
        return fail(problem("no event " + id + " is in " + audit_log_path() +
                            "; it may be older than the log, or of another host"));
    Host host(layout);
    const std::string account = account_of(events.back(), host);
    const Findings wrong = account.empty() ? Findings() : troubles(host, account);
    if (common.json) {
        nlohmann::json causes = nlohmann::json::array();
        for (const Finding& one : wrong)
            causes.push_back({{"code", one.code}, {"evidence", one.evidence}, {"fix", one.fix}});
        print_json({{"schema", kSchema}, {"events", events}, {"now", causes}});
        return 0;
    }
    for (const nlohmann::json& event : events) std::puts(line_of(event).c_str());
    for (const Finding& one : wrong) {
        std::printf("now: %s: %s  [%s]\n", printable(one.subject).c_str(), printable(one.evidence).c_str(),
                    one.code.c_str());
        if (!one.fix.empty()) std::printf("     %s\n", printable(one.fix).c_str());
    }
    if (wrong.empty() && !account.empty()) std::printf("now: nothing is wrong with %s\n", account.c_str());
    return 0;
}

}  // namespace jail::provision
