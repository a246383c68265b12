// SPDX-License-Identifier: Apache-2.0
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>

#include "libjail/base/clock.h"
#include "libjail/base/ipc.h"
#include "libjail/confine/cgroup.h"
#include "libjail/confine/landlock.h"
#include "libjail/policy/paths.h"
#include "provision/base/file_io.h"
#include "provision/base/problem.h"
#include "provision/doctor/inspection.h"
#include "provision/tree/publisher.h"

namespace jail::provision {

namespace {

constexpr std::uint64_t kLeastFreeBytes = 256u << 20;
constexpr std::uint64_t kLeastFreeInodes = 10'000;
constexpr time_t kEarliest = 1'767'225'600;  // 2026-01-01: a clock before it was never set

Finding about(const char* code, Health health, std::string evidence, std::string fix = {}) {
    return {"host", code, health, "", std::move(evidence), std::move(fix)};
}

bool exists(const std::string& path) {
    struct stat status = {};
    return ::stat(path.c_str(), &status) == 0;
}

void inspect_kernel(Findings& found) {
    const auto version = landlock::version();
    if (version && version.value() > 0)
        found.push_back(about("kernel.landlock", Health::kOk,
                              "Landlock is there, version " + std::to_string(version.value())));
    else
        found.push_back(about("kernel.landlock", Health::kNote,
                              "has no Landlock: what the account wrote is kept from being run by mount "
                              "flags alone"));
    if (::time(nullptr) < kEarliest)
        found.push_back(about("clock", Health::kProblem,
                              "the clock was never set: events and login records "
                              "have wrong times",
                              "timedatectl set-ntp true"));
}

// The controllers that this host lacks, and the jails that need them.
void inspect_controllers(const Host& host, Findings& found) {
    Limits all;
    all.memory_bytes = all.tasks = all.cpu_percent = all.io_read_bytes = 1;
    const std::vector<std::string> missing = unenforceable(all);
    for (const std::string& jail : published_jails(host.layout)) {
        const auto manifest = published_manifest(host.layout, jail);
        if (!manifest) continue;
        for (const std::string& key : unenforceable(manifest.value().limits))
            found.push_back(
                {"host", "cgroup.controller",
                 is_default(manifest.value().limits, key) ? Health::kNote : Health::kBroken, jail,
                 is_default(manifest.value().limits, key)
                     ? "the default limit of " + key + " is left out: no control group can hold it"
                     : "no control group of this host can limit " + key + ": logins to the jail are refused",
                 ""});
    }
    std::string names;
    for (const std::string& key : missing) names += (names.empty() ? "" : ", ") + key;
    if (missing.empty())
        found.push_back(about("cgroup.controller", Health::kOk, "control groups hold every limit"));
    else
        found.push_back(about("cgroup.controller", Health::kNote, "control groups cannot limit " + names));
}

// Processes that lose their parent are waited for by PID 1: of a container, it may be a program that does
// not.
bool is_reaped_by_pid1() {
    auto pair = make_pipe();
    if (!pair) return true;
    const pid_t child = ::fork();
    if (child == 0) {
        const pid_t orphan = ::fork();
        if (orphan == 0) {
            (void)::usleep(20'000);  // until its parent has ended
            ::_exit(0);
        }
        (void)!::write(pair.value().write_end.get(), &orphan, sizeof orphan);
        ::_exit(0);
    }
    pid_t orphan = 0;
    const bool known = child > 0 && ::waitpid(child, nullptr, 0) == child &&
                       ::read(pair.value().read_end.get(), &orphan, sizeof orphan) == sizeof orphan;
    if (!known || orphan <= 0) return true;
    const std::string place = "/proc/" + std::to_string(orphan);
    for (const Time end = now() + 1s; now() < end; pause_for(10ms))
        if (!exists(place)) return true;
    return false;
}

void inspect_room(const Host& host, Findings& found) {
    struct statvfs room = {};
    if (::statvfs(host.layout.state_dir.c_str(), &room) != 0) return;
    const std::uint64_t bytes = std::uint64_t{room.f_bavail} * room.f_frsize;
    const bool few_inodes = room.f_files != 0 && room.f_favail < kLeastFreeInodes;
    const std::string free =
        std::to_string(bytes >> 20) + " MiB free on the disk of " + host.layout.state_dir;
    if (bytes < kLeastFreeBytes || few_inodes)
        found.push_back(
            about("disk", Health::kProblem,
                  few_inodes ? "few inodes are left on the disk of " + host.layout.state_dir : free,
                  "jail-provision gc"));
    else
        found.push_back(about("disk", Health::kOk, free));
}

void inspect_logs(Findings& found) {
    if (!exists("/dev/log") && !exists("/run/systemd/journal/socket"))
        found.push_back(about("logs.syslog", Health::kNote,
                              "has neither a syslog nor a journal: events are in audit.jsonl alone"));
    const bool rotates = exists("/etc/logrotate.d/jail") && exists("/usr/sbin/logrotate");
    found.push_back(rotates ? about("logs.rotate", Health::kOk, "audit.jsonl is rotated by logrotate")
                            : about("logs.rotate", Health::kNote,
                                    "audit.jsonl is not rotated by logrotate; it is renamed at 64 MiB",
                                    "apt-get install logrotate"));
    if (::getpwnam("_jail-recorder") == nullptr)
        found.push_back(about("user.recorder", Health::kNote,
                              "has no user _jail-recorder: events are written as nobody",
                              "useradd --system --user-group --no-create-home --home-dir /nonexistent "
                              "--shell /usr/sbin/nologin _jail-recorder"));
}

// A supervisor goes on with the program that it was started from.
void inspect_versions(const Host& host, Findings& found) {
    for (const char* program : {paths::kSupervisor, paths::kRecorder, paths::kTerminal, paths::kJailshell})
        if (::access(program, X_OK) != 0)
            found.push_back(about("version.mismatch", Health::kBroken,
                                  std::string(program) + " is not there, or cannot be executed",
                                  "apt-get install --reinstall jailshell"));
    const std::string replaced = std::string(paths::kSupervisor) + " (deleted)";
    for (const std::string& pid : names_in("/proc")) {
        if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
        char target[256];
        const ssize_t size = ::readlink(("/proc/" + pid + "/exe").c_str(), target, sizeof target);
        if (size <= 0 || std::string_view(target, static_cast<std::size_t>(size)) != replaced) continue;
        const auto words = read_file("/proc/" + pid + "/cmdline", 4096);
        const std::string line = words ? words.value() : std::string();
        const std::string uid = line.substr(std::min(line.find('\0'), line.size() - 1) + 1);
        for (const AccountRecord& record : host.accounts)
            if (std::to_string(record.uid) == uid.substr(0, uid.find('\0')))
                found.push_back({"host", "version.mismatch", Health::kNote, record.account,
                                 "its running jail is of the programs before the last upgrade",
                                 "jail-provision kill " + record.account});
    }
}

}  // namespace

Findings inspect_host(Host& host) {
    Findings found;
    inspect_kernel(found);
    inspect_controllers(host, found);
    found.push_back(is_reaped_by_pid1()
                        ? about("pid1.reaps", Health::kOk, "PID 1 waits for orphans")
                        : about("pid1.reaps", Health::kProblem,
                                "PID 1 does not wait for orphans: ends of sessions take longer; start the "
                                "container with an init (docker run --init)"));
    inspect_room(host, found);
    inspect_logs(found);
    inspect_versions(host, found);
    return found;
}

Host::Host(const Layout& of)
    : layout(of), doors({pam::host_directories(), {}, of.jailshell}), accounts(all_records(of, damaged)) {}

}  // namespace jail::provision
