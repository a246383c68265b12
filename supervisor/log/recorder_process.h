// SPDX-License-Identifier: Apache-2.0
// The recorder of one running instance, as the supervisor has it: a process of its own system user, without
// privilege, that starts with the first report and ends after some idle seconds. Reports wait in a socket of
// which the supervisor keeps both ends, messages of the jail in theirs: a recorder that dies loses the report
// that it was writing, but not a session.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "libjail/base/clock.h"
#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"
#include "supervisor/instance/plan.h"
#include "supervisor/reports/report.h"

namespace jail::supervisor {

struct RecorderIds {
    uid_t uid;
    gid_t gid;
};

class RecorderProcess {
public:
    // `inbox`, `dev_log`: the jail's, with SO_PASSCRED; the latter is empty unless the policy says host.
    RecorderProcess(const InstancePlan& plan, FileDescriptor inbox, FileDescriptor dev_log);

    // Never waits. A report for which there is no room is counted, like those that are suppressed.
    void send(Report report);
    void suppress();

    // For poll(2), -1 for none: the sockets for which a recorder has to start, and the end of the one that
    // runs.
    int inbox() const { return is_wanted() ? inbox_.get() : -1; }
    int dev_log() const { return is_wanted() ? dev_log_.get() : -1; }
    int process() const { return process_.get(); }
    // When to call tick().
    Deadline due() const { return earlier(process_ ? look_at_log_ : not_before_, tell_suppressed_at_); }

    // Unless one runs.
    void start();
    void reap();
    void tick();

    // The last reports have been sent: waits for the recorder, but not long.
    void finish();

private:
    bool is_wanted() const { return !process_ && !not_before_; }
    Result<> try_start();
    Result<> open_reports();
    void renew_log();
    FileDescriptor open_rates() const;
    FileDescriptor open_log();
    bool wants_log_anew() const;
    bool has_waiting_reports() const;

    std::string account_, jail_, uid_, generation_;  // as its arguments
    std::optional<RecorderIds> ids_;
    FileDescriptor inbox_, dev_log_;
    FileDescriptor ours_, theirs_;  // both ends of the socket of reports
    FileDescriptor process_;        // pidfd
    dev_t log_device_ = 0;
    ino_t log_inode_ = 0;
    Deadline look_at_log_;
    Deadline not_before_;  // after one that failed
    std::uint64_t lost_ = 0;
    Deadline tell_suppressed_at_;
    bool failed_ = false;  // the last start; said once
};

}  // namespace jail::supervisor
