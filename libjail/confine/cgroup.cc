// SPDX-License-Identifier: Apache-2.0
#include "libjail/confine/cgroup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "libjail/base/files.h"
#include "libjail/confine/cgroup_files.h"

namespace jail {
namespace cgroup_files {
namespace {

bool is_mounted(const std::string& path, unsigned long magic) {
    struct statfs status = {};
    if (::statfs(path.c_str(), &status) == 0) return static_cast<unsigned long>(status.f_type) == magic;
    // An unclear answer counts as true: then the limit is tried and fails, instead of being left out.
    return errno != ENOENT && errno != ENOTDIR;
}

}  // namespace

bool exists(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

bool unified(const std::string& root) {
    return is_mounted(root, CGROUP2_SUPER_MAGIC);
}

bool has_legacy(const std::string& root, std::uint32_t hierarchy) {
    return is_mounted(root + kHierarchies[hierarchy], CGROUP_SUPER_MAGIC);
}

bool has_unified(const std::string& root, const std::string& controller) {
    const auto offered = read_value(root + "/cgroup.controllers");
    return offered && (" " + offered.value() + " ").find(" " + controller + " ") != std::string::npos;
}

// Of cgroup.procs: of some hundred thousand processes.
constexpr std::size_t kMostBytes = 4u << 20;

Result<std::string> read_value(const std::string& path) {
    std::string value = JAIL_TRY(read_small_file(path, kMostBytes));
    while (!value.empty() && value.back() == '\n') value.pop_back();
    return value;
}

Result<> write_value(const std::string& path, const std::string& value) {
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file) return errno_error("open", path);
    if (::write(file.get(), value.data(), value.size()) != static_cast<ssize_t>(value.size()))
        return errno_error("write " + value + " to", path);
    return success();
}

}  // namespace cgroup_files

using namespace cgroup_files;

namespace {

// Each thread is a directory of its own there: the link count is that of the directory and its two dots.
bool has_one_thread() {
    struct stat status = {};
    return ::stat("/proc/self/task", &status) == 0 && status.st_nlink == 3;
}

bool is_scope(const std::string& path) {
    return path.rfind("/jail.slice/jail-", 0) == 0;
}

}  // namespace

Result<Cgroup> Cgroup::at(const Place& place, const std::string& root) {
    const bool ours = place.path.rfind(std::string(kParent) + "/", 0) == 0 || is_scope(place.path);
    if (!ours || !valid_absolute_path(place.path) || place.hierarchies >> kHierarchyCount != 0)
        return Error(EBADMSG, "find control group", place.path);
    return Cgroup(place, root);
}

std::vector<std::string> Cgroup::directories() const {
    std::vector<std::string> directories;
    for (std::uint32_t i = 0; i < kHierarchyCount; ++i)
        if ((place_.hierarchies & 1u << i) != 0) directories.push_back(root_ + kHierarchies[i] + place_.path);
    return directories;
}

Result<FileDescriptor> Cgroup::unified() const {
    if ((place_.hierarchies & 1u << kUnified) == 0) return FileDescriptor();
    const std::string path = root_ + kHierarchies[kUnified] + place_.path;
    FileDescriptor directory(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return errno_error("open", path);
    return directory;
}

Result<> Cgroup::join() const {
    return join(JAIL_TRY(entrances()));
}

// v1's `tasks` moves the one thread that writes to it, without the lock over all forks of the host that
// `cgroup.procs` takes, and waits for (an RCU grace period: some 10 ms).
Result<std::vector<FileDescriptor>> Cgroup::entrances() const {
    const bool one_thread = has_one_thread();
    std::vector<FileDescriptor> entrances;
    for (const std::string& directory : directories()) {
        std::string path = directory + "/tasks";
        FileDescriptor file(one_thread ? ::open(path.c_str(), O_WRONLY | O_CLOEXEC) : -1);
        if (!file) {
            path = directory + "/cgroup.procs";
            file.reset(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
        }
        if (!file) return errno_error("open", path);
        entrances.push_back(std::move(file));
    }
    return entrances;
}

Result<> Cgroup::join(const std::vector<FileDescriptor>& entrances) {
    for (const FileDescriptor& entrance : entrances)  // 0: the writing process (cgroups(7))
        if (::write(entrance.get(), "0", 1) != 1) return errno_error("join", "the jail's control group");
    return success();
}

Result<std::uint64_t> Cgroup::processes() const {
    const auto all = directories();
    if (all.empty()) return Error(ENOENT, "count processes of", place_.path);
    const std::string pids = JAIL_TRY(read_value(all.front() + "/cgroup.procs"));
    return pids.empty() ? 0 : static_cast<std::uint64_t>(std::count(pids.begin(), pids.end(), '\n')) + 1;
}

Result<std::vector<pid_t>> Cgroup::members() const {
    const auto all = directories();
    if (all.empty()) return Error(ENOENT, "list processes of", place_.path);
    const std::string text = JAIL_TRY(read_value(all.front() + "/cgroup.procs"));
    std::vector<pid_t> pids;
    const char* at = text.c_str();
    for (char* end = nullptr; *at != '\0'; at = end) {
        pids.push_back(static_cast<pid_t>(std::strtol(at, &end, 10)));
        if (end == at) return Error(EBADMSG, "list processes of", place_.path);
        while (*end == '\n') ++end;
    }
    return pids;
}

Result<std::uint64_t> Cgroup::tasks_left() const {
    for (const std::string& directory : directories()) {
        if (!exists(directory + "/pids.max")) continue;
        const std::string most = JAIL_TRY(read_value(directory + "/pids.max"));
        if (most == "max") break;
        const std::string now = JAIL_TRY(read_value(directory + "/pids.current"));
        const std::uint64_t limit = std::strtoull(most.c_str(), nullptr, 10);
        return limit - std::min<std::uint64_t>(limit, std::strtoull(now.c_str(), nullptr, 10));
    }
    return UINT64_MAX;
}

Result<> Cgroup::leave_session(const std::string& root) {
    const std::string places = "\n" + JAIL_TRY(read_value("/proc/self/cgroup")) + "\n";
    // v2, or the unified hierarchy beside v1 ("hybrid"), or v1's own name=systemd; and the line of
    // /proc/self/cgroup for a process at its top (cgroups(7)).
    constexpr const char* kHierarchyAndTop[][2] = {
        {"", "\n0::/\n"}, {"/unified", "\n0::/\n"}, {"/systemd", ":name=systemd:/\n"}};
    for (const auto& [hierarchy, top] : kHierarchyAndTop) {
        const std::string file = root + hierarchy + "/cgroup.procs";
        if (!exists(file) || places.find(top) != std::string::npos) continue;
        const auto moved = write_value(file, "0");
        // EBUSY: the top of a container's hierarchy that hands controllers on holds no processes; such a
        // container does not have systemd sessions to leave either.
        if (!moved && moved.error().code() != EBUSY) return moved.error();
    }
    return success();
}

Result<> Cgroup::remove() const {
    if (is_scope(place_.path)) {  // systemd's: it removes an empty one
        const auto left = processes();
        return left && left.value() != 0 ? Error(EBUSY, "wait for the end of", place_.path) : success();
    }
    for (const std::string& directory : directories()) {
        if (::rmdir(directory.c_str()) != 0 && errno != ENOENT) return errno_error("rmdir", directory);
        (void)::rmdir(directory.substr(0, directory.rfind('/')).c_str());  // the parent, if we were the last
    }
    return success();
}

}  // namespace jail
