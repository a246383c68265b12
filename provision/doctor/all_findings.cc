// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "provision/config/jail_catalog.h"
#include "provision/doctor/inspection.h"

namespace jail::provision {

namespace {

using Reasons = std::map<std::string, std::string>;  // by code

// Errors of the YAML are reported by the group JAILS.
Reasons reasons_of(const Host& host, const std::string& jail) {
    Diagnostics diagnostics;
    FileStates states;
    return jail.empty() ? load_defaults(host.layout, states, diagnostics).skip
                        : load_policy(host.layout, jail_file(host.layout, jail), states, diagnostics).skip;
}

std::string jail_of(const Host& host, const Finding& finding) {
    if (finding.group == "jails") return finding.subject;
    for (const AccountRecord& record : host.accounts)
        if (record.account == finding.subject) return record.jail;
    return {};  // jail.yaml's alone
}

// Makes notes of the findings that the YAML says are no problem here (`skip`).
void skip_findings(const Host& host, Findings& findings) {
    std::map<std::string, Reasons> by_jail;
    for (Finding& finding : findings) {
        if (finding.health != Health::kProblem && finding.health != Health::kBroken) continue;
        const std::string jail = jail_of(host, finding);
        if (!by_jail.contains(jail)) by_jail[jail] = reasons_of(host, jail);
        const auto reason = by_jail[jail].find(finding.code);
        if (reason == by_jail[jail].end()) continue;
        finding.health = Health::kNote;
        finding.skipped = reason->second;
    }
}

}  // namespace

// A door is of interest for one account as well, and what the host lacks.
Result<Findings> inspect_all(Host& host, const std::string& only, bool trees) {
    Findings findings = inspect_doors(host);
    for (Finding& one : JAIL_TRY(inspect_accounts(host, only))) findings.push_back(std::move(one));
    if (only.empty())
        for (Finding& one : inspect_jails(host, trees)) findings.push_back(std::move(one));
    for (Finding& one : inspect_host(host)) findings.push_back(std::move(one));
    skip_findings(host, findings);
    return findings;
}

}  // namespace jail::provision
