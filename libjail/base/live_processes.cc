// SPDX-License-Identifier: Apache-2.0
#include "libjail/base/live_processes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "libjail/base/directory.h"
#include "libjail/base/files.h"

namespace jail {
namespace {

// The state is the letter after the name, which ends with the last bracket; field 20 is the number of
// threads, of which others may run when the first one has ended (proc_pid_stat(5)). A process that is gone by
// now is as good as a zombie.
bool is_zombie(int proc, const std::string& pid) {
    const auto read = read_small_file(proc, pid + "/stat");
    if (!read) return read.error().code() == ENOENT || read.error().code() == ESRCH;
    const std::string_view stat = read.value();
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string_view::npos) return false;
    char state = 0;
    long threads = 0;
    const std::string fields(stat.substr(name_end + 1));
    constexpr char kFormat[] = " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %ld";
    if (std::sscanf(fields.c_str(), kFormat, &state, &threads) != 2) return false;
    return (state == 'Z' || state == 'X') && threads <= 1;
}

bool is_in(int proc, const std::string& pid, ino_t pid_namespace) {
    struct stat status = {};
    if (::fstatat(proc, (pid + "/ns/pid").c_str(), &status, 0) != 0) return errno != ENOENT && errno != ESRCH;
    return status.st_ino == pid_namespace;
}

}  // namespace

Result<ino_t> pid_namespace_of(pid_t pid) {
    const std::string path = "/proc/" + std::to_string(pid) + "/ns/pid";
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0) return errno_error("stat", path);
    return status.st_ino;
}

bool has_live_process(pid_t self, ino_t pid_namespace) {
    const FileDescriptor proc(::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const auto entries = proc ? directory::list(proc.get(), "/proc")
                              : Result<std::vector<directory::Entry>>(errno_error("open", "/proc"));
    if (!entries) return true;
    for (const directory::Entry& entry : entries.value()) {
        if (entry.name[0] < '1' || entry.name[0] > '9') continue;
        if (std::strtol(entry.name.c_str(), nullptr, 10) == self || is_zombie(proc.get(), entry.name))
            continue;
        if (pid_namespace == 0 || is_in(proc.get(), entry.name, pid_namespace)) return true;
    }
    return false;
}

}  // namespace jail
