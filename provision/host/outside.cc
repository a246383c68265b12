// SPDX-License-Identifier: Apache-2.0
#include "provision/host/outside.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "libjail/base/clock.h"
#include "libjail/policy/name_service.h"
#include "provision/base/child_process.h"
#include "provision/base/file_io.h"
#include "provision/base/problem.h"

namespace jail::provision {

namespace {

constexpr std::size_t kMaxSudoBytes = 64u << 10;
constexpr auto kSudoPatience = 20s;

// A member of one of these becomes root at will.
constexpr const char* kRootGroups[] = {"root",  "sudo",        "wheel",   "docker", "podman", "lxd",
                                       "incus", "incus-admin", "libvirt", "disk",   "kmem",   "shadow"};
// A member of one of these reads the host's logs.
constexpr const char* kReadingGroups[] = {"adm", "systemd-journal"};

template <std::size_t N>
bool among(const char* const (&names)[N], const std::string& name) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool exists(const std::string& path) {
    struct stat status = {};
    return ::lstat(path.c_str(), &status) == 0;
}

// The line that mends the first of these doors that is open.
std::string cure_of(const std::vector<Door>& doors, const std::vector<std::string>& services) {
    for (const Door& door : doors)
        if (door.open() && std::find(services.begin(), services.end(), door.service) != services.end())
            return door.findings.front().text;
    return "";
}

void find_crontab(const OutsidePlaces& places, const Account& account, const std::vector<Door>& doors,
                  std::vector<OutsideFinding>& found) {
    if (!is_open(doors, {"cron", "crond"})) return;
    for (const std::string& directory : places.crontabs) {
        const std::string path = directory + "/" + account.name;
        struct stat status = {};
        if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
        found.push_back({account.name,
                         "outside.crontab",
                         account.name + " has a crontab (" + path + "), which runs on the host",
                         cure_of(doors, {"cron", "crond"}),
                         false,
                         {}});
        return;
    }
}

void find_at_job(const OutsidePlaces& places, const Account& account, const std::vector<Door>& doors,
                 std::vector<OutsideFinding>& found) {
    if (!is_open(doors, {"atd"})) return;
    for (const std::string& directory : places.at_jobs)
        for (const std::string& name : names_in(directory)) {
            struct stat status = {};
            const std::string path = directory + "/" + name;
            if (name.starts_with('.') || ::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) ||
                status.st_uid != account.uid)
                continue;
            found.push_back({account.name,
                             "outside.at",
                             account.name + " has an at job (" + path + "), which is to run on the host",
                             cure_of(doors, {"atd"}),
                             false,
                             {}});
            return;
        }
}

void find_linger(const OutsidePlaces& places, const Account& account, std::vector<OutsideFinding>& found) {
    if (!exists(places.lingering + "/" + account.name) || exists(places.manager_condition)) return;
    found.push_back(
        {account.name,
         "outside.linger",
         account.name + " has a systemd manager that starts with the host and runs on it",
         "run loginctl disable-linger " + account.name + ", or install " + places.manager_condition,
         false,
         {}});
}

// By sudo's own answer: a rule can be in a directory service. An output without either sentence is not an
// answer.
enum class Rules { kNone, kSome, kUnknown };
Rules ask_sudo(const OutsidePlaces& places, const Account& account) {
    const auto told =
        capture_program({places.sudo, "-n", "-l", "-U", account.name}, kMaxSudoBytes, kSudoPatience, {0, 1});
    if (!told) return Rules::kUnknown;
    if (told.value().find(" may run the following ") != std::string::npos) return Rules::kSome;
    return told.value().find(" is not allowed to run sudo ") != std::string::npos ? Rules::kNone
                                                                                  : Rules::kUnknown;
}

void find_sudo(const OutsidePlaces& places, const Account& account, std::vector<OutsideFinding>& found) {
    if (::access(places.sudo.c_str(), X_OK) != 0) return;
    const Rules rules = ask_sudo(places, account);
    if (rules == Rules::kNone) return;
    const std::string see = "see sudo -l -U " + account.name;
    const bool some = rules == Rules::kSome;
    found.push_back({account.name,
                     "outside.sudo",
                     some ? "sudo has rules for " + account.name
                          : "sudo does not say whether it has rules for " + account.name,
                     some ? "take them away (" + see + ")" : see,
                     false,
                     {}});
}

Result<> find_groups(const Account& account, std::vector<OutsideFinding>& found) {
    for (const gid_t gid : JAIL_TRY(name_service::groups_of(account.name, account.gid))) {
        const auto known = name_service::group_name(gid);
        const std::string group = known ? known.value() : std::to_string(gid);
        const bool root = gid == 0 || among(kRootGroups, group);
        if (!root && !among(kReadingGroups, group)) continue;
        const std::string text = account.name + " is in the group " + group +
                                 (root ? ", which is as good as root" : ", which reads the host's logs");
        const std::string cure = gid == account.gid ? "give it another primary group (usermod -g)"
                                                    : "run gpasswd -d " + account.name + " " + group;
        found.push_back({account.name, "outside.group", text, cure, !root, {}});
    }
    return success();
}

}  // namespace

std::vector<OutsideFinding> processes_outside(const Account& account, const ProcessTable& processes,
                                              bool manager_counts) {
    std::vector<AccountProcess> outside = processes.outside(account.uid);
    if (!manager_counts) std::erase_if(outside, [](const AccountProcess& one) { return one.in_manager; });
    if (outside.empty()) return {};
    const bool own =
        std::all_of(outside.begin(), outside.end(), [](const AccountProcess& one) { return one.own; });
    const std::string text = account.name + " is currently used by " + name_of(outside);
    const std::string cure =
        own ? "end it, say --kill" : "end it: it is another account's, and works as this one";
    return {{account.name, "outside.process", text, cure, false, std::move(outside)}};
}

Result<std::vector<OutsideFinding>> find_outside(const OutsidePlaces& places, const Account& account,
                                                 const std::vector<Door>& doors,
                                                 const ProcessTable& processes) {
    // Its manager, with its units, is ended when the account is bound.
    std::vector<OutsideFinding> found = processes_outside(account, processes, false);
    find_crontab(places, account, doors, found);
    find_at_job(places, account, doors, found);
    find_linger(places, account, found);
    find_sudo(places, account, found);
    JAIL_TRY(find_groups(account, found));
    return found;
}

}  // namespace jail::provision
