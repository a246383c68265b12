// SPDX-License-Identifier: Apache-2.0
#include "provision/accounts/running_instances.h"

#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "libjail/confine/cgroup_files.h"
#include "provision/accounts/instance_state.h"
#include "provision/base/file_io.h"

namespace jail::provision {

namespace {

constexpr std::size_t kMostBytes = 64u << 20;
constexpr std::uint64_t kUnlimited = 1ull << 62;  // v1 has the largest number of pages for "unlimited"

std::optional<std::uint64_t> number_in(const std::string& path, const std::string& key = {}) {
    const auto text = read_file(path, 64u << 10);
    if (!text) return std::nullopt;
    std::istringstream words(text.value());
    std::string name;
    if (!key.empty())
        while (words >> name && name != key) {
        }
    std::uint64_t value = 0;
    return words >> value && value < kUnlimited ? std::optional(value) : std::nullopt;
}

GroupUse use_of(const Layout& layout, const std::string& path, std::uint32_t hierarchies) {
    using namespace cgroup_files;
    const auto directory = [&](Hierarchy bit) { return layout.cgroup_root + kHierarchies[bit] + path; };
    GroupUse use;
    const bool is_unified = (hierarchies & 1u << kUnified) != 0;
    const std::string memory = directory(is_unified ? kUnified : kMemory),
                      pids = directory(is_unified ? kUnified : kPids);
    use.memory_bytes = number_in(memory + (is_unified ? "/memory.current" : "/memory.usage_in_bytes"));
    use.memory_limit = number_in(memory + (is_unified ? "/memory.max" : "/memory.limit_in_bytes"));
    use.tasks = number_in(pids + "/pids.current");
    use.tasks_limit = number_in(pids + "/pids.max");
    if (is_unified) {
        use.cpu_us = number_in(directory(kUnified) + "/cpu.stat", "usage_usec");
    } else if (const auto nanoseconds = number_in(directory(kCpu) + "/cpuacct.usage")) {
        use.cpu_us = *nanoseconds / 1000;
    }
    return use;
}

RunningSession session_of(const nlohmann::json& line) {
    RunningSession session;
    session.id = line.value("session", "");
    session.door = line.value("door", "");
    session.terminal = line.value("tty", "");
    session.peer = line.value("rhost", "");
    session.opened = line.value("opened", std::int64_t{0});
    session.opener_pid = line.value("opener_pid", std::int64_t{0});
    session.init_pid = line.value("init_pid", std::int64_t{0});
    return session;
}

// Empty: root did not write it, or another version of ours did.
std::optional<RunningInstance> read_list(const Layout& layout, std::uint32_t uid) {
    const auto text = read_file(layout.run_dir + "/" + std::to_string(uid) + "/sessions", kMostBytes);
    if (!text) return std::nullopt;
    RunningInstance instance;
    instance.uid = uid;
    bool is_first = true;
    std::istringstream lines(text.value());
    for (std::string line; std::getline(lines, line); is_first = false) {
        const auto parsed = nlohmann::json::parse(line, nullptr, false);
        if (!parsed.is_object()) return std::nullopt;
        if (!is_first) {
            instance.sessions.push_back(session_of(parsed));
            continue;
        }
        instance.account = parsed.value("account", "");
        instance.jail = parsed.value("jail", "");
        instance.generation = parsed.value("generation", std::uint64_t{0});
        instance.init_pid = parsed.value("init_pid", std::int64_t{0});
        instance.lingers = parsed.value("lingers", 0) != 0;
        if (parsed.contains("idle_since")) instance.idle_since = parsed.value("idle_since", std::int64_t{0});
        instance.grace_seconds = parsed.value("grace", std::int64_t{0});
        instance.group = {parsed.value("cgroup", ""), parsed.value("hierarchies", std::uint32_t{0})};
        instance.use = use_of(layout, instance.group.path, instance.group.hierarchies);
    }
    return is_first ? std::nullopt : std::optional(std::move(instance));
}

void note_activity(std::int64_t init, std::int64_t& latest) {
    const std::string terminals = "/proc/" + std::to_string(init) + "/root/dev/pts";
    for (const std::string& name : names_in(terminals)) {
        struct stat status = {};
        if (name == "ptmx" || ::lstat((terminals + "/" + name).c_str(), &status) != 0) continue;
        latest = std::max(
            {latest, static_cast<std::int64_t>(status.st_atime), static_cast<std::int64_t>(status.st_mtime)});
    }
}

}  // namespace

std::vector<RunningInstance> running_instances(const Layout& layout) {
    std::vector<RunningInstance> instances;
    for (const std::string& name : names_in(layout.run_dir)) {
        if (name.find_first_not_of("0123456789") != std::string::npos || name.size() > 10) continue;
        const auto uid = static_cast<std::uint32_t>(std::stoull(name));
        if (!instance_runs(layout, uid)) continue;
        if (auto instance = read_list(layout, uid)) instances.push_back(*std::move(instance));
    }
    std::sort(instances.begin(), instances.end(),
              [](const RunningInstance& a, const RunningInstance& b) { return a.uid < b.uid; });
    return instances;
}

std::optional<std::int64_t> idle_seconds(const RunningInstance& instance) {
    std::int64_t latest = 0;
    note_activity(instance.init_pid, latest);
    for (const RunningSession& session : instance.sessions)
        if (session.init_pid != 0) note_activity(session.init_pid, latest);
    if (latest == 0) return std::nullopt;
    return std::max<std::int64_t>(0, static_cast<std::int64_t>(::time(nullptr)) - latest);
}

}  // namespace jail::provision
