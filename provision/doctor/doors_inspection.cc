// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "provision/base/problem.h"
#include "provision/doctor/inspection.h"
#include "provision/host/sshd_listeners.h"
#include "provision/tree/publisher.h"

namespace jail::provision {

namespace {

// One that can be run as it is; empty where lines have to be moved or changed by hand.
std::string fix_of(const Door& door, const DoorFinding& finding) {
    const bool is_copy = finding.file != door.file && !finding.line.empty();
    if (finding.code.ends_with(".missing"))
        return (is_copy ? "cp " + door.file + " " + finding.file + " && " : "") + "echo '" + finding.line +
               "' >> " + finding.file;
    if (finding.code == "sshd.usepam")
        return "echo 'UsePAM yes' > /etc/ssh/sshd_config.d/10-pam.conf && systemctl reload ssh";
    return {};
}

void inspect(const Door& door, bool jailshell_enters, Findings& found) {
    const std::string name = door.is_sshd ? "sshd" : door.service;
    if (door.findings.empty())
        found.push_back({"doors", "pam." + door.service, Health::kOk, name,
                         door.lets_nobody_in ? "lets nobody in (" + door.file + ")"
                                             : "leads into the jails (" + door.file + ")",
                         ""});
    for (const DoorFinding& finding : door.findings) {
        const bool is_broken = finding.code.ends_with(".broken");
        const std::string state = is_broken                          ? ""
                                  : door.is_sshd && jailshell_enters ? "half open, as jailshell is setuid: "
                                                                     : "open: ";
        found.push_back({"doors", finding.code, is_broken ? Health::kBroken : Health::kProblem, name,
                         state + finding.text, fix_of(door, finding)});
    }
}

// internal-sftp starts no program, and so asks no policy of jailshell's.
void inspect_sftp(Host& host, Findings& found) {
    const bool distinguishes = sshd_distinguishes({});
    std::optional<Result<SshdSettings>> asked;
    for (const AccountRecord& record : host.accounts) {
        const auto manifest = published_manifest(host.layout, record.jail);
        if (!manifest || manifest.value().access.sftp) continue;
        // Starting sshd takes some 10 ms: a thousand accounts are asked for only where they can differ.
        if (!asked || distinguishes) asked = sshd_settings_of({}, distinguishes ? record.account : "");
        const Result<SshdSettings>& settings = *asked;
        if (!settings) {
            found.push_back({"doors", "sshd.config", Health::kProblem, record.account,
                             "sshd -T does not say what holds for it: " + describe(settings.error()), ""});
            continue;
        }
        const std::string& forced = settings.value().forced_command;
        const bool is_served =
            forced.empty() ? settings.value().internal_sftp : forced.starts_with("internal-sftp");
        if (!is_served) continue;
        found.push_back({"doors", "sshd.internal-sftp-without-policy", Health::kProblem, record.account,
                         "sshd serves sftp by itself (internal-sftp), to an account whose jail says sftp: "
                         "false; it sees the jail's files and its home",
                         "sed -Ei 's,^(Subsystem +sftp +)internal-sftp.*,\\1/usr/lib/openssh/sftp-server,' "
                         "/etc/ssh/sshd_config && systemctl reload ssh"});
    }
}

// Each sshd with a configuration of its own leads in when it uses PAM, by a service that leads in.
void inspect_other_sshds(Host& host, Findings& found) {
    const std::vector<Door> doors = host.doors.of("");
    for (const OtherSshd& sshd : other_sshds()) {
        const std::string name = "sshd -f " + sshd.places.config;
        const auto add = [&](const char* code, Health health, const std::string& text,
                             const std::string& fix) {
            found.push_back({"doors", code, health, name, text + " (" + sshd.seen + ")", fix});
        };
        const auto settings = sshd_settings_of(sshd.places, "");
        if (!settings) {
            add("sshd.config", Health::kNote, "its configuration cannot be read by sshd -T", "");
            continue;
        }
        const std::string& service = settings.value().service;
        const auto door =
            std::find_if(doors.begin(), doors.end(), [&](const Door& one) { return one.service == service; });
        if (!settings.value().use_pam)
            add("sshd.usepam", Health::kProblem, "open: UsePAM is no",
                "sed -i '1i UsePAM yes' " + sshd.places.config);
        else if (door == doors.end() || door->open())
            add("sshd.pam", Health::kProblem,
                "open: its PAM service " + service + " does not lead into jails",
                door == doors.end() || door->findings.empty() ? "" : fix_of(*door, door->findings.front()));
        else
            add("sshd.pam", Health::kOk, "leads into the jails by the PAM service " + service, "");
    }
}

}  // namespace

Findings inspect_doors(Host& host) {
    Findings found;
    for (const Door& door : host.doors.of("")) inspect(door, host.doors.jailshell_enters(), found);
    // Only where a Match block makes a difference is sshd asked for each account.
    for (const AccountRecord& record : host.accounts)
        if (host.doors.by_account())
            for (const Door& door : host.doors.of(record.account))
                if (door.is_sshd && door.open())
                    for (const DoorFinding& finding : door.findings)
                        found.push_back({"doors", finding.code, Health::kProblem, record.account,
                                         "sshd is open to it: " + finding.text, fix_of(door, finding)});
    if (!host.doors.has_sshd())
        found.push_back({"doors", "sshd", Health::kNote, "sshd", "is not installed", ""});
    inspect_other_sshds(host, found);
    inspect_sftp(host, found);
    return found;
}

}  // namespace jail::provision
