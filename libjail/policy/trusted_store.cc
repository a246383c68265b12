// SPDX-License-Identifier: Apache-2.0
#include "libjail/policy/trusted_store.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <charconv>

#include "libjail/base/directory.h"
#include "libjail/base/files.h"
#include "libjail/base/path_name.h"
#include "libjail/base/syscalls.h"
#include "libjail/policy/paths.h"

namespace jail {
namespace {

// RESOLVE_NO_SYMLINKS and RESOLVE_NO_MAGICLINKS: a component replaced by a link is an error, also when it is
// root's.
constexpr std::uint64_t kNoLinks = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;

Error untrusted(std::string_view path, std::string_view why) {
    return refused(EPERM, std::string(path) + " cannot be trusted: " + std::string(why));
}

Result<> check_component(int fd, std::string_view path, mode_t type) {
    struct stat status = {};
    if (::fstat(fd, &status) != 0) return errno_error("fstat", path);
    if ((status.st_mode & S_IFMT) != type)
        return untrusted(path, type == S_IFDIR ? "not a directory" : "not a file");
    switch (distrust(status)) {
        case Distrust::kNone:
            return success();
        case Distrust::kOwner:
            return untrusted(path, "not owned by root");
        case Distrust::kWritable:
            break;
    }
    return untrusted(path, "writable by group or others");
}

Result<std::uint32_t> as_gid(const std::string& path, std::string_view name) {
    std::uint32_t gid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), gid);
    if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size())
        return untrusted(path, "holds " + std::string(name));
    return gid;
}

}  // namespace

Distrust distrust(const struct stat& status, uid_t owner) {
    if (status.st_uid != owner) return Distrust::kOwner;
    const bool writable = !S_ISLNK(status.st_mode) && (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    return writable ? Distrust::kWritable : Distrust::kNone;
}

Result<FileDescriptor> open_trusted_directory(std::string_view absolute_path) {
    if (!valid_absolute_path(absolute_path)) return Error(EINVAL, "open", absolute_path);
    FileDescriptor directory(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return errno_error("open", "/");
    JAIL_TRY(check_component(directory.get(), "/", S_IFDIR));
    for (std::size_t start = 1; start < absolute_path.size();) {
        const std::size_t end = std::min(absolute_path.find('/', start), absolute_path.size());
        const std::string component(absolute_path.substr(start, end - start));
        const std::string_view so_far = absolute_path.substr(0, end);
        FileDescriptor next(openat2(directory.get(), component.c_str(), O_PATH | O_DIRECTORY, kNoLinks));
        if (!next) return errno_error("open", so_far);
        JAIL_TRY(check_component(next.get(), so_far, S_IFDIR));
        directory = std::move(next);
        start = end + 1;
    }
    return directory;
}

Result<FileDescriptor> open_home(const std::string& path, uid_t uid) {
    if (!valid_absolute_path(path)) return Error(EINVAL, "open home", path);
    const FileDescriptor parent = JAIL_TRY(open_trusted_directory(parent_of(path)));
    FileDescriptor home(openat2(parent.get(), base_of(path).c_str(), O_PATH | O_DIRECTORY,
                                RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS));
    if (!home) return errno_error("open home", path);
    struct stat status = {};
    if (::fstat(home.get(), &status) != 0) return errno_error("fstat", path);
    if (status.st_uid != uid) return refused(EPERM, "the home " + path + " is not the account's own");
    return home;
}

Result<std::string> read_trusted_file(std::string_view absolute_path, std::size_t bound) {
    if (!valid_absolute_path(absolute_path)) return Error(EINVAL, "open", absolute_path);
    const FileDescriptor directory = JAIL_TRY(open_trusted_directory(parent_of(absolute_path)));
    const std::string name = base_of(absolute_path);
    // O_NONBLOCK: a FIFO put there must give an error, not a hang.
    const FileDescriptor file(
        openat2(directory.get(), name.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY, kNoLinks));
    if (!file) return errno_error("open", absolute_path);
    JAIL_TRY(check_component(file.get(), absolute_path, S_IFREG));
    return read_all(file.get(), bound, absolute_path);
}

Result<AccountRecord> load_account(std::uint32_t uid) {
    const std::string path = std::string(paths::kStateDir) + "/accounts/" + std::to_string(uid);
    AccountRecord record = JAIL_TRY(decode_account(JAIL_TRY(read_trusted_file(path))));
    if (record.uid != uid) return untrusted(path, "the record is of another uid");
    return record;
}

Result<GroupRecord> load_group(std::uint32_t gid) {
    const std::string path = std::string(paths::kStateDir) + "/groups/" + std::to_string(gid);
    GroupRecord record = JAIL_TRY(decode_group(JAIL_TRY(read_trusted_file(path))));
    if (record.gid != gid) return untrusted(path, "the record is of another gid");
    return record;
}

Result<std::vector<std::uint32_t>> bound_groups() {
    const std::string path = std::string(paths::kStateDir) + "/groups";
    const auto opened = open_trusted_directory(path);
    if (!opened && opened.error().code() == ENOENT) return std::vector<std::uint32_t>();
    if (!opened) return opened.error();
    std::vector<std::uint32_t> gids;
    for (const directory::Entry& entry : JAIL_TRY(directory::list(opened.value().get(), path)))
        if (entry.name.find('.') == std::string::npos)  // else it is half written
            gids.push_back(JAIL_TRY(as_gid(path, entry.name)));
    return gids;
}

Result<Manifest> load_manifest(std::string_view jail) {
    if (!valid_jail_name(jail)) return Error(EINVAL, "open manifest of", jail);
    const std::string path = std::string(paths::kStateDir) + "/manifests/" + std::string(jail);
    Manifest record = JAIL_TRY(decode_manifest(JAIL_TRY(read_trusted_file(path))));
    if (record.jail != jail) return untrusted(path, "the manifest is of another jail");
    return record;
}

}  // namespace jail
