// SPDX-License-Identifier: Apache-2.0
#include "libjail/events/denial_rate.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <string>

#include "libjail/base/file_descriptor.h"
#include "libjail/policy/paths.h"
#include "libjail/policy/trusted_store.h"

namespace jail {
namespace {

constexpr time_t kMost = 12;
constexpr time_t kSeconds = 60;

}  // namespace

// The file stays empty, since a caller's RLIMIT_FSIZE could forbid writes: its time of modification is the
// minute's begin, and its time of access the number of denials in that minute.
bool may_record_denial(uid_t uid) {
    const std::string directory = std::string(paths::kRunDir) + "/rates";
    (void)::mkdir(paths::kRunDir, 0700);
    (void)::mkdir(directory.c_str(), 0700);
    if (!open_trusted_directory(directory)) return false;
    const std::string path = directory + "/" + std::to_string(uid) + ".denials";
    const FileDescriptor file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
    struct stat status = {};
    timespec now = {};
    if (!file || ::fstat(file.get(), &status) != 0 || ::clock_gettime(CLOCK_REALTIME, &now) != 0)
        return false;
    const bool is_new = status.st_atim.tv_sec > kMost;
    const bool over = now.tv_sec - status.st_mtime >= kSeconds || now.tv_sec < status.st_mtime;
    const time_t count = is_new || over ? 0 : status.st_atim.tv_sec;
    if (count >= kMost) return false;
    const timespec times[] = {{count + 1, 0}, count == 0 ? now : status.st_mtim};
    return ::futimens(file.get(), times) == 0;
}

}  // namespace jail
