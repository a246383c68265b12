// SPDX-License-Identifier: Apache-2.0
#include "libjail/events/door_log.h"

#include <signal.h>
#include <sys/resource.h>

#include "libjail/events/audit_log.h"

namespace jail {
namespace {

FileDescriptor or_none(Result<FileDescriptor> opened) {
    return opened ? std::move(opened).value() : FileDescriptor();
}

// A limit of the caller or of the jail must not suppress the record: SIGXFSZ would end the process, sshd's
// monitor.
class AnyFileSize {
public:
    AnyFileSize() : limited_(::getrlimit(RLIMIT_FSIZE, &limit_) == 0) {
        struct sigaction ignore = {};
        ignore.sa_handler = SIG_IGN;
        (void)::sigaction(SIGXFSZ, &ignore, &action_);
        constexpr rlimit kAny = {RLIM_INFINITY, RLIM_INFINITY};
        const rlimit as_allowed = {limit_.rlim_max, limit_.rlim_max};  // without CAP_SYS_RESOURCE
        if (limited_ && ::setrlimit(RLIMIT_FSIZE, &kAny) != 0) (void)::setrlimit(RLIMIT_FSIZE, &as_allowed);
    }
    ~AnyFileSize() {
        if (limited_) (void)::setrlimit(RLIMIT_FSIZE, &limit_);
        (void)::sigaction(SIGXFSZ, &action_, nullptr);
    }
    AnyFileSize(const AnyFileSize&) = delete;
    AnyFileSize& operator=(const AnyFileSize&) = delete;

private:
    struct sigaction action_ = {};
    rlimit limit_ = {};
    bool limited_;
};

}  // namespace

DoorLog::DoorLog() : audit_(or_none(open_audit_log())), journal_(or_none(open_journal())) {}

bool DoorLog::record(const Event& event, const JournalLine& line) const {
    const AnyFileSize any;
    if (audit_) (void)append_to_audit_log(event, audit_);  // the other log has the line
    return journal_ && send_to_journal(journal_, event, line);
}

void DoorLog::close() {
    audit_.reset();
    journal_.reset();
}

}  // namespace jail
