// SPDX-License-Identifier: Apache-2.0
// Where a door reports a denial. Opened on the host, before use: a door may have to report that it cannot
// enter a jail when it is already inside, where there is neither audit log nor journal.
#pragma once

#include <string>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"
#include "libjail/events/event.h"
#include "libjail/events/journal.h"

namespace jail {

class DoorLog {
public:
    // A log that cannot be opened is left out; the denial stands either way.
    DoorLog();

    // To <log>/audit.jsonl and, where the host has one, to the journal. False: the journal did not get it,
    // and the caller reports to syslog.
    bool record(const Event& event, const JournalLine& line) const;

    // Before the process becomes the account's.
    void close();

private:
    FileDescriptor audit_, journal_;
};

}  // namespace jail
