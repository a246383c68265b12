// SPDX-License-Identifier: Apache-2.0
#include "provision/trial/scratch_account.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/path_name.h"
#include "provision/accounts/account_records.h"
#include "provision/base/file_io.h"
#include "provision/base/problem.h"
#include "provision/base/replacement.h"
#include "provision/host/account.h"
#include "provision/host/reserved_paths.h"
#include "provision/tree/publisher.h"

namespace jail::provision {

namespace {

constexpr uid_t kFirstUid = 2'000'000'000;  // far from those that useradd(8) and container tools give
constexpr unsigned kMostTrials = 1000;
constexpr std::size_t kMaxDatabase = 64u << 20;

Result<> mount_at(const char* source, const std::string& target, const char* type, unsigned long flags,
                  const char* options = nullptr) {
    if (::mount(source, target.c_str(), type, flags, options) != 0) return errno_error("mount", target);
    return success();
}

// An empty file system over the directory, with its mode.
Result<> cover(const std::string& directory) {
    struct stat status = {};
    if (::stat(directory.c_str(), &status) != 0) return errno_error("stat", directory);
    const std::string options = "mode=" + [&status] {
        std::string octal;
        for (mode_t mode = status.st_mode & 0777; mode != 0; mode /= 8)
            octal.insert(octal.begin(), static_cast<char>('0' + mode % 8));
        return octal.empty() ? "0" : octal;
    }();
    return mount_at("trial", directory, "tmpfs", MS_NOSUID | MS_NODEV, options.c_str());
}

// The same, but for one directory in it.
Result<> cover_all_but(const std::string& directory, const std::string& name) {
    const std::string path = directory + "/" + name;
    const FileDescriptor kept(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!kept && errno != ENOENT) return errno_error("open", path);
    JAIL_TRY(cover(directory));
    if (!kept) return success();
    JAIL_TRY(make_directory(path, 0755));
    return mount_at(("/proc/self/fd/" + std::to_string(kept.get())).c_str(), path, nullptr, MS_BIND);
}

// Services of the host that would answer from the host's /etc/passwd, or take a number of a process of this
// pid namespace for one of the host's: systemd, when the supervisor asks it for a scope. The resolver's file
// is resolv.conf's target.
Result<> cover_services() {
    if (::access("/run/nscd", F_OK) == 0) JAIL_TRY(cover("/run/nscd"));
    if (::access("/run/systemd", F_OK) == 0) JAIL_TRY(cover_all_but("/run/systemd", "resolve"));
    return success();
}

// The host's file with one line more, by a mount over it.
Result<> extend(const std::string& file, const std::string& copy, const std::string& line) {
    std::string text = JAIL_TRY(read_file(file, kMaxDatabase));
    if (!text.empty() && text.back() != '\n') text += '\n';
    JAIL_TRY(replace_file(copy, text + line + "\n"));
    return mount_at(copy.c_str(), file, nullptr, MS_BIND);
}

// The home must not hide a source of the policy's mounts.
std::string directory_for_home(const Manifest& manifest) {
    const bool used = std::any_of(manifest.mounts.begin(), manifest.mounts.end(), [](const BindMount& mount) {
        return is_or_below(mount.source, "/home") || is_or_below(mount.target, "/home");
    });
    return used ? "/mnt" : "/home";
}

ScratchAccount free_account(unsigned number) {
    ScratchAccount account;
    account.uid = kFirstUid + number;
    account.name = "trial";
    if (const auto taken = find_account("trial"); taken || taken.error().code() != ENOENT)
        account.name = "trial-" + std::to_string(number);
    return account;
}

Manifest for_a_trial(Manifest manifest) {
    manifest.generation = 1;
    manifest.grace_seconds = 0;
    manifest.linger = manifest.mail = manifest.syslog_to_host = manifest.exit_status = false;
    manifest.expires_at = 0;
    manifest.hours.clear();
    manifest.message.clear();
    return manifest;
}

}  // namespace

Result<TrialNumber> take_trial_number(const Layout& layout) {
    const std::string run = parent_of(layout.run_dir);
    struct stat status = {};
    if (::stat(run.c_str(), &status) != 0) return errno_error("stat", run);
    // Containers can share the directories of control groups, but not /run.
    const unsigned first = minor(status.st_dev) % 10'000 * kMostTrials;
    for (unsigned number = first; number < first + kMostTrials; ++number) {
        const std::string path = layout.run_dir + "-trial-" + std::to_string(number) + ".lock";
        FileDescriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!lock) return errno_error("open", path);
        if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return TrialNumber{number, std::move(lock)};
        if (errno != EWOULDBLOCK) return errno_error("flock", path);
    }
    return problem("too many trials run at once; wait until one has ended");
}

Result<ScratchAccount> make_scratch_account(const Layout& layout, Manifest manifest, unsigned number) {
    ScratchAccount account = free_account(number);
    JAIL_TRY(cover_all_but(layout.state_dir, "trees"));
    for (const char* name : {"/manifests", "/accounts", "/groups"})
        JAIL_TRY(make_directory(layout.state_dir + name, 0755));
    JAIL_TRY(make_directories(layout.run_dir));
    JAIL_TRY(cover(layout.run_dir));
    JAIL_TRY(make_directories(paths::kLogDir));
    JAIL_TRY(cover(paths::kLogDir));
    JAIL_TRY(cover_services());
    const std::string homes = directory_for_home(manifest);
    JAIL_TRY(cover(homes));
    account.home = homes + "/" + account.name;
    JAIL_TRY(make_directory(account.home, 0700));
    if (::chown(account.home.c_str(), account.uid, account.uid) != 0)
        return errno_error("chown", account.home);
    const std::string id = std::to_string(account.uid);
    JAIL_TRY(
        extend(layout.passwd_file, layout.state_dir + "/passwd",
               account.name + ":x:" + id + ":" + id + ":trial:" + account.home + ":" + layout.jailshell));
    JAIL_TRY(extend("/etc/group", layout.state_dir + "/group", account.name + ":x:" + id + ":"));
    const Manifest published = for_a_trial(std::move(manifest));
    JAIL_TRY(replace_file(manifest_path(layout, published.jail), encode(published), 0600));
    AccountRecord record;
    record.uid = account.uid;
    record.account = account.name;
    record.jail = published.jail;
    Replacement records;
    JAIL_TRY(write_records(layout, {NotedRecord{record, BindingNote()}}, records));
    return account;
}

}  // namespace jail::provision
