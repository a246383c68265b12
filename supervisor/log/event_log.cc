// SPDX-License-Identifier: Apache-2.0
#include "supervisor/log/event_log.h"

#include <syslog.h>

#include "libjail/base/escape.h"
#include "supervisor/log/kept_mail_rate.h"

namespace jail::supervisor {
namespace {

// A thousand logins in a row are told one by one, and fifty a second for ever; each line is some 300 bytes.
constexpr int kBurst = 1000;
constexpr int kPerMinute = 50 * 60;
// The jobs of a crontab, the forms of a web site; not a mailing list.
constexpr int kMailBurst = 30, kMailPerMinute = 2;

ReportedSession reported(const Session& session) {
    return {session.id,
            session.door,
            session.terminal,
            session.peer,
            static_cast<std::uint64_t>(session.opener_pid),
            session.number};
}

Report about(ReportKind kind, std::string text = {}) {
    Report report;
    report.kind = kind;
    report.text = std::move(text);
    return report;
}

Report of_session(ReportKind kind, const Session& session, std::string text = {}) {
    Report report = about(kind, std::move(text));
    report.session = reported(session);
    return report;
}

}  // namespace

EventLog::EventLog(const InstancePlan& plan, FileDescriptor inbox, FileDescriptor dev_log)
    : uid_(plan.identity.uid),
      of_events_(kBurst, kPerMinute),
      of_mail_(kMailBurst, kMailPerMinute),
      recorder_(plan, std::move(inbox), std::move(dev_log)) {
    const Time now = jail::now();
    of_mail_.resume(load_mail_rate(uid_, now), now);
}

void EventLog::keep_rates() {
    const Time now = jail::now();
    keep_mail_rate(uid_, of_mail_.full_at(now), now);
}

// An event that the account has caused.
void EventLog::send(Report report) {
    if (of_events_.take(now()))
        recorder_.send(std::move(report));
    else
        recorder_.suppress();
}

void EventLog::instance_started(pid_t init) {
    Report report = about(ReportKind::kInstanceStart);
    report.number = static_cast<std::uint64_t>(init);
    send(std::move(report));
}

void EventLog::left_out(const std::string& what) {
    send(about(ReportKind::kLeftOut, what));
}

void EventLog::instance_stopped(const std::string& cause, std::chrono::milliseconds uptime,
                                const Usage& usage) {
    Report report = about(ReportKind::kInstanceStop, cause);
    report.milliseconds = static_cast<std::uint64_t>(uptime.count());
    report.number = sessions_;
    report.cpu_us = usage.cpu_usec();
    report.peak_memory_bytes = usage.peak_memory_bytes();
    recorder_.send(std::move(report));
}

void EventLog::session_opened(const Session& session) {
    ++sessions_;
    send(of_session(ReportKind::kSessionOpen, session));
}

void EventLog::session_closed(const Session& session, const Usage& usage) {
    Report report = of_session(ReportKind::kSessionClose, session, session.end);
    report.line = session.terminals_used;
    report.milliseconds = static_cast<std::uint64_t>((now() - session.opened_at).count());
    if (session.program_end)
        (session.program_end->by_signal ? report.signal : report.exit) = session.program_end->number;
    // Of the instance, not of the session: its sessions share one control group.
    const auto cpu = usage.cpu_usec();
    if (cpu && session.cpu_usec_before) report.cpu_us = *cpu - *session.cpu_usec_before;
    report.peak_memory_bytes = usage.peak_memory_bytes();
    send(std::move(report));
}

void EventLog::limit_denied(const Session& session, const std::string& cause, const char* limit) {
    Report report = of_session(ReportKind::kLimitDenied, session, cause);
    report.limit = limit;
    recorder_.send(std::move(report));
}

void EventLog::session_refused(const std::string& why) {
    send(about(ReportKind::kSessionRefused, why));
}

void EventLog::limit_hit(const char* limit, std::uint64_t times) {
    Report report = about(ReportKind::kLimitHit);
    report.limit = limit;
    report.number = times;
    send(std::move(report));
}

bool EventLog::may_mail() {
    if (of_mail_.take(now())) {
        mail_refused_ = false;
        return true;
    }
    if (!std::exchange(mail_refused_, true)) limit_hit("mail", 1);
    return false;
}

void EventLog::login_record(ReportKind kind, const Session& session, const std::string& line) {
    Report report = of_session(kind, session);
    report.line = line;
    recorder_.send(std::move(report));
}

void EventLog::terminal_login(const Session& session, const std::string& line) {
    login_record(ReportKind::kTerminalLogin, session, line);
}

void EventLog::host_login(const Session& session, const std::string& line) {
    login_record(ReportKind::kHostLogin, session, line);
}

void EventLog::logout(const Session& session, const std::string& line) {
    login_record(ReportKind::kLogout, session, line);
}

void EventLog::clear_stale_logins() {
    recorder_.send(about(ReportKind::kClearStale));
}

void EventLog::trouble(const std::string& what) {
    ::syslog(LOG_WARNING, "%s", printable(what).c_str());
}

}  // namespace jail::supervisor
