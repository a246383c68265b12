// SPDX-License-Identifier: Apache-2.0
#include "provision/verify/one_time_files.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "libjail/base/clock.h"
#include "provision/base/child_process.h"
#include "provision/base/file_io.h"
#include "provision/base/problem.h"

namespace jail::provision {

namespace {

constexpr char kKeygen[] = "/usr/bin/ssh-keygen";
constexpr char kPrefix[] = "jail-verify.";  // the pid of the run follows
constexpr auto kPatience = 20s;
constexpr std::size_t kMostBytes = 16384;

// "ssh-ed25519 AAAA... comment" without the comment.
std::string without_comment(const std::string& line) {
    const std::size_t second = line.find(' ', line.find(' ') + 1);
    return line.substr(0, std::min(second, line.find('\n')));
}

Result<> generate_key(const std::string& file) {
    JAIL_TRY(capture_program({kKeygen, "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file}, kMostBytes,
                             kPatience));
    return success();
}

// Of runs that were killed. Only root makes such names.
void remove_stale() {
    for (const std::string& name : names_in("/run")) {
        if (!name.starts_with(kPrefix)) continue;
        const int pid = std::atoi(name.c_str() + std::strlen(kPrefix));
        std::error_code ignored;
        if (pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH)
            std::filesystem::remove_all("/run/" + name, ignored);
    }
}

}  // namespace

Result<> OneTimeFiles::write(const std::string& name, const std::string& text, unsigned mode) const {
    const std::string file = path(name);
    const FileDescriptor opened(
        ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!opened) return errno_error("create", file);
    JAIL_TRY(write_all(opened.get(), text, file));
    if (::fchmod(opened.get(), mode) != 0) return errno_error("chmod", file);
    return success();
}

// One to log in with. Its private half does not stay on the disk; the other sshd reads as the account.
Result<std::string> OneTimeFiles::make_keys(const std::string& host_key, const std::string& account,
                                            bool for_root) const {
    const std::string file = path(for_root ? "root_key" : "account_key");
    JAIL_TRY(generate_key(file));
    const std::string own = JAIL_TRY(read_file(file + ".pub", kMostBytes));
    std::string lines = without_comment(host_key) + "\n" + JAIL_TRY(read_file(file, kMostBytes));
    if (::unlink(file.c_str()) != 0) return errno_error("remove", file);
    JAIL_TRY(write("keys." + (for_root ? "root" : account),
                   (for_root ? "restrict,command=\"/bin/true\" " : "") + without_comment(own) + "\n", 0644));
    return lines;
}

Result<OneTimeFiles> OneTimeFiles::make(const std::string& account) {
    OneTimeFiles files;
    remove_stale();
    std::string name = "/run/" + (kPrefix + std::to_string(::getpid())) + ".XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) return errno_error("mkdtemp", name);
    files.directory_ = name;
    files.token_ = random_name();
    if (::chmod(name.c_str(), 0711) != 0) return errno_error("chmod", name);
    if (const auto made = generate_key(files.host_key()); !made)
        return in_context("a one-time key could not be made", made.error());
    const std::string host_key = JAIL_TRY(read_file(files.host_key() + ".pub", kMostBytes));
    files.account_keys_ = JAIL_TRY(files.make_keys(host_key, account, false));
    files.root_keys_ = JAIL_TRY(files.make_keys(host_key, account, true));
    JAIL_TRY(files.write("marker", "of the host\n", 0644));
    return files;
}

OneTimeFiles::~OneTimeFiles() {
    std::error_code ignored;  // below /run: the next boot has none of it
    if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

}  // namespace jail::provision
