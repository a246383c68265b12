// SPDX-License-Identifier: Apache-2.0
// <log>/audit.jsonl: root's, readable by group adm, one event a line. Every event opens, appends and closes:
// renaming the file (logrotate(8)) rotates it. Without logrotate, it is renamed to audit.jsonl.full when it
// has reached the cap, and the disk holds twice that at most, besides what logrotate keeps under other names.
#pragma once

#include <sys/types.h>

#include <string>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"
#include "libjail/events/event.h"
#include "libjail/policy/paths.h"

namespace jail {

std::string audit_log_path(const std::string& directory = paths::kLogDir);

inline constexpr off_t kAuditLogCap = 64 << 20;

// Makes directory and file where they are missing. Needs root. One write(2) with O_APPEND: lines of several
// writers never mix. Never waits. Its callers go on when it fails, so that a full disk cannot prevent logins.
Result<> append_to_audit_log(const Event& event, const std::string& directory = paths::kLogDir,
                             off_t cap = kAuditLogCap);

// The same in two steps (door_log.h).
Result<FileDescriptor> open_audit_log(const std::string& directory = paths::kLogDir,
                                      off_t cap = kAuditLogCap);
Result<> append_to_audit_log(const Event& event, const FileDescriptor& log);

}  // namespace jail
