// SPDX-License-Identifier: Apache-2.0
#include "supervisor/session_list.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/files.h"
#include "libjail/events/event.h"
#include "libjail/session/run_lock.h"

namespace jail::supervisor {
namespace {

// Seconds since 1970, as the clock is set now.
std::uint64_t on_the_calendar(Time moment) {
    const auto ago = std::chrono::duration_cast<std::chrono::seconds>(now() - moment).count();
    return static_cast<std::uint64_t>(::time(nullptr) - ago);
}

std::string line_of(const Session& session) {
    Event line("session");
    (void)line.text("session", session.id)
        .text("door", session.door)
        .text("tty", session.terminal)
        .text("rhost", session.peer)
        .number("opened", on_the_calendar(session.opened_at))
        .number("opener_pid", static_cast<std::uint64_t>(session.opener_pid));
    if (session.number != 0) (void)line.number("instance", session.number);
    if (session.own) (void)line.number("init_pid", static_cast<std::uint64_t>(session.own->pid()));
    return line.json();
}

}  // namespace

void write_session_list(const std::string& directory, const InstancePlan& plan, const Cgroup& cgroup,
                        pid_t init, const std::vector<Session>& sessions, bool lingers, Deadline idle_since) {
    Event instance("instance");
    (void)instance.text("account", plan.identity.account)
        .text("jail", plan.manifest.jail)
        .number("generation", plan.manifest.generation)
        .number("init_pid", static_cast<std::uint64_t>(init))
        .text("cgroup", cgroup.place().path)
        .number("hierarchies", cgroup.place().hierarchies)
        .number("lingers", lingers ? 1 : 0);
    if (idle_since) {
        (void)instance.number("idle_since", on_the_calendar(*idle_since))
            .number("grace", plan.manifest.grace_seconds);
    }
    std::string text = instance.json();
    for (const Session& session : sessions)
        if (session.admitted && !session.ended && !session.administrator) text += line_of(session);
    const std::string path = directory + run_lock::kSessions, next = path + ".new";
    FileDescriptor file(::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (file && write_all(file.get(), text, next) && ::rename(next.c_str(), path.c_str()) == 0) return;
    (void)::unlink(next.c_str());
    (void)::unlink(path.c_str());
}

}  // namespace jail::supervisor
