// SPDX-License-Identifier: Apache-2.0
// The recorder at work: one poll loop over the supervisor's reports and the jail's two sockets, until it is
// idle.
#pragma once

#include "libjail/base/clock.h"
#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"
#include "supervisor/recorder/inbox.h"
#include "supervisor/recorder/report_writer.h"
#include "supervisor/recorder/syslog_relay.h"

namespace jail::supervisor {

class Recorder {
public:
    // Takes the descriptors of supervisor/reports/report.h.
    explicit Recorder(const Subject& subject);

    // Returns when the supervisor has ended, wants another recorder, or has had nothing to report for a while
    // (nor has the jail). Reports that it did not read are the next recorder's.
    Result<> run();

private:
    void receive_report();
    void finish();
    bool is_idle() const;

    FileDescriptor reports_;
    ReportWriter writer_;
    Inbox inbox_;
    SyslogRelay relay_;
    Time busy_at_ = now();
    bool has_ended_ = false;    // the supervisor
    bool is_relieved_ = false;  // it wants another recorder
};

}  // namespace jail::supervisor
