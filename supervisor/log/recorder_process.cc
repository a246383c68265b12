// SPDX-License-Identifier: Apache-2.0
#include "supervisor/log/recorder_process.h"

#include <fcntl.h>
#include <lastlog.h>
#include <paths.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>
#include <utmpx.h>

#include <utility>

#include "libjail/base/ipc.h"
#include "libjail/base/process.h"
#include "libjail/base/readable.h"
#include "libjail/confine/credentials.h"
#include "libjail/events/audit_log.h"
#include "libjail/policy/paths.h"

namespace jail::supervisor {
namespace {

constexpr char kUser[] = "_jail-recorder";
constexpr uid_t kNobody = 65534;  // the same on every Debian (Debian policy, 9.2.2), and its group nogroup
constexpr auto kAfterFailure = 1s;
constexpr auto kTellSuppressedAfter = 1s;
constexpr auto kLooksAtLogAfter = 5s;
constexpr auto kPatience = 500ms;

// If the package did not make the user, the ids of nobody serve: the recorder does not own a file.
RecorderIds recorder_ids() {
    const passwd* user = ::getpwnam(kUser);
    return user == nullptr || user->pw_uid == 0 ? RecorderIds{kNobody, kNobody}
                                                : RecorderIds{user->pw_uid, user->pw_gid};
}

FileDescriptor open_record(const char* path, int flags = 0) {
    return FileDescriptor(::open(path, flags | O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

std::string path_of_rates(const std::string& uid) {
    return std::string(paths::kRunDir) + "/rates/" + uid;
}

// In the child. The limits are those of the first door, and not meant for the user of all recorders.
Result<> become_recorder(const RecorderIds& ids) {
    constexpr rlimit kAny = {RLIM_INFINITY, RLIM_INFINITY};
    (void)::setrlimit(RLIMIT_NPROC, &kAny);
    if (::setsid() < 0) return errno_error("setsid");
    JAIL_TRY(credentials::forbid_privilege());
    return credentials::become(ids.uid, ids.gid, {});
}

}  // namespace

RecorderProcess::RecorderProcess(const InstancePlan& plan, FileDescriptor inbox, FileDescriptor dev_log)
    : account_(plan.identity.account),
      jail_(plan.manifest.jail),
      uid_(std::to_string(plan.identity.uid)),
      generation_(std::to_string(plan.manifest.generation)),
      inbox_(std::move(inbox)),
      dev_log_(std::move(dev_log)) {}

void RecorderProcess::send(Report report) {
    if (const auto opened = open_reports(); !opened) return suppress();
    if (process_) renew_log();
    report.lost = lost_;
    const std::string bytes = encode(report);
    if (::send(ours_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0) return suppress();
    lost_ = 0;
    tell_suppressed_at_.reset();
    if (is_wanted()) start();
}

// Renamed, removed, or full: another recorder has it, and the reports from here on.
void RecorderProcess::renew_log() {
    if (!wants_log_anew()) return;
    const std::string end = encode(Report());
    if (::send(ours_.get(), end.data(), end.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
        log_inode_ = 0;  // once
}

void RecorderProcess::suppress() {
    ++lost_;
    if (!tell_suppressed_at_) tell_suppressed_at_ = now() + kTellSuppressedAfter;
}

// Its end is kept by us, too: what one recorder has not read is read by the next.
Result<> RecorderProcess::open_reports() {
    if (theirs_) return success();
    SocketPair pair = JAIL_TRY(make_socket_pair());
    ours_ = std::move(pair.ours);
    theirs_ = std::move(pair.theirs);
    return success();
}

FileDescriptor RecorderProcess::open_log() {
    auto log = open_audit_log();
    struct stat status = {};
    if (!log || ::fstat(log.value().get(), &status) != 0) return {};
    log_device_ = status.st_dev;
    log_inode_ = status.st_ino;
    return std::move(log).value();
}

bool RecorderProcess::wants_log_anew() const {
    struct stat status = {};
    return log_inode_ != 0 &&
           (::stat(audit_log_path().c_str(), &status) != 0 || status.st_dev != log_device_ ||
            status.st_ino != log_inode_ || status.st_size >= kAuditLogCap);
}

FileDescriptor RecorderProcess::open_rates() const {
    const std::string path = path_of_rates(uid_);
    (void)::mkdir(path.substr(0, path.rfind('/')).c_str(), 0700);
    return FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
}

Result<> RecorderProcess::try_start() {
    JAIL_TRY(open_reports());
    const FileDescriptor log = open_log(), utmp = open_record(_PATH_UTMP),
                         wtmp = open_record(_PATH_WTMP, O_APPEND), lastlog = open_record(_PATH_LASTLOG),
                         rates = open_rates();
    const int descriptors[kRecorderDescriptors] = {theirs_.get(),  -1,         -1,         inbox_.get(),
                                                   dev_log_.get(), log.get(),  utmp.get(), wtmp.get(),
                                                   lastlog.get(),  rates.get()};
    const process::Program program(paths::kRecorder, {"jail-recorder", account_, uid_, jail_, generation_});
    if (!ids_) ids_ = recorder_ids();
    process::Child child = JAIL_TRY(process::fork_into(0));
    if (child.pid == 0) {
        if (become_recorder(*ids_)) program.execute(descriptors, kRecorderDescriptors);
        ::_exit(127);
    }
    process_ = std::move(child.pidfd);
    look_at_log_ = now() + kLooksAtLogAfter;
    return success();
}

void RecorderProcess::start() {
    if (process_) return;
    not_before_.reset();
    const auto started = try_start();
    if (!started) not_before_ = now() + kAfterFailure;
    if (!started && !std::exchange(failed_, true))
        ::syslog(LOG_WARNING, "jail of %s: the recorder does not start: %s", account_.c_str(),
                 started.error().message().c_str());
}

// A recorder that ended by itself was idle, or needs its files opened again.
void RecorderProcess::reap() {
    siginfo_t ended = {};
    if (::waitid(P_PIDFD, static_cast<id_t>(process_.get()), &ended, WEXITED | WNOHANG) == 0 &&
        ended.si_pid == 0)
        return;  // not yet
    process_.reset();
    const bool well = ended.si_code == CLD_EXITED && ended.si_status == 0;
    if (!well) not_before_ = now() + kAfterFailure;
    if (!well && !std::exchange(failed_, true))
        ::syslog(LOG_WARNING, "jail of %s: the recorder ended with %s %d; it is started again",
                 account_.c_str(), ended.si_code == CLD_EXITED ? "status" : "signal", ended.si_status);
    if (!well) return;
    failed_ = false;
    if (has_waiting_reports()) start();
}

bool RecorderProcess::has_waiting_reports() const {
    int bytes = 0;
    return theirs_ && ::ioctl(theirs_.get(), FIONREAD, &bytes) == 0 && bytes > 0;
}

void RecorderProcess::tick() {
    const Time now = jail::now();
    if (is_due(tell_suppressed_at_, now)) {
        tell_suppressed_at_ = now + kTellSuppressedAfter;  // until it is sent
        Report report;
        report.kind = ReportKind::kSuppressed;
        send(std::move(report));
    }
    if (process_ && is_due(look_at_log_, now)) {
        look_at_log_ = now + kLooksAtLogAfter;
        renew_log();
    }
    if (!process_ && is_due(not_before_, now)) {
        not_before_.reset();
        if (has_waiting_reports()) start();
    }
}

void RecorderProcess::finish() {
    if (!process_ && (has_waiting_reports() || is_readable(inbox_.get()) || is_readable(dev_log_.get())))
        start();
    // A recorder reads everything up to the end of the socket, which is the end of ours.
    ours_.reset();
    for (int round = 0; round < 2 && process_; ++round) {
        const Result<bool> ended = becomes_readable(process_.get(), kPatience);
        if (!ended || !ended.value()) break;
        reap();
    }
    // The recorder has left it empty where every bucket is full.
    struct stat status = {};
    const std::string path = path_of_rates(uid_);
    if (process_ || ::stat(path.c_str(), &status) != 0 || status.st_size != 0) return;
    (void)::unlink(path.c_str());
    (void)::rmdir(path.substr(0, path.rfind('/')).c_str());  // when it was the last one
}

}  // namespace jail::supervisor
