// SPDX-License-Identifier: Apache-2.0
// Loaded into jail-provision by LD_PRELOAD: counts its calls that change something on disk, and makes one of
// them fail.
//
//   FAULT_AT=N        the call that is hit, counted from 1
//   FAULT_DO=before   SIGKILL instead of it;  after: SIGKILL when it has returned
//            short    a write of one byte only
//            NUMBER   this errno, without the call
//   FAULT_LASTING=1   ... and so fails every later call that needs space (with a number only)
//   FAULT_LOG=FILE    a line "number name path" a call, with " inode N" where the call has a descriptor, and
//                     "hit ..." for the one that was hit
//
// Children of the process are started with an environment of their own and see none of this. The calls are
// made directly, without a symbol lookup and without a sanitizer's own wrappers.
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

namespace {

struct Settings {
    long at = 0, code = 0;
    const char* what = "";
    const char* log = nullptr;
    bool lasting = false;
    Settings() {
        if (const char* text = std::getenv("FAULT_AT")) at = std::atol(text);
        if (const char* text = std::getenv("FAULT_DO")) what = text;
        log = std::getenv("FAULT_LOG");
        lasting = std::getenv("FAULT_LASTING") != nullptr;
        code = std::atol(what);
    }
};

long counted = 0;

void note(const char* prefix, const char* name, const char* path, int of = -1) {
    const Settings settings;
    if (!settings.log) return;
    char line[2 * PATH_MAX];
    struct stat status = {};
    char inode[32] = "";
    if (of >= 0 && ::syscall(SYS_fstat, of, &status) == 0)
        (void)std::snprintf(inode, sizeof inode, " inode %lu", static_cast<unsigned long>(status.st_ino));
    const int length =
        std::snprintf(line, sizeof line, "%s%ld %s %s%s\n", prefix, counted, name, path, inode);
    const long fd = ::syscall(SYS_openat, AT_FDCWD, settings.log,
                              O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_LARGEFILE, 0600);
    if (fd < 0) return;
    (void)!::syscall(SYS_write, fd, line, length);
    (void)::syscall(SYS_close, fd);
}

const char* path_of(int fd, char (&path)[PATH_MAX]) {
    char link[64];
    (void)std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = ::readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = '\0';
    return path;
}

[[noreturn]] void die() {
    (void)::syscall(SYS_kill, ::getpid(), SIGKILL);
    for (;;) (void)::pause();
}

// Needs space on the disk: what a full one goes on refusing.
bool grows(const char* name) {
    for (const char* one : {"create", "write", "link", "symlink", "mkdir", "clone"})
        if (std::strcmp(one, name) == 0) return true;
    return false;
}

// One call that changes the disk. `real` does it and answers as syscall(2).
template <class Call>
long change(const char* name, const char* path, Call real, int of = -1) {
    if (std::strncmp(path, "/memfd:", 7) == 0) return real();  // memory
    const int before = errno;
    ++counted;
    const Settings settings;
    note("", name, path, of);
    const bool hit = counted == settings.at;
    const bool later = settings.lasting && settings.at > 0 && counted > settings.at && grows(name);
    if (hit) note("hit ", name, path);
    if (hit && std::strcmp(settings.what, "before") == 0) die();
    if ((hit || later) && settings.code > 0) {
        errno = static_cast<int>(settings.code);
        return -1;
    }
    errno = before;
    const long result = real();
    if (hit && std::strcmp(settings.what, "after") == 0) die();
    return result;
}

bool is_hit_short() {
    const Settings settings;
    return counted + 1 == settings.at && std::strcmp(settings.what, "short") == 0;
}

int open_file(int directory, const char* path, int flags, mode_t mode) {
    const auto real = [&] { return ::syscall(SYS_openat, directory, path, flags, mode); };
    const bool changes = (flags & (O_CREAT | O_TRUNC)) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
    if (!changes) return static_cast<int>(real());
    return static_cast<int>(change("create", path, real));
}

}  // namespace

#define EXPORTED extern "C" __attribute__((visibility("default")))
#define OPEN_MODE(flags)                                         \
    mode_t mode = 0;                                             \
    if (((flags)&O_CREAT) || ((flags)&O_TMPFILE) == O_TMPFILE) { \
        va_list more;                                            \
        va_start(more, flags);                                   \
        mode = va_arg(more, mode_t);                             \
        va_end(more);                                            \
    }

EXPORTED int open(const char* path, int flags, ...) {
    OPEN_MODE(flags)
    return open_file(AT_FDCWD, path, flags, mode);
}
EXPORTED int open64(const char* path, int flags, ...) {
    OPEN_MODE(flags)
    return open_file(AT_FDCWD, path, flags, mode);
}
EXPORTED int openat(int directory, const char* path, int flags, ...) {
    OPEN_MODE(flags)
    return open_file(directory, path, flags, mode);
}
EXPORTED int openat64(int directory, const char* path, int flags, ...) {
    OPEN_MODE(flags)
    return open_file(directory, path, flags, mode);
}

EXPORTED ssize_t write(int fd, const void* bytes, size_t count) {
    if (fd <= STDERR_FILENO) return ::syscall(SYS_write, fd, bytes, count);
    char path[PATH_MAX];
    if (is_hit_short() && count > 1) count = 1;
    return change(
        "write", path_of(fd, path), [&] { return ::syscall(SYS_write, fd, bytes, count); }, fd);
}
EXPORTED ssize_t pwrite(int fd, const void* bytes, size_t count, off_t offset) {
    char path[PATH_MAX];
    return change(
        "write", path_of(fd, path), [&] { return ::syscall(SYS_pwrite64, fd, bytes, count, offset); }, fd);
}
EXPORTED ssize_t pwrite64(int fd, const void* bytes, size_t count, off_t offset) {
    return pwrite(fd, bytes, count, offset);
}

EXPORTED int renameat2(int from_at, const char* from, int to_at, const char* to, unsigned flags) noexcept {
    return static_cast<int>(
        change("rename", to, [&] { return ::syscall(SYS_renameat2, from_at, from, to_at, to, flags); }));
}
EXPORTED int renameat(int from_at, const char* from, int to_at, const char* to) noexcept {
    return renameat2(from_at, from, to_at, to, 0);
}
EXPORTED int rename(const char* from, const char* to) noexcept {
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}
EXPORTED int linkat(int from_at, const char* from, int to_at, const char* to, int flags) noexcept {
    return static_cast<int>(
        change("link", to, [&] { return ::syscall(SYS_linkat, from_at, from, to_at, to, flags); }));
}
EXPORTED int link(const char* from, const char* to) noexcept {
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}
EXPORTED int symlinkat(const char* target, int at, const char* path) noexcept {
    return static_cast<int>(
        change("symlink", path, [&] { return ::syscall(SYS_symlinkat, target, at, path); }));
}
EXPORTED int symlink(const char* target, const char* path) noexcept {
    return symlinkat(target, AT_FDCWD, path);
}
EXPORTED int unlinkat(int at, const char* path, int flags) noexcept {
    return static_cast<int>(change("unlink", path, [&] { return ::syscall(SYS_unlinkat, at, path, flags); }));
}
EXPORTED int unlink(const char* path) noexcept {
    return unlinkat(AT_FDCWD, path, 0);
}
EXPORTED int rmdir(const char* path) noexcept {
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}
EXPORTED int mkdirat(int at, const char* path, mode_t mode) noexcept {
    return static_cast<int>(change("mkdir", path, [&] { return ::syscall(SYS_mkdirat, at, path, mode); }));
}
EXPORTED int mkdir(const char* path, mode_t mode) noexcept {
    return mkdirat(AT_FDCWD, path, mode);
}

EXPORTED int fchmod(int fd, mode_t mode) noexcept {
    char path[PATH_MAX];
    return static_cast<int>(
        change("chmod", path_of(fd, path), [&] { return ::syscall(SYS_fchmod, fd, mode); }));
}
EXPORTED int chmod(const char* path, mode_t mode) noexcept {
    return static_cast<int>(
        change("chmod", path, [&] { return ::syscall(SYS_fchmodat, AT_FDCWD, path, mode); }));
}
EXPORTED int fchown(int fd, uid_t uid, gid_t gid) noexcept {
    char path[PATH_MAX];
    return static_cast<int>(
        change("chown", path_of(fd, path), [&] { return ::syscall(SYS_fchown, fd, uid, gid); }));
}
EXPORTED int futimens(int fd, const timespec times[2]) noexcept {
    char path[PATH_MAX];
    return static_cast<int>(change("set-time", path_of(fd, path),
                                   [&] { return ::syscall(SYS_utimensat, fd, nullptr, times, 0); }));
}
EXPORTED int fsetxattr(int fd, const char* name, const void* value, size_t size, int flags) noexcept {
    char path[PATH_MAX];
    return static_cast<int>(change("set-attribute", path_of(fd, path),
                                   [&] { return ::syscall(SYS_fsetxattr, fd, name, value, size, flags); }));
}

EXPORTED int fsync(int fd) {
    char path[PATH_MAX];
    return static_cast<int>(change(
        "fsync", path_of(fd, path), [&] { return ::syscall(SYS_fsync, fd); }, fd));
}
EXPORTED int syncfs(int fd) noexcept {
    char path[PATH_MAX];
    return static_cast<int>(change("syncfs", path_of(fd, path), [&] { return ::syscall(SYS_syncfs, fd); }));
}
EXPORTED int sync_file_range(int fd, off64_t from, off64_t count, unsigned flags) {
    char path[PATH_MAX];
    return static_cast<int>(change("start-writing", path_of(fd, path),
                                   [&] { return ::syscall(SYS_sync_file_range, fd, from, count, flags); }));
}
EXPORTED int flock(int fd, int operation) noexcept {
    char path[PATH_MAX];
    return static_cast<int>(
        change("lock", path_of(fd, path), [&] { return ::syscall(SYS_flock, fd, operation); }));
}
EXPORTED int ioctl(int fd, unsigned long request, ...) noexcept {
    va_list more;
    va_start(more, request);
    const unsigned long argument = va_arg(more, unsigned long);
    va_end(more);
    const auto real = [&] { return ::syscall(SYS_ioctl, fd, request, argument); };
    if (request != FICLONE) return static_cast<int>(real());
    char path[PATH_MAX];
    return static_cast<int>(change("clone", path_of(fd, path), real, fd));
}
