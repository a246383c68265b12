// SPDX-License-Identifier: Apache-2.0
#include "provision/commands/arrival_report.h"

#include <nlohmann/json.hpp>

#include "provision/base/log.h"

namespace jail::provision {

nlohmann::json doors_as_json(const std::vector<Door>& doors) {
    nlohmann::json rows = nlohmann::json::array();
    for (const Door& door : doors) {
        nlohmann::json findings = nlohmann::json::array();
        for (const DoorFinding& finding : door.findings)
            findings.push_back({{"code", finding.code},
                                {"text", finding.text},
                                {"file", finding.file},
                                {"line", finding.line}});
        rows.push_back({{"service", door.service},
                        {"file", door.file},
                        {"sshd", door.is_sshd},
                        {"open", door.open()},
                        {"leads_in", door.leads_in},
                        {"findings", findings}});
    }
    return rows;
}

nlohmann::json findings_as_json(const std::vector<OutsideFinding>& findings) {
    nlohmann::json rows = nlohmann::json::array();
    for (const OutsideFinding& finding : findings) {
        nlohmann::json row = {{"account", finding.account},
                              {"code", finding.code},
                              {"severity", finding.note ? "note" : "error"},
                              {"text", finding.text},
                              {"cure", finding.cure}};
        for (const AccountProcess& process : finding.processes)
            row["processes"].push_back({{"pid", process.pid}, {"name", process.name}});
        rows.push_back(row);
    }
    return rows;
}

std::string through(const std::vector<Door>& doors, bool by_shell) {
    std::string names;
    for (const Door& door : doors)
        if (door.leads_in) names += (names.empty() ? "" : ", ") + door.service;
    const Door* sshd = sshd_among(doors);
    if (by_shell && (sshd == nullptr || !sshd->leads_in))
        names += std::string(names.empty() ? "" : ", ") + "its login shell";
    return "through " + (names.empty() ? "no PAM service" : names);
}

void tell_open_doors(const std::vector<Door>& doors, bool by_shell) {
    for (const Door& door : doors)
        for (const std::string& sentence : sentences(door, by_shell)) log_notice(sentence);
}

void tell_findings(const std::vector<OutsideFinding>& findings, const ArrivalOptions& options) {
    for (const OutsideFinding& finding : findings)
        if (!options.end_outside || finding.code != "outside.process")
            log_notice(finding.text + "; " + finding.cure);
}

}  // namespace jail::provision
