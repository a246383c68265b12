// SPDX-License-Identifier: Apache-2.0
#include "provision/accounts/arrival.h"

#include <algorithm>

#include "provision/host/login_shell.h"

namespace jail::provision {

namespace {

constexpr char kForce[] = ", or say --force";

// The state of an sshd without pam_jail where jailshell is setuid.
constexpr char kHalfOpen[] =
    "half open: shell, commands, scp, rsync and git are jailed by setuid jailshell, but internal-sftp and "
    "forwards "
    "are on the host";

}  // namespace

Arrivals::Arrivals(const Layout& layout, ArrivalOptions options)
    : layout_(layout), options_(options), doors_({pam::host_directories(), {}, layout.jailshell}) {}

bool Arrivals::by_shell(const Binding& binding) const {
    if (!doors_.jailshell_enters() || binding.keep_shell) return false;
    return binding.create || binding.account.shell == layout_.jailshell ||
           has_local_shell(layout_, binding.account);
}

std::vector<std::string> Arrivals::door_obstacles(const Binding* binding) {
    const bool shell = binding != nullptr && by_shell(*binding);
    if (options_.force || shell) return {};
    const std::vector<Door> doors = binding == nullptr ? doors_.of("") : doors_of(*binding);
    const Door* sshd = sshd_among(doors);
    if (sshd == nullptr) return {};
    std::vector<std::string> obstacles;
    for (const std::string& sentence : sentences(*sshd, shell)) obstacles.push_back(sentence + kForce);
    return obstacles;
}

Result<std::vector<std::string>> Arrivals::obstacles(const Binding& binding) {
    std::vector<std::string> obstacles;
    if (binding.create) return obstacles;  // it does not exist yet
    if (!processes_) processes_ = JAIL_TRY(ProcessTable::read());
    for (OutsideFinding& found :
         JAIL_TRY(find_outside({}, binding.account, doors_of(binding), *processes_))) {
        const bool to_be_ended = options_.end_outside && found.code == "outside.process" &&
                                 std::all_of(found.processes.begin(), found.processes.end(),
                                             [](const AccountProcess& one) { return one.own; });
        if (!options_.force && !found.note && !to_be_ended)
            obstacles.push_back(found.text + "; " + found.cure + kForce);
        findings_.push_back(std::move(found));
    }
    return obstacles;
}

std::vector<std::string> sentences(const Door& door, bool by_shell) {
    std::vector<std::string> lines;
    const std::string state = door.is_sshd && by_shell ? kHalfOpen : "open";
    for (const DoorFinding& finding : door.findings)
        lines.push_back(door.service + " is " + state + ": " + finding.text);
    return lines;
}

}  // namespace jail::provision
