// SPDX-License-Identifier: Apache-2.0
#include "provision/host/source_trust.h"

#include <fcntl.h>

#include "libjail/base/syscalls.h"
#include "libjail/confine/mount_source.h"
#include "libjail/policy/name_service.h"
#include "libjail/policy/trusted_store.h"
#include "provision/base/problem.h"

namespace jail::provision {

namespace {

constexpr std::uint64_t kNoLinks = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;

std::string name_of_account(uid_t uid) {
    const auto account = name_service::account_of(uid);
    return account ? account.value().name : "uid " + std::to_string(uid);
}

std::string name_of_group(gid_t gid) {
    const auto name = name_service::group_name(gid);
    return name ? name.value() : "gid " + std::to_string(gid);
}

}  // namespace

std::string chmod_against(const struct stat& status, uid_t owner) {
    if (distrust(status, owner) != Distrust::kWritable) return {};
    const bool group = status.st_mode & S_IWGRP, others = status.st_mode & S_IWOTH;
    return std::string("chmod ") + (group ? "g" : "") + (others ? "o" : "") + "-w";
}

std::string who_can_change(const std::string& path, const struct stat& status, uid_t owner) {
    if (distrust(status, owner) == Distrust::kOwner)
        return path + " (owned by " + name_of_account(status.st_uid) +
               ") can be changed by an account that is not root";
    const bool others = status.st_mode & S_IWOTH;
    return path + " (writable for " + (others ? "everybody" : "group " + name_of_group(status.st_gid)) +
           ") can be changed by accounts that are not root";
}

Result<> SourceTrust::check(const std::string& path, const struct stat& status, std::uint64_t mount,
                            const Directory& above) const {
    if (mount != above.mount && JAIL_TRY(is_served_by_account(mount)))
        return refused(
            kUntrusted,
            path +
                " (mounted by an account, whose program says what is in it and whose it is) can be "
                "changed by an account that is not root, and a jail takes nothing from there");
    const uid_t owner = accepts(status.st_uid) ? status.st_uid : owner_;
    const Distrust why = distrust(status, owner);
    if (why == Distrust::kNone) return success();
    // The accepted account may let its group write; everybody never may.
    if (why == Distrust::kWritable && owner != owner_ && !(status.st_mode & S_IWOTH)) return success();
    std::string text = who_can_change(path, status, owner) + ", and a jail takes nothing from there; ";
    const std::string chmod = chmod_against(status, owner);
    if (!chmod.empty())
        text += "run " + chmod + " on it";
    else
        text += "put it where only root can write, run chown root on " + path + ", or name " +
                name_of_account(status.st_uid) + " under source_owner";
    return refused(kUntrusted, text);
}

// The component below the last open directory.
Result<> SourceTrust::enter(const std::string& path, const char* name) {
    Open next;
    next.path = path;
    if (open_.empty())
        next.fd.reset(::open(root_.empty() ? "/" : root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    else
        next.fd.reset(openat2(open_.back().fd.get(), name, O_PATH | O_DIRECTORY, kNoLinks));
    if (!next.fd && (errno == ELOOP || errno == ENOTDIR)) return changed_meanwhile(path);
    if (!next.fd) return errno_error("open", path);
    struct stat status = {};
    if (::fstat(next.fd.get(), &status) != 0) return errno_error("stat", path);
    next.mount = JAIL_TRY(mount_of(next.fd.get(), path));
    JAIL_TRY(check(path, status, next.mount, {-1, 0, open_.empty() ? 0 : open_.back().mount}));
    next.owner = status.st_uid;
    open_.push_back(std::move(next));
    return success();
}

Result<SourceTrust::Directory> SourceTrust::directory(const std::string& canonical) {
    if (open_.empty()) JAIL_TRY(enter("/", nullptr));
    const auto holds = [&](const std::string& above) {
        return above == "/" || canonical == above || canonical.starts_with(above + "/");
    };
    while (!holds(open_.back().path)) open_.pop_back();
    std::size_t start = open_.size() == 1 ? 1 : open_.back().path.size() + 1;
    while (start < canonical.size()) {
        const std::size_t end = std::min(canonical.find('/', start), canonical.size());
        JAIL_TRY(enter(canonical.substr(0, end), canonical.substr(start, end - start).c_str()));
        start = end + 1;
    }
    return Directory{open_.back().fd.get(), open_.back().owner, open_.back().mount};
}

}  // namespace jail::provision
