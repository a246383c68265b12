// SPDX-License-Identifier: Apache-2.0
#include "supervisor/limit_watch.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cstdint>

namespace jail::supervisor {
namespace {

constexpr auto kQuiet = 10s;

}  // namespace

void LimitWatch::start(const Usage& usage) {
    changes_.reset(::epoll_create1(EPOLL_CLOEXEC));
    for (const std::string& file : usage.event_files()) {
        FileDescriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
        epoll_event event = {EPOLLPRI, {}};
        if (opened && ::epoll_ctl(changes_.get(), EPOLL_CTL_ADD, opened.get(), &event) == 0)
            files_.push_back(std::move(opened));
    }
    forget_changes();
}

// A file that was read has not changed (cgroup-v2.rst of the kernel, "cgroup.events"). A file that cannot be
// read belongs to a group that is gone, and would be reported for ever.
void LimitWatch::forget_changes() {
    char text[512];
    std::erase_if(files_,
                  [&](const FileDescriptor& file) { return ::pread(file.get(), text, sizeof text, 0) < 0; });
}

void LimitWatch::look(Time now, const Usage& usage, EventLog& log, bool last) {
    if (!last && quiet_until_ && !is_due(quiet_until_, now)) return;
    quiet_until_.reset();
    forget_changes();
    const LimitHits hits = usage.limit_hits();
    const struct {
        const char* name;
        std::uint64_t before, now;
    } limits[] = {{"memory", reported_.memory, hits.memory},
                  {"oom_kill", reported_.oom_kills, hits.oom_kills},
                  {"tasks", reported_.tasks, hits.tasks}};
    for (const auto& limit : limits) {
        if (limit.now <= limit.before) continue;
        log.limit_hit(limit.name, limit.now - limit.before);
        quiet_until_ = now + kQuiet;
    }
    reported_ = hits;
}

}  // namespace jail::supervisor
