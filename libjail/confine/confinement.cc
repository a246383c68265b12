// SPDX-License-Identifier: Apache-2.0
#include "libjail/confine/confinement.h"

#include <grp.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "libjail/confine/credentials.h"
#include "libjail/confine/landlock.h"
#include "libjail/confine/seccomp.h"
#include "libjail/policy/jail_paths.h"
#include "libjail/policy/trusted_store.h"

namespace jail {
namespace {

constexpr int kMaxGroups = 1024;

Result<> lower_limit(decltype(RLIMIT_CORE) resource, std::uint64_t value, const char* name) {
    rlimit limit = {};
    if (::getrlimit(resource, &limit) != 0) return errno_error("getrlimit", name);
    limit.rlim_cur = limit.rlim_max = std::min<rlim_t>(limit.rlim_max, value);
    if (::setrlimit(resource, &limit) != 0) return errno_error("setrlimit", name);
    return success();
}

// SIGXCPU at the limit, so that the shell can say what happened; SIGKILL for a process that goes on.
Result<> limit_cpu_time(rlim_t seconds) {
    constexpr rlim_t kSecondsToEnd = 5;
    JAIL_TRY(lower_limit(RLIMIT_CPU, seconds + kSecondsToEnd, "cpu time"));
    rlimit limit = {};
    if (::getrlimit(RLIMIT_CPU, &limit) != 0) return errno_error("getrlimit", "cpu time");
    limit.rlim_cur = std::min(limit.rlim_max, seconds);
    if (::setrlimit(RLIMIT_CPU, &limit) != 0) return errno_error("setrlimit", "cpu time");
    return success();
}

// No core file, and no helper of the host's either (core_pattern "|...", which runs as root and looks at no
// limit but this one): 1 is the kernel's own value for that (fs/coredump.c). Raising a hard limit of 0 to it
// needs CAP_SYS_RESOURCE, which root in a container may not have: then the limit stays.
Result<> forbid_core_files() {
    constexpr rlimit kNoHelper = {1, 1};
    rlimit limit = {};
    if (::getrlimit(RLIMIT_CORE, &limit) != 0) return errno_error("getrlimit", "core size");
    const bool raised = limit.rlim_max < kNoHelper.rlim_max;
    if (::setrlimit(RLIMIT_CORE, &kNoHelper) != 0 && !raised) return errno_error("setrlimit", "core size");
    return success();
}

Result<> apply_limits(const Limits& limits) {
    JAIL_TRY(forbid_core_files());
    if (limits.open_files != 0) JAIL_TRY(lower_limit(RLIMIT_NOFILE, limits.open_files, "open files"));
    if (limits.file_size_bytes != 0) JAIL_TRY(lower_limit(RLIMIT_FSIZE, limits.file_size_bytes, "file size"));
    return limits.cpu_seconds == 0 ? success() : limit_cpu_time(limits.cpu_seconds);
}

}  // namespace

bool is_inside_jail() {
    return ::access(kInstanceRecord, F_OK) == 0;
}

Result<InstanceRecord> load_instance() {
    return decode_instance(JAIL_TRY(read_trusted_file(kInstanceRecord)));
}

Result<FileDescriptor> confine(const InstanceRecord& record) {
    // su(1) has set the account's groups already, and root's may be among them; sshd will set them again.
    if (::setgroups(record.groups.size(), record.groups.data()) != 0) return errno_error("setgroups");
    (void)::umask(record.manifest.umask);
    JAIL_TRY(apply_limits(record.manifest.limits));
    JAIL_TRY(credentials::forbid_privilege());
    if (!record.manifest.home_exec) JAIL_TRY(landlock::restrict_execution(record.home));
    const std::string& program = record.manifest.seccomp;
    return seccomp::load_filter(reinterpret_cast<const sock_filter*>(program.data()),
                                program.size() / sizeof(sock_filter),
                                record.manifest.user_namespace == UserNamespace::kFakeroot);
}

Result<> verify_confinement(const InstanceRecord& record) {
    JAIL_TRY(credentials::verify_confined(record.uid));
    gid_t groups[kMaxGroups];
    const int count = ::getgroups(kMaxGroups, groups);
    if (count < 0) return errno_error("getgroups");
    const auto foreign = [&](gid_t gid) {
        return gid != record.gid &&
               std::find(record.groups.begin(), record.groups.end(), gid) == record.groups.end();
    };
    if (foreign(::getgid()) || foreign(::getegid()) || std::any_of(groups, groups + count, foreign))
        return refused(EPERM, "the process is not confined: a group is not one of the account's");
    // Each process inside came through a door, and every door loads the filter or fails.
    if (::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != SECCOMP_MODE_FILTER)
        return refused(EPERM, "the process is not confined: it has no system-call filter");
    return success();
}

}  // namespace jail
