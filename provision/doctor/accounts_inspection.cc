// SPDX-License-Identifier: Apache-2.0
#include <pwd.h>

#include <algorithm>
#include <map>

#include "libjail/policy/login_times.h"
#include "libjail/policy/name_service.h"
#include "provision/accounts/account_locks.h"
#include "provision/accounts/group_records.h"
#include "provision/accounts/instance_state.h"
#include "provision/base/file_io.h"
#include "provision/base/problem.h"
#include "provision/doctor/inspection.h"
#include "provision/host/outside.h"
#include "provision/tree/publisher.h"

namespace jail::provision {

namespace {

Finding about(const std::string& account, const char* code, Health health, std::string evidence,
              std::string fix = {}) {
    return {"accounts", code, health, account, std::move(evidence), std::move(fix)};
}

// outside.h's codes, by what they are to the doctor.
std::string code_of(const std::string& code) {
    static const std::map<std::string, std::string> kCodes = {{"outside.process", "process.outside"},
                                                              {"outside.crontab", "cron.open"},
                                                              {"outside.at", "at.open"},
                                                              {"outside.linger", "systemd.linger"},
                                                              {"outside.sudo", "sudo.rule"},
                                                              {"outside.group", "group.root-like"}};
    const auto found = kCodes.find(code);
    return found == kCodes.end() ? code : found->second;
}

std::string fix_of(const OutsideFinding& finding) {
    if (finding.code == "outside.process") return "jail-provision add --kill " + finding.account;
    for (const char* start : {"run ", "end it: "})
        if (finding.cure.rfind(start, 0) == 0) return finding.cure.substr(std::string_view(start).size());
    return finding.cure;
}

bool is_no_shell(const std::string& shell) {
    return shell.ends_with("/nologin") || shell.ends_with("/false");
}

// Findings that keep an account from logging in at all.
void inspect_login(const Host& host, const AccountRecord& record, const Account& account, Findings& found) {
    const std::string& name = record.account;
    const auto manifest = published_manifest(host.layout, record.jail);
    if (manifest && has_expired(manifest.value(), ::time(nullptr)))
        found.push_back(about(name, "account.expired", Health::kNote,
                              "its jail " + record.jail + " has expired (expires in its YAML)"));
    if (!manifest)
        found.push_back(about(name, "account.jail", Health::kBroken,
                              "its jail " + record.jail + " has no generation: nobody in it can log in",
                              "jail-provision build " + record.jail));
    if (const Result<> home = check_home(account, host.layout.owner); !home)
        found.push_back(about(name, "account.home", Health::kBroken, describe(home.error())));
    if (is_locked(host.layout, record.uid))
        found.push_back(about(name, "account.locked", Health::kNote, "is locked (jail-provision lock)",
                              "jail-provision unlock " + name));
    if (is_no_shell(account.shell))
        found.push_back(about(name, "account.locked", Health::kNote,
                              "its login shell is " + account.shell + ": it was locked by hand",
                              "usermod -s " + host.layout.jailshell + " " + name));
    else if (account.shell != host.layout.jailshell && !host.doors.jailshell_enters())
        found.push_back(about(name, "account.shell", Health::kNote,
                              "its login shell is " + account.shell +
                                  ", and not jailshell: which commands it may run is not asked"));
}

// A warm instance keeps its generation until its last session has ended.
void inspect_instance(const Host& host, const AccountRecord& record, Findings& found) {
    const auto tree = read_file(host.layout.run_dir + "/" + std::to_string(record.uid) + "/tree", 256);
    const auto manifest = published_manifest(host.layout, record.jail);
    if (!tree || !manifest || tree.value() == manifest.value().tree) return;
    if (has_sessions(host.layout, record.uid))
        found.push_back(about(record.account, "jail.old-sessions", Health::kNote,
                              "its open sessions run an older generation of jail " + record.jail,
                              "jail-provision kill " + record.account));
}

Result<> inspect_account(Host& host, const AccountRecord& record, const ProcessTable& processes,
                         Findings& found) {
    const std::string& name = record.account;
    const auto account = find_account(name);
    if (!account) {
        found.push_back(about(name, "account.missing", Health::kBroken,
                              "there is no such account; it was in jail " + record.jail,
                              "jail-provision remove " + name));
        return success();
    }
    if (account.value().uid != record.uid) {
        found.push_back(about(name, "account.uid", Health::kBroken,
                              "its uid is " + std::to_string(account.value().uid) + ", and was " +
                                  std::to_string(record.uid) + " when it came into its jail",
                              "jail-provision add " + name));
        return success();
    }
    const std::size_t before = found.size();
    inspect_login(host, record, account.value(), found);
    inspect_instance(host, record, found);
    for (const OutsideFinding& outside :
         JAIL_TRY(find_outside({}, account.value(), host.doors.of(name), processes)))
        found.push_back(about(name, code_of(outside.code).c_str(),
                              outside.note ? Health::kNote : Health::kProblem, outside.text,
                              fix_of(outside)));
    if (found.size() == before)
        found.push_back(about(name, "account", Health::kOk, "can log in to jail " + record.jail));
    return success();
}

void inspect_groups(Host& host, Findings& found) {
    for (const GroupRecord& record : all_group_records(host.layout, host.damaged)) {
        const auto name = name_service::group_name(record.gid);
        const std::string subject = "@" + record.group;
        if (name && name.value() == record.group)
            found.push_back(about(subject, "nss.group", Health::kOk, "is bound to jail " + record.jail));
        else
            found.push_back(
                about(subject, "nss.group", Health::kBroken,
                      name ? "gid " + std::to_string(record.gid) + " is called " + name.value() + " now"
                           : "no name service knows gid " + std::to_string(record.gid) +
                                 ": accounts without a record of their own are refused",
                      "jail-provision build " + record.jail));
    }
}

}  // namespace

Result<Findings> inspect_accounts(Host& host, const std::string& only) {
    Findings found;
    const ProcessTable processes = JAIL_TRY(ProcessTable::read());
    for (const AccountRecord& record : host.accounts)
        if (only.empty() || record.account == only) JAIL_TRY(inspect_account(host, record, processes, found));
    if (only.empty()) inspect_groups(host, found);
    for (const std::string& path : host.damaged)
        found.push_back(about(path, "record.damaged", Health::kBroken, "cannot be read",
                              "jail-provision add ACCOUNT, for its account"));
    return found;
}

}  // namespace jail::provision
