// SPDX-License-Identifier: Apache-2.0
#include "pam_jail/job_files.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "libjail/base/directory.h"
#include "libjail/confine/new_mount.h"

namespace jail::pam_jail {
namespace {

struct JobFile {
    int fd = -1;
    int flags = 0;             // of the open file: fcntl(2), F_GETFL
    int descriptor_flags = 0;  // F_GETFD
    off_t size = 0;
};

Result<bool> is_job_file(int fd, uid_t account, JobFile& file) {
    struct stat status = {};
    if (fd < 3) return false;
    if (::fstat(fd, &status) != 0) {
        if (errno == EBADF) return false;  // the one by which the list was read
        return errno_error("fstat", "descriptor " + std::to_string(fd));
    }
    if (!S_ISREG(status.st_mode)) return false;
    file = {fd, ::fcntl(fd, F_GETFL), ::fcntl(fd, F_GETFD), status.st_size};
    if ((file.flags & O_PATH) != 0) return false;
    // A descriptor that execve(2) closes belongs to the application: sudo's logs of a session.
    if ((file.descriptor_flags & FD_CLOEXEC) != 0) return false;
    const int mode = file.flags & O_ACCMODE;
    if (mode == O_WRONLY && (file.flags & O_APPEND) != 0) return false;
    return mode != O_RDONLY || status.st_uid == account;
}

Result<std::vector<JobFile>> find_job_files(uid_t account) {
    const FileDescriptor directory(::open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return errno_error("open", "/proc/self/fd");
    std::vector<JobFile> files;
    JobFile file;
    for (const directory::Entry& entry : JAIL_TRY(directory::list(directory.get(), "/proc/self/fd")))
        if (JAIL_TRY(is_job_file(std::atoi(entry.name.c_str()), account, file))) files.push_back(file);
    return files;
}

// By offset, so that the position of the application's file, which it may share with others, stays. A file
// that is open for writing alone cannot be read: its copy begins empty, with the same size.
Result<> copy_content(const JobFile& from, int to) {
    if (::ftruncate(to, from.size) != 0) return errno_error("ftruncate", "the copy of a job's file");
    if ((from.flags & O_ACCMODE) == O_WRONLY) return success();
    for (off_t offset = 0; offset < from.size;) {
        const auto rest = static_cast<std::size_t>(from.size - offset);
        const ssize_t count = ::sendfile(to, from.fd, &offset, rest);
        if (count < 0) return errno_error("copy", "a job's file");
        if (count == 0) break;
    }
    return success();
}

Result<> replace(const JobFile& file, int scratch) {
    const std::string name = "descriptor " + std::to_string(file.fd);
    if (file.size > static_cast<off_t>(kMostJobBytes)) return Error(EFBIG, "copy the file of", name);
    const FileDescriptor copy(::openat(scratch, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!copy) return errno_error("open a temporary file for", name);
    JAIL_TRY(copy_content(file, copy.get()));
    const off_t position = ::lseek(file.fd, 0, SEEK_CUR);
    if (position < 0 || ::lseek(copy.get(), position, SEEK_SET) < 0) return errno_error("lseek", name);
    // Not before: sendfile(2) writes to no file that is open for appending.
    if (::fcntl(copy.get(), F_SETFL, file.flags & O_APPEND) != 0) return errno_error("fcntl", name);
    if (::dup3(copy.get(), file.fd, 0) < 0) return errno_error("dup3", name);
    return success();
}

}  // namespace

Result<> replace_job_files(uid_t account) {
    const std::vector<JobFile> files = JAIL_TRY(find_job_files(account));
    if (files.empty()) return success();
    const FileDescriptor scratch = JAIL_TRY(mount::create(
        "tmpfs", {{"size", std::to_string(kMostJobBytes)}, {"nr_inodes", "64"}, {"mode", "0700"}},
        mount::kData));
    for (const JobFile& file : files) JAIL_TRY(replace(file, scratch.get()));
    return success();
}

}  // namespace jail::pam_jail
