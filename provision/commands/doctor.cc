// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "provision/accounts/account_records.h"
#include "provision/base/problem.h"
#include "provision/commands/doctor_fix.h"
#include "provision/commands/report.h"
#include "provision/config/jail_catalog.h"
#include "provision/doctor/inspection.h"

namespace jail::provision {

namespace {

constexpr int kSchema = 1;  // of --json

std::size_t count(const Findings& findings, Health health) {
    return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(),
                                                  [&](const Finding& one) { return one.health == health; }));
}

nlohmann::json as_json(const Findings& findings) {
    nlohmann::json checks = nlohmann::json::array();
    for (const Finding& one : findings)
        checks.push_back({{"group", one.group},
                          {"code", one.code},
                          {"state", name_of(one.health)},
                          {"subject", one.subject.empty() ? nlohmann::json() : nlohmann::json(one.subject)},
                          {"evidence", one.evidence},
                          {"skipped", one.skipped.empty() ? nlohmann::json() : nlohmann::json(one.skipped)},
                          {"fix", one.fix.empty() ? nlohmann::json() : nlohmann::json(one.fix)}});
    const bool is_well = count(findings, Health::kProblem) + count(findings, Health::kBroken) == 0;
    return {{"schema", kSchema}, {"ok", is_well}, {"checks", checks}};
}

// The state in colour, on a terminal.
std::string mark(Health health) {
    static const bool is_coloured = ::isatty(STDOUT_FILENO) == 1 && ::getenv("NO_COLOR") == nullptr;
    const std::string name = name_of(health);
    if (!is_coloured) return name;
    constexpr const char* kColours[] = {"32", "36", "33", "31"};
    return std::string("\033[") + kColours[static_cast<int>(health)] + "m" + name + "\033[0m";
}

void print(const Findings& findings) {
    std::string group;
    for (const Finding& one : findings) {
        if (one.group != group) {
            std::string title = group = one.group;
            for (char& c : title) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
            std::printf("%s\n", title.c_str());
        }
        const std::string subject = one.subject.empty() ? "" : printable(one.subject) + ": ";
        const std::string skipped = one.skipped.empty() ? "" : " (skipped: " + printable(one.skipped) + ")";
        std::printf("  %s%*s  %s%s%s  [%s]\n", mark(one.health).c_str(),
                    static_cast<int>(7 - std::string_view(name_of(one.health)).size()), "", subject.c_str(),
                    printable(one.evidence).c_str(), skipped.c_str(), one.code.c_str());
        if (!one.fix.empty() && one.skipped.empty())
            std::printf("           %s\n", printable(one.fix).c_str());
    }
    const std::size_t problems = count(findings, Health::kProblem), broken = count(findings, Health::kBroken);
    std::printf("%s, %s broken, %s\n", count_of(problems, "problem").c_str(), std::to_string(broken).c_str(),
                count_of(count(findings, Health::kNote), "note").c_str());
}

}  // namespace

int doctor_command(const Layout& layout, const CommonOptions& common, const DoctorOptions& options) {
    if (::geteuid() != 0) return fail(problem("doctor needs root: it reads PAM's files and sudo's rules"));
    if (!options.fix.empty()) return fix(layout, common, options.fix);
    Host host(layout);
    const bool is_known =
        std::any_of(host.accounts.begin(), host.accounts.end(),
                    [&](const AccountRecord& one) { return one.account == options.account; });
    if (!options.account.empty() && !is_known)
        return fail(problem("account '" + options.account + "' has no record of its own in a jail"));
    auto findings = inspect_all(host, options.account, options.trees);
    if (!findings) return fail(findings.error());
    if (common.json)
        print_json(as_json(findings.value()));
    else
        print(findings.value());
    return count(findings.value(), Health::kBroken) != 0    ? 2
           : count(findings.value(), Health::kProblem) != 0 ? 1
                                                            : 0;
}

}  // namespace jail::provision
