// SPDX-License-Identifier: Apache-2.0
#include "supervisor/recorder/accounting.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <lastlog.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <utmpx.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "libjail/base/clock.h"
#include "libjail/base/file_descriptor.h"
#include "supervisor/reports/terminal_line.h"

namespace jail::supervisor::accounting {
namespace {

constexpr int kLockAttempts = 50;  // of 5 ms

// The records' texts are padded with zeros, and not terminated where they fill their field. No byte of a
// peer's name may be a control character: who(1) prints what it finds.
template <std::size_t N>
void copy_text(char (&field)[N], std::string_view text) {
    std::fill(std::begin(field), std::end(field), '\0');
    std::transform(text.begin(), text.begin() + static_cast<long>(std::min(text.size(), N)), field,
                   [](char c) { return c >= 0x20 && c < 0x7f ? c : '?'; });
}

bool is_file(const FileDescriptor& file) {
    struct stat status = {};
    return file && ::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode);
}

// The lock that libc's own functions take as well. They would wait ten seconds for it.
class Lock {
public:
    static Result<Lock> take(const FileDescriptor& file, const char* name) {
        struct flock whole = {};
        whole.l_type = F_WRLCK;
        for (int attempt = 0; attempt < kLockAttempts; ++attempt) {
            if (::fcntl(file.get(), F_SETLK, &whole) == 0) return Lock(file.get());
            if (errno != EAGAIN && errno != EACCES) return errno_error("lock", name);
            pause_for(5ms);
        }
        return Error(ETIMEDOUT, "lock", name);
    }
    Lock(Lock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
    Lock& operator=(Lock&&) = delete;
    ~Lock() {
        struct flock none = {};
        none.l_type = F_UNLCK;
        if (file_ >= 0) (void)::fcntl(file_, F_SETLK, &none);
    }

private:
    explicit Lock(int file) : file_(file) {}
    int file_;
};

utmpx make_entry(const Login& login, short type) {
    utmpx entry = {};
    timeval now = {};
    (void)::gettimeofday(&now, nullptr);
    entry.ut_type = type;
    entry.ut_pid = login.pid;
    entry.ut_tv.tv_sec = static_cast<decltype(entry.ut_tv.tv_sec)>(now.tv_sec);
    entry.ut_tv.tv_usec = static_cast<decltype(entry.ut_tv.tv_usec)>(now.tv_usec);
    copy_text(entry.ut_line, login.line);
    if (type != USER_PROCESS) return entry;
    copy_text(entry.ut_user, login.account);
    copy_text(entry.ut_host, login.host);
    if (::inet_pton(AF_INET, login.host.c_str(), &entry.ut_addr_v6[0]) != 1)
        (void)::inet_pton(AF_INET6, login.host.c_str(), &entry.ut_addr_v6);  // a name: no address
    return entry;
}

std::string_view line_of(const utmpx& entry) {
    return {entry.ut_line, ::strnlen(entry.ut_line, sizeof entry.ut_line)};
}

// The entry at this place; false at the end of the file, half an entry does not count.
bool read_entry(const FileDescriptor& file, off_t index, utmpx& entry) {
    constexpr off_t kSize = sizeof(utmpx);
    return ::pread(file.get(), &entry, sizeof entry, index * kSize) == kSize;
}

Result<> write_entry(const FileDescriptor& file, off_t index, const utmpx& entry) {
    constexpr off_t kSize = sizeof(utmpx);
    const ssize_t written = ::pwrite(file.get(), &entry, sizeof entry, index * kSize);
    if (written < 0) return errno_error("write", "utmp");
    return written == kSize ? success() : Result<>(Error(ENOSPC, "write", "utmp"));
}

// A line has one entry, which is the next login's on it. Four characters of ut_id cannot tell all terminals
// of all jails apart: ours have none. A terminal of the host's has what its getty or login(1) gave it.
Result<> put(const Login& login, short type, const FileDescriptor& file) {
    if (!is_file(file)) return success();
    const Lock held = JAIL_TRY(Lock::take(file, "utmp"));
    utmpx entry = make_entry(login, type), present = {};
    off_t index = 0;
    while (read_entry(file, index, present) && line_of(present) != line_of(entry)) ++index;
    const bool is_found = line_of(present) == line_of(entry);
    if (login.line.find('@') != std::string::npos) return write_entry(file, index, entry);
    if (is_found)
        std::memcpy(entry.ut_id, present.ut_id, sizeof entry.ut_id);
    else
        copy_text(entry.ut_id, line_of(entry).substr(std::min<std::size_t>(3, line_of(entry).size())));
    return write_entry(file, index, entry);
}

Result<> append(const Login& login, short type, const FileDescriptor& file) {
    if (!is_file(file)) return success();
    const Lock held = JAIL_TRY(Lock::take(file, "wtmp"));
    const utmpx entry = make_entry(login, type);
    const off_t end = ::lseek(file.get(), 0, SEEK_END);
    const ssize_t written = ::write(file.get(), &entry, sizeof entry);
    if (written < 0) return errno_error("append to", "wtmp");
    if (written == static_cast<ssize_t>(sizeof entry)) return success();
    (void)!::ftruncate(file.get(), end);  // half of one would make those after it unreadable
    return Error(ENOSPC, "append to", "wtmp");
}

Result<std::vector<Login>> find_stale(uid_t uid, const FileDescriptor& file) {
    std::vector<Login> stale;
    if (!is_file(file)) return stale;
    const Lock held = JAIL_TRY(Lock::take(file, "utmp"));
    utmpx entry = {};
    for (off_t index = 0; read_entry(file, index, entry); ++index) {
        const std::string_view owner = owner_of(line_of(entry));
        if (entry.ut_type != USER_PROCESS || owner.empty()) continue;
        if (owner == std::to_string(uid) || (::kill(entry.ut_pid, 0) != 0 && errno == ESRCH))
            stale.push_back({std::string(line_of(entry)), "", 0, "", entry.ut_pid});
    }
    return stale;
}

}  // namespace

Result<> write_utmp_login(const Login& login, const Files& files) {
    return put(login, USER_PROCESS, files.utmp);
}

Result<> write_utmp_logout(const Login& login, const Files& files) {
    return put(login, DEAD_PROCESS, files.utmp);
}

Result<> append_wtmp_login(const Login& login, const Files& files) {
    return append(login, USER_PROCESS, files.wtmp);
}

Result<> append_wtmp_logout(const Login& login, const Files& files) {
    return append(login, DEAD_PROCESS, files.wtmp);
}

Result<> write_lastlog(const Login& login, const Files& files) {
    if (!is_file(files.lastlog)) return success();
    lastlog entry = {};
    entry.ll_time = static_cast<decltype(entry.ll_time)>(::time(nullptr));
    copy_text(entry.ll_line, login.line);
    copy_text(entry.ll_host, login.host);
    const off_t place = static_cast<off_t>(login.uid) * static_cast<off_t>(sizeof entry);
    if (::pwrite(files.lastlog.get(), &entry, sizeof entry, place) != static_cast<ssize_t>(sizeof entry))
        return errno_error("write", "lastlog");
    return success();
}

Result<> clear_stale(uid_t uid, const Files& files) {
    for (const Login& login : JAIL_TRY(find_stale(uid, files.utmp))) {
        JAIL_TRY(write_utmp_logout(login, files));
        JAIL_TRY(append_wtmp_logout(login, files));
    }
    return success();
}

}  // namespace jail::supervisor::accounting
