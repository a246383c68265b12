#include "supervisor/log/event_log.h"

#include <syslog.h>

#include "libjail/base/clock.h"
#include "libjail/base/escape.h"
#include "libjail/events/audit_log.h"
#include "libjail/events/journal.h"
#include "supervisor/log/kept_rates.h"

namespace jail::supervisor {
namespace {

// A thousand logins in a row are told one by one, and fifty a second for ever; each line is some 300 bytes.
constexpr int kBurst = 1000;
constexpr int kPerMinute = 50 * 60;
// A person's mistakes; a client that tries again and again is told of by the number. The events that an
// account forges in a day are some 17 MB.
constexpr int kInsideBurst = 50, kInsidePerMinute = 12;
// The jobs of a crontab, the forms of a web site; not a mailing list.
constexpr int kMailBurst = 30, kMailPerMinute = 2;
constexpr auto kTellSuppressedAfter = 1s;

Result<> tell_journal(const Event& event, const JournalLine& line) {
    return send_to_journal(JAIL_TRY(open_journal()), event, line);
}

// The journal or syslog has the line, never both: on most hosts with a journal it is what reads syslog.
Result<> append(const Event& event, int priority, const std::string& line) {
    if (!tell_journal(event, {priority, "jail-supervisor", line})) ::syslog(priority, "%s", line.c_str());
    return append_to_audit_log(event);
}

void add(Event& event, const char* name, const std::optional<std::uint64_t>& value) {
    if (value) (void)event.number(name, *value);
}

void add_session(Event& event, const Session& session) {
    (void)event.text("session", session.id)
        .text("door", session.door)
        .text("tty", session.terminal)
        .text("rhost", session.peer)
        .number("opener_pid", static_cast<std::uint64_t>(session.opener_pid));
    if (session.number != 0) (void)event.number("instance", session.number);
}

}  // namespace

EventLog::EventLog(const InstancePlan& plan)
    : account_(plan.identity.account),
      jail_(plan.manifest.jail),
      uid_(plan.identity.uid),
      generation_(plan.manifest.generation),
      bucket_(kBurst, kPerMinute),
      of_inside_(kInsideBurst, kInsidePerMinute),
      of_limits_(kInsideBurst, kInsidePerMinute),
      of_mail_(kMailBurst, kMailPerMinute) {
    const Time now = jail::now();
    const KeptRates kept = load_rates(uid_, now);
    of_inside_.resume(kept.inside_full_at, now);
    of_limits_.resume(kept.limits_full_at, now);
    of_mail_.resume(kept.mail_full_at, now);
}

void EventLog::keep_rates() {
    const Time now = jail::now();
    supervisor::keep_rates(uid_, {of_inside_.full_at(now), of_limits_.full_at(now), of_mail_.full_at(now)},
                           now);
}

Event EventLog::event(const char* kind) const {
    Event made(kind);
    (void)made.text("account", account_).number("uid", uid_).text("jail", jail_);
    return made;
}

bool EventLog::take(TokenBucket& bucket) {
    const Time now = jail::now();
    if (bucket.take(now)) return true;
    if (!tell_suppressed_at_) tell_suppressed_at_ = now + kTellSuppressedAfter;
    return false;
}

void EventLog::write(const Event& event, int priority, const std::string& line) {
    if (take(bucket_)) record(event, priority, line);
}

// A log that cannot be written stops no session: a full disk would lock everybody out. syslog is told, once.
void EventLog::record(const Event& event, int priority, const std::string& line) {
    const auto written = append(event, priority, line);
    if (!written && !lost_) trouble("events are not recorded: " + written.error().message());
    lost_ = !written;
}

void EventLog::instance_started(pid_t init) {
    Event made = event("instance_start");
    (void)made.number("generation", generation_).number("init_pid", static_cast<std::uint64_t>(init));
    write(made, LOG_INFO, "instance of " + account_ + " started in jail " + jail_);
}

void EventLog::left_out(const std::string& what) {
    Event made = event("left_out");
    (void)made.text("cause", what);
    write(made, LOG_WARNING, "instance of " + account_ + " in jail " + jail_ + ": " + printable(what));
}

void EventLog::instance_stopped(const std::string& cause, std::chrono::milliseconds uptime,
                                const Usage& usage) {
    if (tell_suppressed_at_) tick(*tell_suppressed_at_);
    Event made = event("instance_stop");
    (void)made.text("cause", cause)
        .number("uptime_ms", static_cast<std::uint64_t>(uptime.count()))
        .number("sessions", sessions_);
    add(made, "instance_cpu_us", usage.cpu_usec());
    add(made, "instance_peak_memory_bytes", usage.peak_memory_bytes());
    // The last word, whatever the bucket says: one an instance.
    record(made, LOG_INFO, "instance of " + account_ + " in jail " + jail_ + " stopped: " + printable(cause));
}

void EventLog::session_opened(const Session& session) {
    ++sessions_;
    Event made = event("session_open");
    add_session(made, session);
    write(made, LOG_INFO,
          "session of " + account_ + " opened in jail " + jail_ + " by " + printable(session.door) +
              (session.peer.empty() ? "" : " from " + printable(session.peer)));
}

void EventLog::session_closed(const Session& session, const Usage& usage) {
    const auto duration = static_cast<std::uint64_t>((now() - session.opened_at).count());
    Event made = event("session_close");
    add_session(made, session);
    (void)made.text("terminals", session.terminals_used)
        .text("cause", session.end)
        .number("duration_ms", duration);
    if (session.program_end)
        (void)made.number(session.program_end->by_signal ? "signal" : "exit", session.program_end->number);
    // Of the instance, not of the session: its sessions share one control group.
    const auto cpu = usage.cpu_usec();
    if (cpu && session.cpu_usec_before) (void)made.number("instance_cpu_us", *cpu - *session.cpu_usec_before);
    add(made, "instance_peak_memory_bytes", usage.peak_memory_bytes());
    write(made, LOG_INFO,
          "session of " + account_ + " in jail " + jail_ + " by " + printable(session.door) +
              " closed after " + std::to_string(duration / 1000) + " s");
}

void EventLog::limit_denied(const Session& session, const std::string& cause, const char* limit) {
    if (!take(of_limits_)) return;
    Event made = event("denial");
    (void)made.text("event_id", session.id)
        .text("cause", cause)
        .text("limit", limit)
        .text("source", "supervisor");
    add_session(made, session);
    record(made, LOG_NOTICE,
           "event " + session.id + ": login of " + account_ + " denied: " + cause + "; by " +
               printable(session.door) + (session.peer.empty() ? "" : " from " + printable(session.peer)));
    limit_hit(limit, 1);
}

void EventLog::session_refused(const std::string& why) {
    if (bucket_.take(now())) trouble("session of " + account_ + ": " + why);
}

// The text is the account's, and root's log is not the place to believe it: what is ours stands before it.
void EventLog::denied_inside(const Result<Denial>& said) {
    if (!take(of_inside_)) return;
    if (!said) return trouble("jail of " + account_ + ": " + kInbox + ": " + said.error().message());
    const Denial& denial = said.value();
    Event made = event("denial");
    (void)made.text("event_id", denial.event_id)
        .text("cause", denial.cause)
        .text("command", denial.command)
        .text("source", "inside");
    record(made, LOG_NOTICE,
           "event " + denial.event_id + ": session of " + account_ + " denied inside jail " + jail_ + ": " +
               printable(denial.cause) +
               (denial.command.empty() ? "" : "; the command was: " + printable(denial.command)));
}

void EventLog::limit_hit(const char* limit, std::uint64_t times) {
    Event made = event("limit_hit");
    (void)made.text("limit", limit).number("times", times);
    write(made, LOG_WARNING,
          "instance of " + account_ + " in jail " + jail_ + " met its limit: " + limit + ", " +
              std::to_string(times) + " times");
}

bool EventLog::may_mail() {
    if (of_mail_.take(now())) {
        mail_refused_ = false;
        return true;
    }
    if (!std::exchange(mail_refused_, true)) limit_hit("mail", 1);
    return false;
}

void EventLog::trouble(const std::string& what) {
    ::syslog(LOG_WARNING, "%s", printable(what).c_str());
}

void EventLog::tick(Time now) {
    if (!is_due(tell_suppressed_at_, now)) return;
    tell_suppressed_at_.reset();
    const std::uint64_t count =
        bucket_.take_suppressed() + of_inside_.take_suppressed() + of_limits_.take_suppressed();
    Event made = event("suppressed");
    (void)made.number("events", count);
    // Past the bucket: once a second at most, by the way that it came to be due.
    const std::string line = account_ + " caused " + std::to_string(count) + " events more than are recorded";
    if (const auto written = append(made, LOG_WARNING, line); !written) lost_ = true;
}

}  // namespace jail::supervisor
