// SPDX-License-Identifier: Apache-2.0
// A report of the supervisor to its recorder (supervisor/recorder), which words it and writes it. One message
// of a SOCK_SEQPACKET socket each. And the descriptors that a recorder starts with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libjail/base/result.h"

namespace jail::supervisor {

enum class ReportKind : std::uint8_t {
    kInstanceStart,   // number: pid of PID 1
    kLeftOut,         // text
    kInstanceStop,    // text: the cause; number: sessions; milliseconds: uptime; usage
    kSessionOpen,     // session
    kSessionClose,    // session, text: the cause; line: its terminals; milliseconds; usage; exit or signal
    kLimitDenied,     // session, text: the cause, limit
    kSessionRefused,  // text
    kLimitHit,        // limit; number: times
    kTerminalLogin,   // session, line: utmp, wtmp, lastlog
    kHostLogin,       // session, line: utmp alone
    kLogout,          // session, line: utmp, wtmp
    kClearStale,      // logs out the terminals that killed supervisors left in utmp
    kSuppressed,      // only `lost`
    kEnd,             // the recorder is to end; the next one gets the reports that follow
    kLast = kEnd,
};

struct ReportedSession {
    std::string id, door, terminal, peer;
    std::uint64_t opener_pid = 0;
    std::uint32_t number = 0;  // of the session's own instance, or 0
};

// Members that a kind does not name are empty.
struct Report {
    ReportKind kind = ReportKind::kEnd;
    ReportedSession session;
    std::string text, limit, line;
    std::uint64_t number = 0, milliseconds = 0;
    std::optional<std::uint64_t> cpu_us, peak_memory_bytes;  // of the instance
    std::optional<std::uint64_t> exit, signal;               // how the session's program ended
    std::uint64_t lost =
        0;  // events before this one that had no room, or were more than one account may cause
};

std::string encode(const Report& report);
// EBADMSG: anything else than what encode() makes.
Result<Report> decode_report(std::string_view bytes);

// The recorder's descriptors; one that it is to do without is /dev/null.
enum RecorderDescriptor : int {
    kReportsDescriptor,    // standard input: the socket that reports come by
    kInboxDescriptor = 3,  // the jail's inbox and /dev/log (SO_PASSCRED)
    kDevLogDescriptor,
    kAuditLogDescriptor,  // to append to
    kUtmpDescriptor,
    kWtmpDescriptor,
    kLastlogDescriptor,
    kRatesDescriptor,  // kept_rates.h
    kRecorderDescriptors,
};

}  // namespace jail::supervisor
