// SPDX-License-Identifier: Apache-2.0
#include "provision/accounts/freezer.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <sstream>
#include <string_view>

#include "libjail/base/clock.h"
#include "libjail/confine/cgroup.h"
#include "libjail/confine/cgroup_files.h"
#include "libjail/policy/frozen.h"
#include "provision/base/file_io.h"
#include "provision/base/problem.h"
#include "provision/base/replacement.h"
#include "provision/host/account_processes.h"

namespace jail::provision {

namespace {

using cgroup_files::read_value;
using cgroup_files::write_value;

constexpr auto kPatience = 10s;
constexpr char kState[] = "/freezer.state";

bool is_unified(const RunningInstance& instance) {
    return (instance.group.hierarchies & 1u << cgroup_files::kUnified) != 0;
}

std::string legacy_group(const Layout& layout, const RunningInstance& instance) {
    return layout.cgroup_root + "/freezer" + cgroup_files::kParent + "/" + std::to_string(instance.uid);
}

std::string unified_group(const Layout& layout, const RunningInstance& instance) {
    return layout.cgroup_root + instance.group.path;
}

Result<> mark(const Layout& layout, const RunningInstance& instance) {
    const std::string path = frozen_path(instance.uid, layout.run_dir);
    JAIL_TRY(make_directory(path.substr(0, path.rfind('/')), 0700));
    return replace_file(path, std::to_string(instance.init_pid), 0600);
}

void unmark(const Layout& layout, const RunningInstance& instance) {
    const std::string path = frozen_path(instance.uid, layout.run_dir);
    (void)::unlink(path.c_str());
    (void)::rmdir(path.substr(0, path.rfind('/')).c_str());  // when it was the last
}

Result<bool> stands_still(const Layout& layout, const RunningInstance& instance) {
    if (is_unified(instance)) {
        const std::string events = JAIL_TRY(read_value(unified_group(layout, instance) + "/cgroup.events"));
        return events.find("frozen 1") != std::string::npos;
    }
    return JAIL_TRY(read_value(legacy_group(layout, instance) + kState)) == "FROZEN";
}

std::set<pid_t> numbers_in(const std::string& text) {
    std::set<pid_t> numbers;
    std::istringstream words(text);
    for (pid_t number = 0; words >> number;) numbers.insert(number);
    return numbers;
}

// A thread that has ended cannot be moved, and stays in its group until its process has ended.
bool has_ended(const std::string& task) {
    const auto stat = read_small_file(task + "/stat", 4096);
    if (!stat) return true;
    const std::size_t name_end = stat.value().rfind(')');
    return name_end == std::string::npos || name_end + 2 >= stat.value().size() ||
           std::string_view("ZX").find(stat.value()[name_end + 2]) != std::string_view::npos;
}

// Thread by thread: a process whose first thread has ended is not moved by its pid. A thread that is moved
// into a frozen group stops at once and forks no more, so that this comes to an end.
Result<std::size_t> move_all(const Layout& layout, const RunningInstance& instance,
                             const std::string& group) {
    const Cgroup own = JAIL_TRY(Cgroup::at(instance.group, layout.cgroup_root));
    const std::set<pid_t> before = numbers_in(JAIL_TRY(read_value(group + "/tasks")));
    std::size_t moved = 0;
    for (const pid_t pid : JAIL_TRY(own.members())) {
        const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
        for (const std::string& tid : names_in(tasks)) {
            if (before.contains(static_cast<pid_t>(std::stol(tid))) || has_ended(tasks + "/" + tid)) continue;
            const auto written = write_value(group + "/tasks", tid);
            if (!written && written.error().code() != ESRCH) return written.error();
            ++moved;
        }
    }
    return moved;
}

Result<> freeze_legacy(const Layout& layout, const RunningInstance& instance) {
    const std::string group = legacy_group(layout, instance);
    if (!cgroup_files::exists(layout.cgroup_root + "/freezer/tasks"))
        return refused(ENOTSUP, "this host has no freezer: neither cgroup v2 nor the controller of v1");
    for (const std::string& directory : {group.substr(0, group.rfind('/')), group})
        if (::mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST) return errno_error("mkdir", directory);
    JAIL_TRY(write_value(group + kState, "FROZEN"));
    // A login that was on its way when the mark was made joins the account's group a moment later.
    constexpr int kQuietRounds = 3;
    int quiet = 0;
    for (const Time deadline = now() + kPatience; now() < deadline;) {
        quiet = JAIL_TRY(move_all(layout, instance, group)) == 0 ? quiet + 1 : 0;
        if (quiet == kQuietRounds) return success();
        if (quiet > 0) pause_for(50ms);
    }
    return Error(ETIMEDOUT, "move the processes to", group);
}

Result<> set(const Layout& layout, const RunningInstance& instance, bool frozen) {
    if (is_unified(instance))
        return write_value(unified_group(layout, instance) + "/cgroup.freeze", frozen ? "1" : "0");
    if (frozen) return freeze_legacy(layout, instance);
    const std::string group = legacy_group(layout, instance);
    return cgroup_files::exists(group) ? write_value(group + kState, "THAWED") : success();
}

}  // namespace

Result<> freeze(const Layout& layout, const RunningInstance& instance) {
    // First, so that no login is half way in when its jail stops.
    JAIL_TRY(mark(layout, instance));
    const auto frozen = [&]() -> Result<> {
        JAIL_TRY(set(layout, instance, true));
        for (const Time deadline = now() + kPatience; now() < deadline; pause_for(10ms))
            if (JAIL_TRY(stands_still(layout, instance))) return success();
        return refused(ETIMEDOUT, "a process of " + instance.account +
                                      " waits in the kernel and cannot be stopped; all go on");
    }();
    if (!frozen) (void)thaw(layout, instance);  // the first error is the one to report
    return frozen;
}

Result<> thaw(const Layout& layout, const RunningInstance& instance) {
    JAIL_TRY(set(layout, instance, false));
    unmark(layout, instance);
    if (is_unified(instance)) return success();
    // Processes stay in it, and their children; so does the group, until the last of them has ended.
    const std::string group = legacy_group(layout, instance);
    (void)::rmdir(group.c_str());
    (void)::rmdir(group.substr(0, group.rfind('/')).c_str());
    return success();
}

void kill_frozen(const Layout& layout, const RunningInstance& instance) {
    // A process that cannot run cannot end: these pids stay theirs.
    if (const auto processes = ProcessTable::read())
        for (const AccountProcess& process : processes.value().of(instance.uid))
            (void)::kill(process.pid, SIGKILL);
    (void)thaw(layout, instance);
}

bool is_frozen(const Layout& layout, const RunningInstance& instance) {
    const auto marked = read_file(frozen_path(instance.uid, layout.run_dir), 64);
    return marked && marked.value() == std::to_string(instance.init_pid);
}

}  // namespace jail::provision
