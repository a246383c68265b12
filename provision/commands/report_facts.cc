// SPDX-License-Identifier: Apache-2.0
#include "provision/commands/report_facts.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "libjail/policy/login_times.h"
#include "provision/accounts/account_locks.h"
#include "provision/accounts/group_records.h"
#include "provision/accounts/instance_state.h"
#include "provision/base/log.h"
#include "provision/base/problem.h"
#include "provision/commands/event_lines.h"
#include "provision/commands/manifest_json.h"
#include "provision/doctor/inspection.h"
#include "provision/events/event_time.h"
#include "provision/events/log_files.h"
#include "provision/tree/publisher.h"

namespace jail::provision {

namespace {

using nlohmann::json;

constexpr int kSchema = 1;
constexpr std::size_t kMostDenials = 200;  // the newest

struct Activity {
    std::int64_t last_login = 0;
    std::uint64_t sessions = 0, denials = 0;
};

// Sums of the log, by account and by day.
struct Events {
    std::map<std::string, Activity> accounts;
    std::map<std::string, Activity> days;  // "2026-11-30"
    json denials = json::array();
};

void count(const json& event, Events& events) {
    const std::string kind = event.value("event", "");
    const std::int64_t moment = time_of(event);
    if (kind != "session_open" && kind != "denial") return;
    Activity& account = events.accounts[event.value("account", "")];
    Activity& day = events.days[day_of(moment)];
    if (kind == "session_open") {
        ++account.sessions;
        ++day.sessions;
        account.last_login = std::max(account.last_login, moment);
        return;
    }
    ++account.denials;
    ++day.denials;
    if (events.denials.size() == kMostDenials) events.denials.erase(0);
    events.denials.push_back({{"time", moment},
                              {"account", event.value("account", "")},
                              {"jail", event.value("jail", "")},
                              {"door", event.value("door", "")},
                              {"from", event.value("rhost", "")},
                              {"cause", event.value("cause", "")},
                              {"event_id", event.value("event_id", "")}});
}

Events sum_up(std::int64_t since) {
    Events events;
    EventFilter filter;
    filter.since = since;
    for (const Error& error : read_events(audit_logs(since), [&](const json& event) {
             if (is_wanted(event, filter)) count(event, events);
         }))
        log_error(describe(error));
    return events;
}

json facts_of_jail(const Layout& layout, const std::string& jail) {
    const auto manifest = published_manifest(layout, jail);
    if (!manifest) return {{"jail", jail}, {"error", manifest.error().message()}};
    json facts = policy_as_json(manifest.value());
    facts["jail"] = jail;
    facts["generation"] = manifest.value().generation;
    facts["held"] = held(layout, manifest.value());
    facts["expired"] = has_expired(manifest.value(), ::time(nullptr));
    for (const Generation& one : generations(layout, jail))
        if (one.number == manifest.value().generation) facts["published"] = one.published;
    return facts;
}

json facts_of_account(const Layout& layout, const AccountRecord& record, const Activity& activity) {
    return {{"account", record.account},
            {"uid", record.uid},
            {"jail", record.jail},
            {"locked", is_locked(layout, record.uid)},
            {"running", instance_runs(layout, record.uid)},
            {"sessions", activity.sessions},
            {"denials", activity.denials},
            {"last_login", activity.last_login == 0 ? json() : json(activity.last_login)}};
}

Result<json> findings_of(Host& host) {
    json rows = json::array();
    for (const Finding& one : JAIL_TRY(inspect_all(host, "", false)))
        rows.push_back({{"group", one.group},
                        {"code", one.code},
                        {"state", name_of(one.health)},
                        {"subject", one.subject},
                        {"evidence", one.evidence},
                        {"skipped", one.skipped},
                        {"fix", one.fix}});
    return rows;
}

}  // namespace

Result<json> collect_facts(const Layout& layout, std::int64_t since) {
    Host host(layout);
    Events events = sum_up(since);
    char name[256] = {};
    (void)::gethostname(name, sizeof name - 1);
    json jails = json::array(), accounts = json::array(), groups = json::array(), days = json::array();
    for (const std::string& jail : published_jails(layout)) jails.push_back(facts_of_jail(layout, jail));
    for (const AccountRecord& record : host.accounts)
        accounts.push_back(facts_of_account(layout, record, events.accounts[record.account]));
    std::reverse(events.denials.begin(), events.denials.end());  // the newest first
    std::vector<std::string> damaged;
    for (const GroupRecord& record : all_group_records(layout, damaged))
        groups.push_back({{"group", record.group}, {"gid", record.gid}, {"jail", record.jail}});
    for (const auto& [day, activity] : events.days)
        days.push_back({{"day", day}, {"sessions", activity.sessions}, {"denials", activity.denials}});
    return json{{"schema", kSchema},
                {"host", name},
                {"generated", static_cast<std::int64_t>(::time(nullptr))},
                {"since", since},
                {"jails", std::move(jails)},
                {"accounts", std::move(accounts)},
                {"groups", std::move(groups)},
                {"days", std::move(days)},
                {"denials", std::move(events.denials)},
                {"findings", JAIL_TRY(findings_of(host))}};
}

}  // namespace jail::provision
