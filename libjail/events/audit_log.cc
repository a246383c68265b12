// SPDX-License-Identifier: Apache-2.0
#include "libjail/events/audit_log.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libjail/base/file_descriptor.h"

namespace jail {
namespace {

constexpr char kFile[] = "/audit.jsonl";

// 0750 root:adm, the group that may read logs in Debian; root's alone where the group does not exist.
Result<> make_directory(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) != 0) {
        if (errno == EEXIST) return success();  // made by another, or as the administrator wants it
        return errno_error("mkdir", path);
    }
    const group* readers = ::getgrnam("adm");
    if (::chown(path.c_str(), 0, readers == nullptr ? 0 : readers->gr_gid) != 0)
        return errno_error("chown", path);
    if (::chmod(path.c_str(), 0750) != 0) return errno_error("chmod", path);
    return success();
}

// A new file is its directory's group's to read. Not by our egid, which is the account's in a setuid
// jailshell.
Result<> admit_readers(int file, const std::string& directory) {
    struct stat status = {};
    if (::stat(directory.c_str(), &status) != 0) return errno_error("stat", directory);
    if (::fchown(file, static_cast<uid_t>(-1), status.st_gid) != 0)
        return errno_error("chown", directory + kFile);
    if (::fchmod(file, 0640) != 0) return errno_error("chmod", directory + kFile);
    return success();
}

struct Log {
    FileDescriptor file;
    off_t size = 0;
};

Result<Log> open_log(const std::string& directory) {
    const std::string path = directory + kFile;
    Log log;
    log.file.reset(::open(
        path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600));
    if (!log.file) return errno_error("open", path);
    struct stat status = {};
    if (::fstat(log.file.get(), &status) != 0) return errno_error("fstat", path);
    if (!S_ISREG(status.st_mode)) return refused(EINVAL, path + " is not a regular file");
    if (status.st_size == 0) JAIL_TRY(admit_readers(log.file.get(), directory));
    log.size = status.st_size;
    return log;
}

// At most one of several writers renames. The lock is a file of root's alone: a reader of the log could hold
// a lock on the log itself for ever. A process that already has the log open writes on in the renamed one.
Result<> rotate(const std::string& directory, off_t cap) {
    const std::string path = directory + kFile, lock_path = directory + "/.rotate";
    const FileDescriptor lock(
        ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600));
    if (!lock) return errno_error("open", lock_path);
    struct stat status = {};
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0 || ::stat(path.c_str(), &status) != 0 ||
        status.st_size < cap)
        return success();  // another is at it, or has just done it
    if (::rename(path.c_str(), (path + ".full").c_str()) != 0) return errno_error("rename", path);
    return success();
}

Result<Log> open_or_make_log(const std::string& directory, off_t cap) {
    auto log = open_log(directory);
    if (!log && log.error().code() == ENOENT) {
        JAIL_TRY(make_directory(directory));
        log = open_log(directory);
    }
    // An account could stop its setuid jailshell (the real uid is the account's) while that holds the lock.
    if (log && log->size >= cap && ::getuid() == 0) {
        JAIL_TRY(rotate(directory, cap));
        log = open_log(directory);
    }
    return log;
}

// A line that a full disk has cut short, unless a line of another's follows already.
void take_back(const FileDescriptor& log, off_t length) {
    struct stat status = {};
    const off_t end = ::lseek(log.get(), 0, SEEK_CUR);
    if (end >= length && ::fstat(log.get(), &status) == 0 && status.st_size == end)
        (void)!::ftruncate(log.get(), end - length);
}

}  // namespace

std::string audit_log_path(const std::string& directory) {
    return directory + kFile;
}

Result<FileDescriptor> open_audit_log(const std::string& directory, off_t cap) {
    return std::move(JAIL_TRY(open_or_make_log(directory, cap)).file);
}

Result<> append_to_audit_log(const Event& event, const FileDescriptor& log) {
    const std::string line = event.json();
    const ssize_t written = ::write(log.get(), line.data(), line.size());
    if (written < 0) return errno_error("append to", kFile + 1);
    if (static_cast<std::size_t>(written) == line.size()) return success();
    take_back(log, written);
    return Error(ENOSPC, "append to", kFile + 1);
}

Result<> append_to_audit_log(const Event& event, const std::string& directory, off_t cap) {
    return append_to_audit_log(event, JAIL_TRY(open_audit_log(directory, cap)));
}

}  // namespace jail
