// SPDX-License-Identifier: Apache-2.0
#include "provision/host/login_shell.h"

#include <fcntl.h>
#include <shadow.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <map>
#include <set>
#include <vector>

#include "provision/base/child_process.h"
#include "provision/base/file_io.h"
#include "provision/base/problem.h"

namespace jail::provision {

namespace {

constexpr std::size_t kMaxPasswdBytes = 256u << 20;
constexpr int kFields = 7;

class PasswordFileLock {
public:
    PasswordFileLock() : held_(::lckpwdf() == 0) {}
    ~PasswordFileLock() {
        if (held_) (void)::ulckpwdf();
    }
    PasswordFileLock(const PasswordFileLock&) = delete;
    PasswordFileLock& operator=(const PasswordFileLock&) = delete;
    bool held() const { return held_; }

private:
    bool held_;
};

std::vector<std::string_view> fields_of(std::string_view line) {
    std::vector<std::string_view> fields;
    for (std::size_t start = 0; start <= line.size();) {
        const std::size_t end = std::min(line.find(':', start), line.size());
        fields.push_back(line.substr(start, end - start));
        start = end + 1;
    }
    return fields;
}

// Owner, mode and labels (SELinux) of the file that is replaced.
Result<> copy_attributes(int from, int to, const std::string& name) {
    struct stat status = {};
    if (::fstat(from, &status) != 0) return errno_error("stat", name);
    if (::fchown(to, status.st_uid, status.st_gid) != 0) return errno_error("chown", name);
    if (::fchmod(to, status.st_mode & 07777) != 0) return errno_error("chmod", name);
    std::vector<char> names(64u << 10), value(64u << 10);
    const ssize_t listed = ::flistxattr(from, names.data(), names.size());
    for (ssize_t at = 0; at < listed; at += static_cast<ssize_t>(std::strlen(names.data() + at)) + 1) {
        const ssize_t size = ::fgetxattr(from, names.data() + at, value.data(), value.size());
        if (size < 0 ||
            ::fsetxattr(to, names.data() + at, value.data(), static_cast<std::size_t>(size), 0) != 0)
            return errno_error("copy attributes of", name);
    }
    return success();
}

Result<> replace_passwd(const std::string& path, const std::string& text) {
    const FileDescriptor old(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!old) return errno_error("open", path);
    // The name that shadow-utils use as well: under the lock it is ours, and what a crash left of it goes
    // first.
    const std::string temporary = path + "+";
    if (::unlink(temporary.c_str()) != 0 && errno != ENOENT) return errno_error("remove", temporary);
    const FileDescriptor file(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return errno_error("create", temporary);
    Result<> done = write_all(file.get(), text, temporary);
    if (done) done = copy_attributes(old.get(), file.get(), path);
    if (done && ::fsync(file.get()) != 0) done = errno_error("fsync", temporary);
    if (done && ::rename(temporary.c_str(), path.c_str()) != 0) done = errno_error("rename", path);
    if (!done) (void)::unlink(temporary.c_str());
    // As passwd(1) and usermod(8) do, without waiting for the directory: should the rename be lost in a
    // crash, the account's record alone puts it into its jail.
    return done;
}

// nscd would hand out the old shells for minutes.
Result<> tell_nscd(const Layout& layout) {
    if (::access(layout.nscd_socket.c_str(), F_OK) != 0) return success();
    return run_program({"/usr/sbin/nscd", "-i", "passwd"});
}

// The line with the change's shell.
Result<std::string> changed_line(std::string_view line, const ShellChange& change) {
    const std::vector<std::string_view> fields = fields_of(line);
    if (fields.size() != kFields || fields[2] != std::to_string(change.account.uid))
        return problem("the line of '" + change.account.name +
                       "' in the passwd file is not what the name services say; correct it (vipw)");
    return std::string(line.substr(0, line.size() - fields.back().size())) + change.shell;
}

Result<> check_shells(const std::vector<ShellChange>& changes) {
    for (const ShellChange& change : changes)
        if (change.shell.find_first_of(":\n\r") != std::string::npos)
            return problem("'" + change.shell +
                           "' cannot be a login shell: it has a colon or a control character");
    return success();
}

}  // namespace

Result<std::string> with_shells(const std::string& text, const std::vector<ShellChange>& changes,
                                std::vector<std::string>& absent) {
    std::map<std::string_view, const ShellChange*> wanted;
    for (const ShellChange& change : changes) wanted[change.account.name] = &change;
    std::set<std::string_view> found;
    std::string changed;
    changed.reserve(text.size());
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        const std::string_view line = std::string_view(text).substr(start, end - start);
        const auto change = wanted.find(line.substr(0, line.find(':')));
        if (change == wanted.end()) {
            changed.append(line);
        } else {
            if (!found.insert(change->first).second)
                return problem("'" + std::string(change->first) +
                               "' has more than one line in the passwd file; leave it one (vipw)");
            changed.append(JAIL_TRY(changed_line(line, *change->second)));
        }
        if (end < text.size()) changed += '\n';
        start = end + 1;
    }
    for (const ShellChange& change : changes)
        if (!found.contains(change.account.name)) absent.push_back(change.account.name);
    return changed;
}

bool has_local_shell(const Layout& layout, const Account& account) {
    std::vector<std::string> absent;
    const Result<std::string> text = read_file(layout.passwd_file, kMaxPasswdBytes);
    if (!text) return true;
    (void)with_shells(text.value(), {{account, layout.jailshell}}, absent);
    return absent.empty();
}

Result<std::vector<std::string>> set_login_shells(const Layout& layout,
                                                  const std::vector<ShellChange>& changes) {
    std::vector<std::string> absent;
    if (changes.empty()) return absent;
    JAIL_TRY(check_shells(changes));
    const PasswordFileLock lock;
    if (!lock.held())
        return problem(
            "the password file is locked by another program; try again when passwd, useradd or vipw is done");
    const std::string text = JAIL_TRY(read_file(layout.passwd_file, kMaxPasswdBytes));
    const std::string changed = JAIL_TRY(with_shells(text, changes, absent));
    if (changed == text) return absent;
    JAIL_TRY(replace_passwd(layout.passwd_file, changed));
    JAIL_TRY(tell_nscd(layout));
    return absent;
}

}  // namespace jail::provision
