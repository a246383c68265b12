// The host's side of one running instance: one poll loop, no threads. It lives from the first login until the
// grace time after the last one.
#pragma once

#include <vector>

#include "libjail/cgroup.h"
#include "libjail/file_descriptor.h"
#include "libjail/instance.h"
#include "libjail/result.h"
#include "supervisor/run_directory.h"

namespace jail {

class Supervisor {
public:
    Supervisor(InstancePlan plan, RunDirectory run, Cgroup cgroup, Instance instance, FileDescriptor listener)
        : plan_(std::move(plan)),
          run_(std::move(run)),
          cgroup_(std::move(cgroup)),
          instance_(std::move(instance)),
          listener_(std::move(listener)) {}

    // Serves until the grace time is over, PID 1 ends, or SIGTERM; then takes everything down. The result is
    // why it ended, when that was a failure.
    Result<> run();

private:
    // A login. It lasts as long as some process holds the other end of its connection and its opener (sshd's
    // monitor, su, jailshell) lives: a child that inherited the connection cannot keep it alone.
    struct Session {
        FileDescriptor connection;
        FileDescriptor opener;  // pidfd; none until the request has come
        bool admitted = false;
        bool ended = false;
    };

    Result<> serve(int signals);
    int timeout_ms() const;
    bool outdated() const;
    void accept_connection();
    void hear(Session& session);
    Result<> admit(Session& session);
    bool drop_ended();
    std::size_t admitted() const;
    void take_down();

    InstancePlan plan_;
    RunDirectory run_;
    Cgroup cgroup_;
    Instance instance_;
    FileDescriptor listener_;
    std::vector<Session> sessions_;
    long long idle_since_ms_ = 0;
    bool served_ = false;  // a session has been here
};

}  // namespace jail
