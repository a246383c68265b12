// SPDX-License-Identifier: Apache-2.0
// The things of the host, and of other accounts, that a process inside could see.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstdlib>

#include "libjail/base/file_descriptor.h"
#include "libjail/policy/paths.h"
#include "provision/base/file_io.h"
#include "provision/verify/attempt.h"
#include "provision/verify/processes.h"

namespace jail::provision {

namespace {

// The first of these that opens, or empty.
std::string first_that_opens(std::initializer_list<const char*> paths, int flags) {
    for (const char* path : paths) {
        const FileDescriptor opened(::open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
        if (opened) return path;
    }
    return {};
}

Observation none_opens(std::initializer_list<const char*> paths, int flags) {
    const std::string opened = first_that_opens(paths, flags);
    return opened.empty() ? as_policy("none can be opened") : wrong(opened + " can be opened");
}

// A process of its own may have the number by chance.
Observation signal_host(const BatteryPlan& plan) {
    const pid_t pid = plan.host_process;
    const int sent = ::kill(pid, 0);
    if (sent != 0 && errno != ESRCH) return wrong("a process of another account has its number here");
    if (sent == 0 && status_field(pid, "Uid").rfind(std::to_string(::getuid()) + "\t", 0) != 0)
        return wrong("a process of the host's takes a signal");
    return as_policy("no such process");
}

Observation see_processes() {
    std::size_t own = 0;
    const std::string self = std::to_string(::getuid()) + "\t";
    for (const std::string& name : names_in("/proc")) {
        const int pid = std::atoi(name.c_str());
        if (pid <= 0) continue;
        const std::string uid = status_field(pid, "Uid");
        if (!uid.empty() && uid.rfind(self, 0) != 0) return wrong("/proc shows a process of another account");
        ++own;
    }
    return own == 0 ? Observation{RowState::kUntried, "/proc shows nothing"}
                    : as_policy(std::to_string(own) + " of its own");
}

Observation see_foreign_homes(const BatteryPlan& plan) {
    for (const HostDirectory& home : plan.foreign_homes) {
        struct stat status = {};
        if (::stat(home.path.c_str(), &status) == 0 && status.st_dev == home.device &&
            status.st_ino == home.inode)
            return wrong(home.path + " is there");
    }
    return as_policy("none of " + std::to_string(plan.foreign_homes.size()) + " is there");
}

// Through the root directory of PID 1, too, which has the account's uid.
Observation see_marker(const BatteryPlan& plan) {
    for (const char* root : {"", "/proc/1/root", "/proc/self/root", "/proc/1/cwd"}) {
        const FileDescriptor opened(::open((root + plan.files.marker()).c_str(), O_RDONLY | O_CLOEXEC));
        if (opened) return wrong("it sees the host's files" + (*root != 0 ? " in " + std::string(root) : ""));
    }
    return as_policy("not there");
}

Observation make_device() {
    const int made = ::mknod("/tmp/.jail-verify", S_IFCHR | 0600, makedev(1, 1));
    const Observation finding = expect_refused("mknod", made, {EPERM, EACCES});
    if (made == 0) (void)::unlink("/tmp/.jail-verify");
    return finding;
}

// Permissions alone would keep an account from most of it too.
Observation change_tree() {
    for (const char* path : {"/", "/usr", "/etc"}) {
        struct statvfs status = {};
        if (::statvfs(path, &status) == 0 && (status.f_flag & ST_RDONLY) == 0)
            return wrong(std::string(path) + " is mounted writable");
    }
    for (const char* directory : {"", "/usr", "/usr/bin", "/etc", "/lib", "/etc/jail"}) {
        const std::string path = std::string(directory) + "/.jail-verify";
        const FileDescriptor made(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (!made) continue;
        (void)::unlink(path.c_str());
        return wrong("a file can be made in " + std::string(*directory != 0 ? directory : "/"));
    }
    const std::string opened =
        first_that_opens({"/etc/passwd", "/etc/jail/instance", paths::kJailshell}, O_WRONLY);
    return opened.empty() ? as_policy("read-only") : wrong(opened + " can be written");
}

}  // namespace

void add_host_attempts(const BatteryPlan& plan, Attempts& attempts) {
    const auto add = [&](const char* code, const char* tried, const char* policy,
                         std::function<Observation()> run) {
        attempts.push_back({"inside", code, tried, policy, std::move(run)});
    };
    add("signal-host", "a signal to a process of the host", "no such process",
        [&plan] { return signal_host(plan); });
    add("processes", "processes of others in /proc", "none", see_processes);
    add("host-files", "a file of the host", "not there", [&plan] { return see_marker(plan); });
    add("other-homes", "homes of other accounts", "not there", [&plan] { return see_foreign_homes(plan); });
    add("secrets", "the host's passwords, keys and records", "none", [] {
        return none_opens({"/etc/shadow", "/etc/gshadow", "/etc/ssh/ssh_host_ed25519_key",
                           "/etc/ssh/ssh_host_rsa_key", "/etc/jail/jails", paths::kStateDir, paths::kLogDir},
                          O_RDONLY);
    });
    add("devices", "the host's devices", "none", [] {
        return worst_of(
            {none_opens({"/dev/mem", "/dev/kmsg", "/dev/port", "/dev/kvm", "/dev/fuse", "/dev/sda",
                         "/dev/vda", "/dev/nvme0n1", "/dev/net/tun", "/dev/input/event0"},
                        O_RDONLY),
             make_device()});
    });
    add("kernel-settings", "settings of the kernel", "read-only", [] {
        return none_opens(
            {"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sys/vm/overcommit_memory",
             "/proc/sysrq-trigger", "/sys/kernel/uevent_helper", "/sys/fs/cgroup/cgroup.procs"},
            O_WRONLY);
    });
    add("tree", "files of the jail's programs", "read-only", change_tree);
}

}  // namespace jail::provision
