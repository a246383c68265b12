#include "libjail/cgroup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "libjail/file_descriptor.h"

namespace jail {
namespace {

constexpr char kParent[] = "/jail";

Result<> write_value(const std::string& path, const std::string& value) {
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file) return errno_error("open", path);
    if (::write(file.get(), value.data(), value.size()) != static_cast<ssize_t>(value.size()))
        return errno_error("write " + value + " to", path);
    return success();
}

// <hierarchy>/jail/<uid>. Another supervisor may take away the common parent, when it was the last, between
// our two calls; then once more.
Result<std::string> make_group(const std::string& hierarchy, const std::string& name) {
    const std::string parent = hierarchy + kParent;
    const std::string group = parent + name;
    (void)::rmdir(
        group.c_str());  // what a killed supervisor left, with its limits; still in use is fine: taken over
    for (int attempt = 0; attempt < 100; ++attempt) {
        if (::mkdir(parent.c_str(), 0755) != 0 && errno != EEXIST) return errno_error("mkdir", parent);
        if (::mkdir(group.c_str(), 0755) == 0 || errno == EEXIST) return group;
        if (errno != ENOENT) break;
    }
    return errno_error("mkdir", group);
}

bool is_mounted(const std::string& path, unsigned long magic) {
    struct statfs status = {};
    return ::statfs(path.c_str(), &status) == 0 && static_cast<unsigned long>(status.f_type) == magic;
}

std::string limit_value(std::uint64_t limit, const char* unlimited) {
    return limit == 0 ? unlimited : std::to_string(limit);
}

bool exists(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0;
}

// v2: a controller works in a group when every parent passes it on.
Result<std::vector<std::string>> create_unified(const std::string& root, const std::string& name,
                                                const Limits& limits) {
    const std::string group = JAIL_TRY(make_group(root, name));
    if (limits.memory_bytes != 0 || limits.tasks != 0) {
        JAIL_TRY(write_value(root + "/cgroup.subtree_control", "+memory +pids"));
        JAIL_TRY(write_value(root + kParent + "/cgroup.subtree_control", "+memory +pids"));
    }
    const std::string swap =
        limits.memory_bytes == 0 ? "max" : "0";  // else the limit only moves pages to swap
    if (limits.memory_bytes != 0 || exists(group + "/memory.max"))
        JAIL_TRY(write_value(group + "/memory.max", limit_value(limits.memory_bytes, "max")));
    if (exists(group + "/memory.swap.max")) JAIL_TRY(write_value(group + "/memory.swap.max", swap));
    if (limits.tasks != 0 || exists(group + "/pids.max"))
        JAIL_TRY(write_value(group + "/pids.max", limit_value(limits.tasks, "max")));
    return std::vector{group};
}

// v1: one directory a hierarchy. -1 and "max" lift what a predecessor's group may have had.
Result<std::vector<std::string>> create_legacy(const std::string& root, const std::string& name,
                                               const Limits& limits) {
    struct Controller {
        const char* name;
        const char* file;
        std::uint64_t limit;
        const char* unlimited;
    };
    const Controller controllers[] = {{"/memory", "/memory.limit_in_bytes", limits.memory_bytes, "-1"},
                                      {"/pids", "/pids.max", limits.tasks, "max"}};
    std::vector<std::string> groups;
    for (const Controller& controller : controllers) {
        const std::string hierarchy = root + controller.name;
        if (!is_mounted(hierarchy, CGROUP_SUPER_MAGIC)) {
            if (controller.limit == 0) continue;
            return Error(ENOTSUP, "limit by cgroup", hierarchy);
        }
        const std::string group = JAIL_TRY(make_group(hierarchy, name));
        JAIL_TRY(write_value(group + controller.file, limit_value(controller.limit, controller.unlimited)));
        groups.push_back(group);
    }
    return groups;
}

}  // namespace

Result<Cgroup> Cgroup::create(uid_t uid, const Limits& limits, const std::string& root) {
    const std::string name = "/" + std::to_string(uid);
    if (is_mounted(root, CGROUP2_SUPER_MAGIC)) return Cgroup(JAIL_TRY(create_unified(root, name, limits)));
    return Cgroup(JAIL_TRY(create_legacy(root, name, limits)));
}

Result<> Cgroup::add(pid_t pid) const {
    for (const std::string& directory : directories_)
        JAIL_TRY(write_value(directory + "/cgroup.procs", std::to_string(pid)));
    return success();
}

Result<> Cgroup::join(uid_t uid, const std::string& root) {
    const std::string group = kParent + ("/" + std::to_string(uid));
    std::vector<std::string> directories;
    if (is_mounted(root, CGROUP2_SUPER_MAGIC)) {
        directories = {root + group};
    } else {
        for (const char* controller : {"/memory", "/pids"})
            if (is_mounted(root + controller, CGROUP_SUPER_MAGIC))
                directories.push_back(root + controller + group);
    }
    return Cgroup(std::move(directories)).add(0);  // 0: whoever writes (cgroups(7))
}

Result<> Cgroup::leave_session(const std::string& root) {
    // v2, or the unified hierarchy beside v1 ("hybrid"), or v1's own name=systemd.
    for (const char* hierarchy : {"", "/unified", "/systemd"}) {
        const std::string file = root + hierarchy + "/cgroup.procs";
        if (!exists(file)) continue;
        const auto moved = write_value(file, "0");
        // EBUSY: the top of a container's hierarchy that hands controllers on holds no processes; there is no
        // systemd session to leave there either.
        if (!moved && moved.error().code() != EBUSY) return moved.error();
    }
    return success();
}

Result<> Cgroup::remove() const {
    for (const std::string& directory : directories_) {
        if (::rmdir(directory.c_str()) != 0 && errno != ENOENT) return errno_error("rmdir", directory);
        (void)::rmdir(directory.substr(0, directory.rfind('/')).c_str());  // the parent, if we were the last
    }
    return success();
}

}  // namespace jail
