// SPDX-License-Identifier: Apache-2.0
#include "supervisor/recorder/report_writer.h"

#include <sys/stat.h>
#include <syslog.h>

#include <utility>

#include "libjail/base/escape.h"
#include "libjail/events/audit_log.h"
#include "libjail/events/journal.h"
#include "supervisor/recorder/kept_rates.h"

namespace jail::supervisor {
namespace {

// A person's mistakes; a client that tries again and again is told of by the number. The events that an
// account forges in a day are some 17 MB.
constexpr int kInsideBurst = 50, kInsidePerMinute = 12;
constexpr auto kTellSuppressedAfter = 1s;

// The journal or syslog has the line, never both: on most hosts with a journal it is what reads syslog.
void tell(const Event& event, int priority, const std::string& line) {
    const auto journal = open_journal();
    if (journal && send_to_journal(journal.value(), event, {priority, "jail-supervisor", line})) return;
    ::syslog(priority, "%s", line.c_str());
}

void add(Event& event, const char* name, const std::optional<std::uint64_t>& value) {
    if (value) (void)event.number(name, *value);
}

void add_session(Event& event, const ReportedSession& session) {
    (void)event.text("session", session.id)
        .text("door", session.door)
        .text("tty", session.terminal)
        .text("rhost", session.peer)
        .number("opener_pid", session.opener_pid);
    if (session.number != 0) (void)event.number("instance", session.number);
}

// " by sshd from 192.0.2.7"
std::string by_whom(const ReportedSession& session) {
    return " by " + printable(session.door) +
           (session.peer.empty() ? "" : " from " + printable(session.peer));
}

}  // namespace

ReportWriter::ReportWriter(Subject subject, FileDescriptor audit_log, accounting::Files files,
                           FileDescriptor rates)
    : subject_(std::move(subject)),
      audit_log_(std::move(audit_log)),
      files_(std::move(files)),
      rates_(std::move(rates)),
      of_inside_(kInsideBurst, kInsidePerMinute),
      of_limits_(kInsideBurst, kInsidePerMinute) {
    const Time now = jail::now();
    const KeptRates kept = load_rates(rates_.get(), now);
    of_inside_.resume(kept.inside_full_at, now);
    of_limits_.resume(kept.limits_full_at, now);
}

void ReportWriter::finish() {
    if (tell_suppressed_at_) tick(*tell_suppressed_at_);
    const Time now = jail::now();
    keep_rates(rates_.get(), {of_inside_.full_at(now), of_limits_.full_at(now)}, now);
}

bool ReportWriter::wants_log_anew() const {
    struct stat status = {};
    return ::fstat(audit_log_.get(), &status) == 0 && S_ISREG(status.st_mode) &&
           (status.st_nlink == 0 || status.st_size >= kAuditLogCap);
}

Event ReportWriter::event(const char* kind) const {
    Event made(kind);
    (void)made.text("account", subject_.account).number("uid", subject_.uid).text("jail", subject_.jail);
    return made;
}

void ReportWriter::tell_suppressed_soon() {
    if (!tell_suppressed_at_) tell_suppressed_at_ = now() + kTellSuppressedAfter;
}

bool ReportWriter::take(TokenBucket& bucket) {
    const Time now = jail::now();
    const bool may = bucket.take(now);
    if (!may) tell_suppressed_soon();
    // At once: the next recorder must not start with a full bucket after a kill.
    keep_rates(rates_.get(), {of_inside_.full_at(now), of_limits_.full_at(now)}, now);
    return may;
}

// A log that cannot be written does not stop sessions: a full disk would lock all accounts out. It is
// reported to syslog, once.
void ReportWriter::append(const Event& event, int priority, const std::string& line) {
    tell(event, priority, line);
    const auto written = append_to_audit_log(event, audit_log_);
    if (!written && !is_lost_) trouble("events are not recorded: " + written.error().message());
    is_lost_ = !written;
}

void ReportWriter::write(const Report& report) {
    lost_ += report.lost;
    if (report.lost != 0) tell_suppressed_soon();
    switch (report.kind) {
        case ReportKind::kInstanceStart:
            return instance_started(report);
        case ReportKind::kInstanceStop:
            return instance_stopped(report);
        case ReportKind::kLeftOut:
            return left_out(report);
        case ReportKind::kSessionOpen:
            return session_opened(report);
        case ReportKind::kSessionClose:
            return session_closed(report);
        case ReportKind::kLimitDenied:
            return limit_denied(report);
        case ReportKind::kSessionRefused:
            return trouble("session of " + subject_.account + ": " + report.text);
        case ReportKind::kLimitHit:
            return limit_hit(report.limit, report.number);
        case ReportKind::kTerminalLogin:
        case ReportKind::kHostLogin:
        case ReportKind::kLogout:
        case ReportKind::kClearStale:
            return login_record(report);
        case ReportKind::kSuppressed:
        case ReportKind::kEnd:
            return;
    }
}

void ReportWriter::instance_started(const Report& report) {
    Event made = event("instance_start");
    (void)made.number("generation", subject_.generation).number("init_pid", report.number);
    append(made, LOG_INFO, "instance of " + subject_.account + " started in jail " + subject_.jail);
}

void ReportWriter::left_out(const Report& report) {
    Event made = event("left_out");
    (void)made.text("cause", report.text);
    append(made, LOG_WARNING,
           "instance of " + subject_.account + " in jail " + subject_.jail + ": " + printable(report.text));
}

void ReportWriter::instance_stopped(const Report& report) {
    if (tell_suppressed_at_) tick(*tell_suppressed_at_);
    Event made = event("instance_stop");
    (void)made.text("cause", report.text)
        .number("uptime_ms", report.milliseconds)
        .number("sessions", report.number);
    add(made, "instance_cpu_us", report.cpu_us);
    add(made, "instance_peak_memory_bytes", report.peak_memory_bytes);
    append(made, LOG_INFO,
           "instance of " + subject_.account + " in jail " + subject_.jail +
               " stopped: " + printable(report.text));
}

void ReportWriter::session_opened(const Report& report) {
    Event made = event("session_open");
    add_session(made, report.session);
    append(made, LOG_INFO,
           "session of " + subject_.account + " opened in jail " + subject_.jail + by_whom(report.session));
}

void ReportWriter::session_closed(const Report& report) {
    Event made = event("session_close");
    add_session(made, report.session);
    (void)made.text("terminals", report.line)
        .text("cause", report.text)
        .number("duration_ms", report.milliseconds);
    add(made, "exit", report.exit);
    add(made, "signal", report.signal);
    add(made, "instance_cpu_us", report.cpu_us);
    add(made, "instance_peak_memory_bytes", report.peak_memory_bytes);
    append(made, LOG_INFO,
           "session of " + subject_.account + " in jail " + subject_.jail + " by " +
               printable(report.session.door) + " closed after " +
               std::to_string(report.milliseconds / 1000) + " s");
}

void ReportWriter::limit_denied(const Report& report) {
    if (!take(of_limits_)) return;
    Event made = event("denial");
    (void)made.text("event_id", report.session.id)
        .text("cause", report.text)
        .text("limit", report.limit)
        .text("source", "supervisor");
    add_session(made, report.session);
    append(made, LOG_NOTICE,
           "event " + report.session.id + ": login of " + subject_.account + " denied: " + report.text + ";" +
               by_whom(report.session));
    if (report.limit != "locked") limit_hit(report.limit, 1);
}

// The text comes from the account and cannot be trusted in root's log: our own words stand before it.
void ReportWriter::denied_inside(const Result<Denial>& said) {
    if (!take(of_inside_)) return;
    if (!said) return trouble("jail of " + subject_.account + ": " + kInbox + ": " + said.error().message());
    const Denial& denial = said.value();
    Event made = event("denial");
    (void)made.text("event_id", denial.event_id)
        .text("cause", denial.cause)
        .text("command", denial.command)
        .text("source", "inside");
    append(made, LOG_NOTICE,
           "event " + denial.event_id + ": session of " + subject_.account + " denied inside jail " +
               subject_.jail + ": " + printable(denial.cause) +
               (denial.command.empty() ? "" : "; the command was: " + printable(denial.command)));
}

void ReportWriter::limit_hit(const std::string& limit, std::uint64_t times) {
    Event made = event("limit_hit");
    (void)made.text("limit", limit).number("times", times);
    append(made, LOG_WARNING,
           "instance of " + subject_.account + " in jail " + subject_.jail + " met its limit: " + limit +
               ", " + std::to_string(times) + " times");
}

void ReportWriter::login_record(const Report& report) {
    const accounting::Login login = {report.line, subject_.account, subject_.uid, report.session.peer,
                                     static_cast<pid_t>(report.session.opener_pid)};
    const auto check = [](const Result<>& written) {
        if (!written) trouble("login record: " + written.error().message());
    };
    if (report.kind == ReportKind::kClearStale) return check(accounting::clear_stale(subject_.uid, files_));
    if (report.kind == ReportKind::kLogout) {
        check(accounting::write_utmp_logout(login, files_));
        return check(accounting::append_wtmp_logout(login, files_));
    }
    check(accounting::write_utmp_login(login, files_));
    if (report.kind == ReportKind::kHostLogin) return;
    check(accounting::append_wtmp_login(login, files_));
    check(accounting::write_lastlog(login, files_));
}

void ReportWriter::trouble(const std::string& what) {
    ::syslog(LOG_WARNING, "%s", printable(what).c_str());
}

// Past the buckets: once a second at most, by the way that it came to be due.
void ReportWriter::tick(Time now) {
    if (!is_due(tell_suppressed_at_, now)) return;
    tell_suppressed_at_.reset();
    const std::uint64_t count =
        std::exchange(lost_, 0) + of_inside_.take_suppressed() + of_limits_.take_suppressed();
    Event made = event("suppressed");
    (void)made.number("events", count);
    append(made, LOG_WARNING,
           subject_.account + " caused " + std::to_string(count) + " events more than are recorded");
}

}  // namespace jail::supervisor
