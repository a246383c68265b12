// SPDX-License-Identifier: Apache-2.0
#include "libjail/session/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jail::run_lock {
namespace {

constexpr char kLock[] = "/lock";

}  // namespace

Result<FileDescriptor> take(const std::string& directory) {
    const std::string path = directory + kLock;
    FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return errno_error("open", path);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return FileDescriptor();
        return errno_error("flock", path);
    }
    struct stat status = {};
    if (::fstat(file.get(), &status) != 0) return errno_error("fstat", path);
    if (status.st_nlink == 0) return FileDescriptor();  // its last owner removed it before it let go
    return file;
}

void remove(const std::string& directory) {
    for (const char* name : {kControl, kTree, kSessions, kInboxSocket, kLogSocket, kMailSocket, kLock})
        (void)::unlink((directory + name).c_str());
    (void)::rmdir(directory.c_str());
    (void)::rmdir(directory.substr(0, directory.rfind('/')).c_str());
}

}  // namespace jail::run_lock
