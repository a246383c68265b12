// SPDX-License-Identifier: Apache-2.0
#include "jailshell/info/facts.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "jailshell/info/processes.h"
#include "libjail/base/files.h"
#include "libjail/policy/jail_paths.h"

namespace jail::jailshell {
namespace {

using Unit = LimitUse::Unit;

#define SIZE_OF(...) Unit::kBytes
#define COUNT(...) Unit::kCount
#define PERCENT(...) Unit::kPercent
#define DURATION_OF(...) Unit::kSeconds

// As the session's PATH, which the policy may set (environment.h).
std::string search_path(const Manifest& manifest) {
    for (const EnvironmentVariable& variable : manifest.environment_set)
        if (variable.name == "PATH") return variable.value;
    return "/usr/local/bin:/usr/bin:/bin";
}

// Of CLOCK_BOOTTIME, which a process's start is counted by.
std::uint64_t seconds_since(std::uint64_t start_ticks) {
    timespec now = {};
    (void)::clock_gettime(CLOCK_BOOTTIME, &now);
    const auto start = start_ticks / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    const auto seconds = static_cast<std::uint64_t>(now.tv_sec);
    return seconds - std::min(seconds, start);
}

std::uint64_t started_at(const std::vector<ProcessState>& processes) {
    for (const ProcessState& process : processes)
        if (process.pid == 1)
            return static_cast<std::uint64_t>(::time(nullptr)) - seconds_since(process.start_ticks);
    return 0;
}

// Beside that of the processes: /tmp and /dev/shm are memory, too.
std::uint64_t memory_of_files(const Facts& facts) {
    std::uint64_t bytes = 0;
    for (const Room& room : facts.rooms)
        if (room.path != facts.record.home) bytes += room.used();
    return bytes;
}

std::optional<std::uint64_t> used_of(const std::string& key, const Facts& facts,
                                     const std::vector<ProcessState>& processes) {
    const std::string proc = "/proc";
    // With an instance for each session, those of the others are not seen.
    const bool sees_all = !facts.record.manifest.instance_per_session;
    if (key == "memory" && sees_all) return memory_of(processes, proc) + memory_of_files(facts);
    if (key == "tasks" && sees_all) return count_tasks(processes);
    if (key == "sessions" && sees_all) return count_sessions(processes);
    if (key == "open_files") return most_open_files(processes, proc);
    if (key != "session_time") return std::nullopt;
    const ProcessState* const session = session_of(processes, ::getpid());
    return session == nullptr ? std::nullopt : std::optional(seconds_since(session->start_ticks));
}

}  // namespace

std::optional<std::uint64_t> LimitUse::left() const {
    if (!limit || !used) return std::nullopt;
    const std::uint64_t kept = *used - std::min(*used, spare);
    return *limit - std::min(*limit, kept);
}

std::vector<LimitUse> limits_of(const Limits& limits) {
    std::vector<LimitUse> rows;
    const auto add = [&](std::string_view key, Unit unit, std::uint64_t limit) {
        const bool per_second = key.substr(0, 3) == "io.";
        LimitUse& row = rows.emplace_back();
        row.key = key;
        row.unit = per_second ? Unit::kBytesPerSecond : unit;
        if (limit != 0) row.limit = limit;
    };
#define LIMIT(key, type, member, kind, fallback, text) add(key, kind, limits.member);
#include "libjail/policy/limits.def"
#undef LIMIT
    // Beside memory alone; 0 forbids it.
    for (LimitUse& row : rows)
        if (row.key == "swap") {
            row.limit.reset();
            if (limits.memory_bytes != 0 && limits.swap_bytes != kSwapNotLimited)
                row.limit = limits.swap_bytes;
        }
    return rows;
}

Access ways_of(const Manifest& manifest, const std::vector<std::string>& commands) {
    const Access& allowed = manifest.access;
    Access ways;
    ways.shell = allowed.shell;
    ways.sftp = (allowed.sftp || allowed.shell) && !manifest.sftp_server.empty();
    ways.scp = (allowed.scp || allowed.shell) && has_command(commands, "scp");
    ways.rsync = (allowed.rsync || allowed.shell) && has_command(commands, "rsync");
    ways.git = (allowed.git || allowed.shell) && has_command(commands, "git-upload-pack");
    return ways;
}

Result<Facts> gather_facts() {
    Facts facts;
    facts.record = JAIL_TRY(decode_instance(JAIL_TRY(read_small_file(kInstanceRecord, kMaxRecordBytes))));
    const Manifest& manifest = facts.record.manifest;
    const std::vector<ProcessState> processes = JAIL_TRY(list_processes("/proc"));
    facts.running_since = started_at(processes);
    facts.commands = list_commands(search_path(manifest));
    facts.ways = ways_of(manifest, facts.commands);
    facts.writable = writable_places(facts.record.uid);
    for (const std::string& path : {facts.record.home, std::string("/tmp"), std::string("/dev/shm")})
        if (auto room = room_of(path)) facts.rooms.push_back(*std::move(room));
    facts.limits = limits_of(manifest.limits);
    for (LimitUse& row : facts.limits) row.used = used_of(row.key, facts, processes);
    return facts;
}

}  // namespace jail::jailshell
