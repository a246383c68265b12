// SPDX-License-Identifier: Apache-2.0
#include "provision/host/account.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "libjail/policy/manifest.h"
#include "provision/base/problem.h"
#include "provision/host/local_accounts.h"
#include "provision/host/reserved_paths.h"

namespace jail::provision {

namespace {

constexpr std::uint32_t kFirstPersonalUid = 1000;  // UID_MIN of Debian's login.defs
constexpr std::size_t kMaxRecordBytes = 1u << 20;

// Of the tree or of the instance; a home there would hide the one or the other.
constexpr std::string_view kNoHomes[] = {"/dev",   "/proc",   "/sys",     "/run",    "/tmp",  "/etc",
                                         "/usr",   "/bin",    "/sbin",    "/lib",    "/boot", "/lib32",
                                         "/lib64", "/libx32", "/var/run", "/var/tmp"};

Result<> check_parent(const std::string& path, const std::string& home, std::uint32_t trusted_owner) {
    struct stat status = {};
    if (::lstat(path.c_str(), &status) != 0) return errno_error("stat", path);
    if (S_ISLNK(status.st_mode))
        return problem("home " + home + " leads through the symlink " + path +
                       "; set the account's home to where it really is (usermod -d)");
    if (!S_ISDIR(status.st_mode)) return problem(path + " is not a directory");
    if (status.st_uid != 0 && status.st_uid != trusted_owner)
        return problem(path + ", above the home, belongs to uid " + std::to_string(status.st_uid) +
                       "; it must be root's");
    if (status.st_mode & (S_IWGRP | S_IWOTH))
        return problem(path + ", above the home, is writable by group or others (" +
                       fmt::format("{:04o}", status.st_mode & 07777) + "); run chmod go-w on it");
    return success();
}

}  // namespace

Result<Account> find_account(const std::string& name) {
    static LocalAccounts local;
    if (const Account* account = local.find(name)) return *account;
    passwd entry = {};
    passwd* found = nullptr;
    for (std::size_t size = 4096; size <= kMaxRecordBytes; size *= 4) {
        std::vector<char> buffer(size);
        const int code = ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
        if (code == ERANGE) continue;
        if (found)
            return Account{found->pw_name, found->pw_uid, found->pw_gid, found->pw_dir, found->pw_shell};
        // NSS modules disagree about the code for "no such name"; every code but real trouble means that.
        const bool trouble = code == EIO || code == EMFILE || code == ENFILE || code == ENOMEM;
        return Error(trouble ? code : ENOENT, "look up account", name);
    }
    return Error(ERANGE, "look up account", name);
}

Result<> check_account_name(const std::string& name) {
    if (!valid_account_name(name))
        return problem("'" + name +
                       "' is no name for an account in a jail; expected a-z, 0-9, _ . -, beginning with a "
                       "letter, at most 32");
    if (name == "root") return problem("root is never jailed; choose an unprivileged account");
    return success();
}

Result<> check_account(const Account& account, bool system_allowed) {
    if (account.uid == 0 || account.uid == UINT32_MAX)
        return problem("account '" + account.name +
                       "' has uid 0: root is never jailed; choose an unprivileged account");
    if (account.uid < kFirstPersonalUid && !system_allowed)
        return problem(
            "account '" + account.name + "' (uid " + std::to_string(account.uid) +
            ") is a system account; its services might depend on its shell. Say --system if that is meant");
    return success();
}

Result<> check_home(const Account& account, std::uint32_t trusted_owner) {
    const std::string& home = account.home;
    if (!valid_absolute_path(home) || home == "/")
        return problem("account '" + account.name + "' has the home '" + home +
                       "'; a jail needs a directory of its own (usermod -m -d)");
    for (const std::string_view place : kNoHomes)
        if (is_or_below(home, place))
            return problem("home " + home + " lies in " + std::string(place) +
                           ", which a jail has of its own; move it (usermod -m -d)");
    JAIL_TRY(check_parent("/", home, trusted_owner));
    for (std::size_t slash = home.find('/', 1); slash != std::string::npos; slash = home.find('/', slash + 1))
        JAIL_TRY(check_parent(home.substr(0, slash), home, trusted_owner));
    struct stat status = {};
    if (::lstat(home.c_str(), &status) != 0)
        return problem("home " + home + ": " + std::strerror(errno) + "; make it (mkhomedir_helper " +
                       account.name + ")");
    if (S_ISLNK(status.st_mode))
        return problem("home " + home +
                       " is a symlink; set the account's home to where it really is (usermod -d)");
    if (!S_ISDIR(status.st_mode)) return problem("home " + home + " is not a directory");
    if (status.st_uid != account.uid)
        return problem("home " + home + " belongs to uid " + std::to_string(status.st_uid) + ", not to '" +
                       account.name + "'; run chown on it");
    return success();
}

}  // namespace jail::provision
