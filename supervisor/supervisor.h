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
    Result<> serve(int signals);
    int timeout_ms() const;
    bool outdated() const;
    void accept_session();
    Result<FileDescriptor> admit(FileDescriptor connection);
    void drop_ended(const std::vector<bool>& ended);
    void take_down();

    InstancePlan plan_;
    RunDirectory run_;
    Cgroup cgroup_;
    Instance instance_;
    FileDescriptor listener_;
    std::vector<FileDescriptor> leases_;
    long long idle_since_ms_ = 0;
    bool served_ = false;  // a session has been here
};

}  // namespace jail
