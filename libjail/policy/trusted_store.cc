#include "libjail/policy/trusted_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <charconv>

#include "libjail/base/syscalls.h"
#include "libjail/policy/paths.h"

namespace jail {
namespace {

// RESOLVE_NO_SYMLINKS and RESOLVE_NO_MAGICLINKS: a component replaced by a link is an error, whoever owns it.
constexpr std::uint64_t kNoLinks = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;

Error untrusted(std::string_view path, std::string_view why) {
    return {EPERM, "trust", std::string(path) + " (" + std::string(why) + ")"};
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

// The names in this directory; those with a dot are half written.
Result<std::vector<std::uint32_t>> read_gids(DIR* stream, const std::string& path) {
    std::vector<std::uint32_t> gids;
    errno = 0;
    while (const dirent* entry = ::readdir(stream)) {
        const std::string_view name = entry->d_name;
        if (name.find('.') != std::string_view::npos) continue;
        std::uint32_t gid = 0;
        const auto parsed = std::from_chars(name.data(), name.data() + name.size(), gid);
        if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size())
            return untrusted(path, "holds " + std::string(name));
        gids.push_back(gid);
    }
    if (errno != 0) return errno_error("readdir", path);
    return gids;
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
    const std::size_t slash = path.rfind('/');
    const FileDescriptor parent = JAIL_TRY(open_trusted_directory(slash == 0 ? "/" : path.substr(0, slash)));
    FileDescriptor home(openat2(parent.get(), path.substr(slash + 1).c_str(), O_PATH | O_DIRECTORY,
                                RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS));
    if (!home) return errno_error("open home", path);
    struct stat status = {};
    if (::fstat(home.get(), &status) != 0) return errno_error("fstat", path);
    if (status.st_uid != uid) return Error(EPERM, "use home", path + " (not the account's own)");
    return home;
}

Result<std::string> read_trusted_file(std::string_view absolute_path, std::size_t bound) {
    const std::size_t slash = absolute_path.rfind('/');
    if (slash == std::string_view::npos || !valid_absolute_path(absolute_path))
        return Error(EINVAL, "open", absolute_path);
    const FileDescriptor directory =
        JAIL_TRY(open_trusted_directory(slash == 0 ? "/" : absolute_path.substr(0, slash)));
    const std::string name(absolute_path.substr(slash + 1));
    // O_NONBLOCK: a FIFO put there must give an error, not a hang.
    const FileDescriptor file(
        openat2(directory.get(), name.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY, kNoLinks));
    if (!file) return errno_error("open", absolute_path);
    JAIL_TRY(check_component(file.get(), absolute_path, S_IFREG));
    std::string content;
    char buffer[16384];
    for (;;) {
        const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
        if (count < 0) return errno_error("read", absolute_path);
        if (count == 0) return content;
        if (content.size() + static_cast<std::size_t>(count) > bound)
            return Error(EFBIG, "read", absolute_path);
        content.append(buffer, static_cast<std::size_t>(count));
    }
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
    const int copy = ::openat(opened.value().get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR* const stream = copy < 0 ? nullptr : ::fdopendir(copy);
    if (stream == nullptr) return errno_error("open", path);
    auto gids = read_gids(stream, path);
    (void)::closedir(stream);
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
