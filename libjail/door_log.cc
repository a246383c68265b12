#include "libjail/door_log.h"

#include "libjail/audit_log.h"

namespace jail {
namespace {

FileDescriptor or_none(Result<FileDescriptor> opened) {
    return opened ? std::move(opened).value() : FileDescriptor();
}

}  // namespace

DoorLog::DoorLog() : audit_(or_none(open_audit_log())), journal_(or_none(open_journal())) {}

bool DoorLog::record(const Event& event, const JournalLine& line) const {
    if (audit_) (void)append_to_audit_log(event, audit_);  // the other log has the line
    return journal_ && send_to_journal(journal_, event, line);
}

void DoorLog::close() {
    audit_.reset();
    journal_.reset();
}

}  // namespace jail
