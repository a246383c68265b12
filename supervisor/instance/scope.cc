// SPDX-License-Identifier: Apache-2.0
#include "supervisor/instance/scope.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

#include "libjail/base/clock.h"
#include "libjail/base/files.h"
#include "libjail/base/ipc.h"
#include "libjail/base/process.h"
#include "libjail/confine/block_device.h"
#include "libjail/confine/cgroup_files.h"
#include "libjail/confine/group_limits.h"

namespace jail::supervisor::scope {
namespace {

using cgroup_files::enforceable;
using cgroup_files::exists;
using cgroup_files::GroupLimit;
using cgroup_files::is_limited;
using cgroup_files::kGroupLimits;
using cgroup_files::needs_swap_max;
using cgroup_files::read_value;

constexpr char kBusctl[] = "/usr/bin/busctl";
constexpr char kManager[] = "org.freedesktop.systemd1";
// A predecessor's scope that is just ending, or a systemd that is slow. The door waits for us for 20 s.
constexpr auto kPatience = 8s;

// Its standard error; empty when it succeeded.
Result<std::string> run(std::vector<std::string> arguments) {
    Pipe errors = JAIL_TRY(make_pipe());
    const process::Program program(kBusctl, std::move(arguments));
    const pid_t child = JAIL_TRY(process::fork_silently());
    if (child == 0) {
        program.execute(-1, -1, errors.write_end.get());
        ::_exit(127);
    }
    errors.write_end.reset();
    const auto said = read_all(errors.read_end.get(), 64u << 10, "what busctl says");
    errors.read_end.reset();  // one that says more ends by it
    const int status = JAIL_TRY(process::wait_for(child));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::string();
    if (!said || said.value().empty()) return std::string("it could not be executed");
    return said.value().substr(0, said.value().find('\n'));
}

std::vector<std::string> call_of_manager(const char* method, const char* signature) {
    return {"busctl",
            "--system",
            "--quiet",
            "--timeout=10",
            "call",
            kManager,
            "/org/freedesktop/systemd1",
            "org.freedesktop.systemd1.Manager",
            method,
            signature};
}

// The scope of a supervisor that was killed before systemd moved it there: no process ever leaves such a
// scope, so systemd keeps it.
bool is_empty(const std::string& path) {
    const auto events = read_value(kCgroupRoot + path + "/cgroup.events");
    return !events || events.value().find("populated 0") != std::string::npos;
}

Result<> stop(const std::string& unit) {
    std::vector<std::string> arguments = call_of_manager("StopUnit", "ss");
    arguments.insert(arguments.end(), {unit, "replace"});
    JAIL_TRY(run(arguments));  // whether it helped is seen by the next attempt
    return success();
}

// The supervisor that has the scope had our lock before us, and so has ended.
Result<> start_unit(const std::string& unit, const std::string& path,
                    const std::vector<std::string>& arguments) {
    for (const Time deadline = now() + kPatience;; pause_for(5ms)) {
        const std::string said = JAIL_TRY(run(arguments));
        if (said.empty()) return success();
        const bool is_there = said.find("already") != std::string::npos;  // "Unit ... was already loaded"
        if (!is_there || now() >= deadline) return refused(ECANCELED, "busctl cannot start a scope: " + said);
        if (is_empty(path)) JAIL_TRY(stop(unit));
    }
}

// The reply of StartTransientUnit is a job; what counts is where the process is.
Result<> wait_until_in(const std::string& path) {
    for (const Time deadline = now() + kPatience; now() < deadline; pause_for(5ms)) {
        const std::string groups = "\n" + JAIL_TRY(read_value("/proc/self/cgroup")) + "\n";
        if (groups.find("\n0::" + path + "\n") != std::string::npos) return success();
    }
    return Error(ETIMEDOUT, "wait for scope", path);
}

Result<> require(const std::string& file, const std::string& expected) {
    const std::string value = JAIL_TRY(read_value(file));
    if ((" " + value + " ").find(" " + expected + " ") != std::string::npos) return success();
    return refused(EPERM, file + " is " + value + ", not " + expected);
}

Result<> verify(const std::string& group, const Limits& limits) {
    for (const GroupLimit& limit : kGroupLimits) {
        const bool is_held =
            limit.member == &Limits::swap_bytes ? needs_swap_max(limits, group) : is_limited(limit, limits);
        if (is_held) JAIL_TRY(require(group + "/" + limit.file, unified_word(limit, limits)));
    }
    return success();
}

}  // namespace

bool available() {
    return cgroup_files::unified(kCgroupRoot) && exists("/run/systemd/system") && exists(kBusctl);
}

std::vector<std::string> start_arguments(const std::string& unit, pid_t process, const Limits& limits,
                                         const std::string& device) {
    std::vector<std::string> properties;
    int count = 0;
    const auto add = [&](const std::vector<std::string>& property) {
        properties.insert(properties.end(), property.begin(), property.end());
        ++count;
    };
    const auto number = [&](const char* name, std::uint64_t value) {
        add({name, "t", std::to_string(value)});
    };
    add({"Description", "s", "Jail of " + unit.substr(5, unit.rfind('.') - 5)});
    add({"Slice", "s", "jail.slice"});
    add({"CollectMode", "s", "inactive-or-failed"});
    add({"PIDs", "au", "1", std::to_string(process)});
    add({"Delegate", "b", "true"});  // doors put themselves into it
    number("TimeoutStopUSec", 5'000'000);
    number("CPUWeight", 100);  // what every unit has; named, so that the processor is shared by units at all
    if (limits.tasks == 0) number("TasksMax", UINT64_MAX);  // else systemd has a default
    for (const GroupLimit& limit : kGroupLimits) {
        // Also without swap now: the host may get some. systemd's infinity is UINT64_MAX, as ours.
        const bool is_named =
            limit.member == &Limits::swap_bytes ? limits.memory_bytes != 0 : is_limited(limit, limits);
        if (is_named) add(scope_property(limit, limits, device));
    }
    std::vector<std::string> arguments = call_of_manager("StartTransientUnit", "ssa(sv)a(sa(sv))");
    arguments.insert(arguments.end(), {unit, "fail", std::to_string(count)});
    arguments.insert(arguments.end(), properties.begin(), properties.end());
    arguments.emplace_back("0");
    return arguments;
}

Result<Cgroup> start(const Identity& identity, const Limits& asked) {
    const Limits limits = JAIL_TRY(enforceable(asked, kCgroupRoot));
    const std::string device = limits.io_read_bytes != 0 || limits.io_write_bytes != 0
                                   ? JAIL_TRY(block_device_of(identity.home))
                                   : std::string();
    const std::string unit = "jail-" + identity.account + ".scope";
    const std::string path = "/jail.slice/" + unit;
    JAIL_TRY(start_unit(unit, path, start_arguments(unit, ::getpid(), limits, device)));
    JAIL_TRY(wait_until_in(path));
    JAIL_TRY(verify(kCgroupRoot + path, limits));
    return Cgroup::at({path, 1u << cgroup_files::kUnified});
}

}  // namespace jail::supervisor::scope
