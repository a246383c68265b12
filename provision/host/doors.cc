// SPDX-License-Identifier: Apache-2.0
#include "provision/host/doors.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "provision/base/file_io.h"
#include "provision/base/problem.h"
#include "provision/host/pam_verdict.h"

namespace jail::provision {

namespace {

using pam::Phase;

constexpr char kInclude[] = "@include jail";
constexpr char kSessionLine[] = "session required pam_jail.so";
constexpr char kAccountLine[] = "account required pam_jail.so";

// Services in their own right, though others include them.
constexpr const char* kServices[] = {"sshd", "login",  "su",     "su-l",    "cron",      "crond", "atd",
                                     "sudo", "remote", "sudo-i", "runuser", "runuser-l", "other"};

// Services that open no session for a program of an account: they ask for a password, or change it.
// systemd-user's is shut by a condition of user@.service (config/systemd/user-of-jail.conf).
constexpr const char* kNoSessions[] = {"chfn",     "chsh",         "passwd", "chpasswd", "newusers",
                                       "polkit-1", "systemd-user", "vlock",  "jail"};

template <std::size_t N>
bool among(const char* const (&names)[N], const std::string& name) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

std::string fault_name(pam::Fault fault) {
    switch (fault) {
        case pam::Fault::kMissing:
            return "missing";
        case pam::Fault::kControl:
            return "control";
        case pam::Fault::kSkipped:
            return "skipped";
        case pam::Fault::kOrder:
            return "order";
        case pam::Fault::kUnclear:
            return "unclear";
    }
    return "";
}

// The administrator's own file: one of /usr/lib/pam.d belongs to a package.
std::string file_to_write(const Door& door) {
    return door.file.starts_with("/usr/lib/pam.d/") ? "/etc/pam.d/" + door.service : door.file;
}

std::string end_with(const Door& door, const std::string& line) {
    const std::string file = file_to_write(door);
    const std::string copy = file == door.file ? "" : "copy " + door.file + " to " + file + ", and ";
    return copy + "end " + file + " with the line '" + line + "'";
}

DoorFinding describe(const Door& door, const pam::Finding& found, Phase phase, const std::string& line) {
    const std::string in = phase == Phase::kAccount ? ".account" : "";
    DoorFinding finding{"pam." + door.service + in + "." + fault_name(found.fault), "", file_to_write(door),
                        ""};
    const std::string proper = phase == Phase::kAccount ? kAccountLine : kSessionLine;
    switch (found.fault) {
        case pam::Fault::kMissing:
            finding.text = end_with(door, line);
            finding.line = line;
            break;
        case pam::Fault::kControl:
            finding.text =
                found.at + ": '" + found.entry + "' does not refuse for pam_jail; write '" + proper + "'";
            finding.file = found.at.substr(0, found.at.rfind(':'));
            finding.line = proper;
            break;
        case pam::Fault::kSkipped:
            finding.text =
                found.at + ": '" + found.entry +
                "' can end the stack before pam_jail, or jump over it; make it 'required', or bring its "
                "file in by 'substack'";
            break;
        case pam::Fault::kOrder:
            finding.text = found.at + ": '" + found.entry +
                           "' stands after pam_jail and would run inside the jail; " + end_with(door, line) +
                           ", and take pam_jail away before it";
            finding.line = line;
            break;
        case pam::Fault::kUnclear:
            finding.text = found.at +
                           ": versions of libpam read this differently (a comment or an empty line amid a "
                           "continued line, or more than 1022 bytes); write it as one line without a comment";
            finding.file = found.at.substr(0, found.at.rfind(':'));
            break;
    }
    return finding;
}

DoorFinding broken(const Door& door, const Error& error) {
    return {"pam." + door.service + ".broken",
            "nobody can log in: " + jail::provision::describe(error) + "; correct " + door.file, door.file,
            ""};
}

Door judge(const pam::Directories& directories, const std::string& name) {
    Door door;
    door.service = name;
    const Result<std::string> file = pam::file_of(directories, name);
    const std::string read = file ? name : "other";  // as libpam does
    door.file = pam::file_of(directories, read) ? pam::file_of(directories, read).value()
                                                : directories.front() + "/" + name;
    const Result<pam::Stack> session = pam::read_stack(directories, read, Phase::kSession);
    const Result<pam::Stack> account = pam::read_stack(directories, read, Phase::kAccount);
    if (!session || !account) {
        door.findings.push_back(broken(door, !session ? session.error() : account.error()));
        return door;
    }
    const pam::Verdict of_session = pam::judge(session.value(), Phase::kSession);
    const pam::Verdict of_account = pam::judge(account.value(), Phase::kAccount);
    const bool neither = !of_session.has_jail && !of_account.has_jail;
    for (const pam::Finding& finding : of_session.findings)
        door.findings.push_back(describe(door, finding, Phase::kSession,
                                         neither || of_session.has_jail ? kInclude : kSessionLine));
    // One line mends both.
    if (!neither || of_session.findings.empty())
        for (const pam::Finding& finding : of_account.findings) {
            // The same line of a file that both phases read.
            if (finding.fault == pam::Fault::kUnclear && finding.at == session.value().unclear) continue;
            door.findings.push_back(
                describe(door, finding, Phase::kAccount, of_session.has_jail ? kAccountLine : kInclude));
        }
    door.leads_in = of_session.has_jail && door.findings.empty();
    door.lets_nobody_in = !of_session.has_jail && door.findings.empty();
    return door;
}

// Every file with a session stack that is a service, and no part of one.
std::vector<std::string> find_services(const pam::Directories& directories) {
    std::set<std::string> names, parts, found;
    for (const std::string& directory : directories)
        for (const std::string& name : names_in(directory))
            if (!among(kNoSessions, name) && !name.starts_with("common-") &&
                name.find('.') == std::string::npos && name.find('~') == std::string::npos)
                names.insert(name);
    for (const std::string& name : names) {
        const Result<pam::Stack> stack = pam::read_stack(directories, name, Phase::kSession);
        if (stack) parts.insert(stack.value().included.begin(), stack.value().included.end());
        // One that cannot be read is told of.
        if (!stack || !stack.value().entries.empty()) found.insert(name);
    }
    std::vector<std::string> services;
    for (const std::string& name : found)
        if (among(kServices, name) || !parts.contains(name)) services.push_back(name);
    return services;
}

bool is_setuid(const std::string& path) {
    struct stat status = {};
    return ::stat(path.c_str(), &status) == 0 && status.st_uid == 0 && (status.st_mode & S_ISUID) != 0 &&
           (status.st_mode & S_IXOTH) != 0;
}

}  // namespace

Doors::Doors(DoorPlaces places)
    : places_(std::move(places)),
      sshd_(sshd_settings(places_.sshd, "")),
      jailshell_enters_(is_setuid(places_.jailshell)),
      others_(find_services(places_.pam)) {
    has_sshd_ = ::access(places_.sshd.program.c_str(), F_OK) == 0 ||
                std::find(others_.begin(), others_.end(), "sshd") != others_.end();
}

const Door& Doors::service(const std::string& name) {
    const auto known = known_.find(name);
    return known != known_.end() ? known->second
                                 : known_.emplace(name, judge(places_.pam, name)).first->second;
}

std::vector<Door> Doors::of(const std::string& account) {
    const SshdSettings sshd =
        sshd_.by_account && !account.empty() ? sshd_settings(places_.sshd, account) : sshd_;
    std::vector<Door> doors;
    if (has_sshd_) {
        Door door = service(sshd.service);
        door.is_sshd = true;
        if (!sshd.use_pam) {
            door.leads_in = false;
            door.findings.insert(door.findings.begin(),
                                 {"sshd.usepam", "set 'UsePAM yes' in " + places_.sshd.config,
                                  places_.sshd.config, "UsePAM yes"});
        }
        doors.push_back(std::move(door));
    }
    for (const std::string& name : others_)
        // A service called sshd is unused if sshd takes another one.
        if (name != sshd.service && name != "sshd") doors.push_back(service(name));
    return doors;
}

const Door* sshd_among(const std::vector<Door>& doors) {
    return !doors.empty() && doors.front().is_sshd ? &doors.front() : nullptr;
}

bool is_open(const std::vector<Door>& doors, const std::vector<std::string>& services) {
    return std::any_of(doors.begin(), doors.end(), [&](const Door& door) {
        return door.open() && std::find(services.begin(), services.end(), door.service) != services.end();
    });
}

}  // namespace jail::provision
