#include "supervisor/records/accounting.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <lastlog.h>
#include <paths.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <utmpx.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "libjail/base/clock.h"
#include "libjail/base/file_descriptor.h"

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

// The lock that libc's own functions take as well. They would wait ten seconds for it, and with them every
// login of the account. (pututxline(3) opens the file anew, which loses our lock, and takes its own: who
// waits for just that moment can still have those ten seconds.) Empty: no such file.
Result<FileDescriptor> lock(const std::string& path) {
    FileDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!file && errno == ENOENT) return FileDescriptor();
    if (!file) return errno_error("open", path);
    struct flock whole = {};
    whole.l_type = F_WRLCK;
    for (int attempt = 0; attempt < kLockAttempts; ++attempt) {
        if (::fcntl(file.get(), F_SETLK, &whole) == 0) return file;
        if (errno != EAGAIN && errno != EACCES) return errno_error("lock", path);
        pause_for(5ms);
    }
    return Error(ETIMEDOUT, "lock", path);
}

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

// libc finds the entry to replace by ut_id if both have one, else by the line. Four characters cannot tell
// all terminals of all jails apart: ours have none. A terminal of the host's has what its getty or login(1)
// gave it.
void set_id(utmpx& entry) {
    const std::string_view line(entry.ut_line, ::strnlen(entry.ut_line, sizeof entry.ut_line));
    if (line.find('@') != std::string_view::npos) return;
    ::setutxent();
    if (const utmpx* present = ::getutxline(&entry))
        std::memcpy(entry.ut_id, present->ut_id, sizeof entry.ut_id);
    else
        copy_text(entry.ut_id, line.substr(std::min<std::size_t>(3, line.size())));
}

Result<> put(const Login& login, short type, const std::string& path) {
    const FileDescriptor held = JAIL_TRY(lock(path));
    if (!held) return success();
    if (::utmpxname(path.c_str()) != 0) return errno_error("open", path);
    utmpx entry = make_entry(login, type);
    set_id(entry);
    ::setutxent();
    const bool written = ::pututxline(&entry) != nullptr;
    const int error = errno;
    ::endutxent();
    return written ? success() : Result<>(Error(error, "write", path));
}

Result<> append(const Login& login, short type, const std::string& path) {
    const FileDescriptor held = JAIL_TRY(lock(path));
    if (!held) return success();
    const utmpx entry = make_entry(login, type);
    ::updwtmpx(path.c_str(), &entry);  // tells nothing of how it went
    return success();
}

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 10 &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The uid's digits in a terminal_line(); empty: it is none.
std::string_view owner_of(std::string_view line) {
    constexpr std::string_view kStart = "pts/";
    const std::size_t at = line.find('@');
    if (at == std::string_view::npos || line.substr(0, kStart.size()) != kStart) return {};
    const std::string_view whose = line.substr(at + 1);
    const std::string_view owner = whose.substr(0, whose.find('.'));
    const bool ours = is_number(line.substr(kStart.size(), at - kStart.size())) && is_number(owner) &&
                      (owner.size() == whose.size() || is_number(whose.substr(owner.size() + 1)));
    return ours ? owner : std::string_view();
}

Result<std::vector<Login>> find_stale(uid_t uid, const std::string& path) {
    std::vector<Login> stale;
    const FileDescriptor held = JAIL_TRY(lock(path));
    if (!held) return stale;
    if (::utmpxname(path.c_str()) != 0) return errno_error("open", path);
    ::setutxent();
    while (const utmpx* entry = ::getutxent()) {
        const std::string line(entry->ut_line, ::strnlen(entry->ut_line, sizeof entry->ut_line));
        const std::string_view owner = owner_of(line);
        if (entry->ut_type != USER_PROCESS || owner.empty()) continue;
        if (owner == std::to_string(uid) || (::kill(entry->ut_pid, 0) != 0 && errno == ESRCH))
            stale.push_back({line, "", 0, "", entry->ut_pid});
    }
    ::endutxent();
    return stale;
}

}  // namespace

const Files& host_files() {
    static const Files files = {_PATH_UTMP, _PATH_WTMP, _PATH_LASTLOG};
    return files;
}

std::string terminal_line(unsigned index, uid_t uid, std::uint32_t session) {
    return "pts/" + std::to_string(index) + "@" + std::to_string(uid) +
           (session == 0 ? "" : "." + std::to_string(session));
}

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
    const FileDescriptor file(::open(files.lastlog.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file && errno == ENOENT) return success();
    if (!file) return errno_error("open", files.lastlog);
    lastlog entry = {};
    entry.ll_time = static_cast<decltype(entry.ll_time)>(::time(nullptr));
    copy_text(entry.ll_line, login.line);
    copy_text(entry.ll_host, login.host);
    const off_t place = static_cast<off_t>(login.uid) * static_cast<off_t>(sizeof entry);
    if (::pwrite(file.get(), &entry, sizeof entry, place) != static_cast<ssize_t>(sizeof entry))
        return errno_error("write", files.lastlog);
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
