// SPDX-License-Identifier: Apache-2.0
// The host's side of one running instance: one poll loop, no threads. It lives from the first login until the
// grace time after the last one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libjail/base/clock.h"
#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"
#include "libjail/confine/cgroup.h"
#include "libjail/session/protocol.h"
#include "supervisor/base/event_loop.h"
#include "supervisor/ending_instances.h"
#include "supervisor/fakeroot_requests.h"
#include "supervisor/instance/instance.h"
#include "supervisor/limit_watch.h"
#include "supervisor/log/event_log.h"
#include "supervisor/mail_carrier.h"
#include "supervisor/opener_watch.h"
#include "supervisor/records/login_records.h"
#include "supervisor/run_directory.h"
#include "supervisor/session_limits.h"
#include "supervisor/watch/logind_sessions.h"
#include "supervisor/watch/session.h"
#include "supervisor/watch/session_watch.h"
#include "supervisor/watch/usage.h"

namespace jail::supervisor {

class Supervisor {
public:
    // A door that has asked, or has started a supervisor, connects for its session within this time.
    static constexpr auto kFirstSession = 5s;

    Supervisor(InstancePlan plan, RunDirectory run, Cgroup cgroup, Instance instance, FileDescriptor listener,
               JailSockets sockets)
        : plan_(std::move(plan)),
          run_(std::move(run)),
          cgroup_(std::move(cgroup)),
          instance_(std::move(instance)),
          listener_(std::move(listener)),
          watch_(plan_.manifest.limits, plan_.identity.account),
          usage_(cgroup_.directories()),
          log_(plan_, std::move(sockets.inbox), std::move(sockets.log)),
          records_(plan_.identity.account, plan_.identity.uid),
          mail_(std::move(sockets.mail), plan_.identity) {}

    // Serves until the grace time is over, PID 1 ends, or SIGTERM; then takes everything down. The result is
    // why it ended, when that was a failure.
    Result<> run();

private:
    // The result, as the cause of the instance's end: "idle", "signal", ...
    Result<std::string> serve(int signals);
    Time grace_over() const;
    void add_sources(EventLoop& loop);
    void take_changes();
    bool outdated() const;
    void accept_connection();
    void receive(Session& session);
    bool take_listener(Session& session, protocol::Received& received);
    Result<> may_join() const;
    Result<> may_log_in_now() const;
    Error refuse_version(int connection, const Error& error) const;
    Result<> may_open(const Session& session) const;
    Result<const Instance*> instance_for(Session& session, std::uint32_t wanted);
    session_limits::Open open() const;
    std::uint32_t instances() const;
    Result<> admit(Session& session);
    void opened(Session& session);
    void watch_sessions();
    void end_what_openers_left();
    bool drop_ended();
    std::size_t admitted() const;
    bool busy() const;
    void look_for_emptiness();
    std::uint32_t logins() const;
    void report_start();
    void write_list() const;
    void take_down(const std::string& cause);

    InstancePlan plan_;
    RunDirectory run_;
    Cgroup cgroup_;
    Instance instance_;  // of all sessions; with `instance: session` without one, and the others end with it
    EndingInstances ending_;
    FileDescriptor listener_;
    SessionWatch watch_;
    OpenerWatch openers_;
    FileWatch changes_;  // of terminals and of logind's sessions
    LogindSessions logind_;
    std::vector<Session> sessions_;
    Usage usage_;
    LimitWatch limits_;
    EventLog log_;
    LoginRecords records_;
    MailCarrier mail_;
    FakerootRequests fakeroot_;
    Time started_, idle_since_;
    Time expected_until_;  // a session that was asked about, or that started us, should come by then
    std::uint32_t last_number_ = 0;  // of a session with an instance of its own
    bool lingers_ = false;           // without a session, something goes on in instance_
    bool start_reported_ = false;
    bool superseded_ = false;  // a door of another version was here
};

}  // namespace jail::supervisor
