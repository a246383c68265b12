// SPDX-License-Identifier: Apache-2.0
#include "provision/host/host_files.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <memory>

#include "libjail/base/directory.h"
#include "libjail/base/path_name.h"
#include "libjail/base/syscalls.h"
#include "libjail/confine/mount_source.h"
#include "provision/base/problem.h"

namespace jail::provision {

namespace {

constexpr int kMaxSymlinks = 40;  // as the kernel's own limit
constexpr std::size_t kMaxDirectoryEntries = 200'000;
constexpr std::uint32_t kOthersMayRead = 0004, kOthersMaySearch = 0001;

// In a jail these two always lead to the jail's own places, whatever they are on the host.
std::string_view fixed_target(std::string_view path) {
    if (path == "/var/tmp") return "../tmp";
    if (path == "/var/run") return "../run";
    return {};
}

// Components still to walk, the next one last.
void push_components(std::string_view path, std::vector<std::string>& pending) {
    std::vector<std::string> components;
    for (std::size_t start = 0; start < path.size();) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        if (end > start) components.emplace_back(path.substr(start, end - start));
        start = end + 1;
    }
    pending.insert(pending.end(), components.rbegin(), components.rend());
}

}  // namespace

bool has_wildcard(std::string_view path) {
    return path.find_first_of("*?[") != std::string_view::npos;
}

Result<WalkEnd> HostFiles::walk(std::string_view path, PathVisitor* visitor, bool create) {
    std::vector<std::string> pending;
    push_components(path, pending);
    std::string current;
    int symlinks = 0;
    bool accepted = false;
    while (!pending.empty()) {
        const std::string component = std::move(pending.back());
        pending.pop_back();
        if (component == ".") continue;
        if (component == "..") {
            current.resize(current.empty() ? 0 : current.rfind('/'));
            continue;
        }
        const std::string next = current + "/" + component;
        if (visitor && visitor->stop_at(next, symlinks > 0)) return WalkEnd{next, state(next).kind, true};
        std::string target(fixed_target(next));
        const FileKind kind = target.empty() ? state(next).kind : FileKind::kSymlink;
        if (kind == FileKind::kSymlink) {
            if (++symlinks > kMaxSymlinks) return Error(ELOOP, "follow", path);
            if (target.empty()) {
                const Link link = JAIL_TRY(read_link(next));
                target = link.target;
                accepted = accepted || link.accepted;
            }
            if (visitor) visitor->on_symlink(next, target);
            if (target[0] == '/') current.clear();
            push_components(target, pending);
            if (pending.size() > PATH_MAX) return Error(ENAMETOOLONG, "follow", path);
            continue;
        }
        const bool last = pending.empty();
        if (kind == FileKind::kAbsent && !create)
            return Error(ENOENT, "find", path == next ? next : std::string(path));
        if (!last && kind != FileKind::kDirectory && kind != FileKind::kAbsent)
            return Error(ENOTDIR, "walk", path);
        if (visitor && (kind == FileKind::kDirectory || (kind == FileKind::kAbsent && !last)))
            visitor->on_directory(next);
        current = next;
    }
    if (accepted) JAIL_TRY(check_stays(current.empty() ? "/" : current, path));
    if (current.empty()) return WalkEnd{"/", FileKind::kDirectory, false};
    const FileKind kind = state(current).kind;
    return WalkEnd{std::move(current), kind, false};
}

// A symlink that the accepted account made, or could have moved, only reaches files that it could have put
// there itself: otherwise root would read files for it that it cannot read.
Result<> HostFiles::check_stays(const std::string& canonical, std::string_view path) {
    for (const std::string& directory : {canonical, parent_of(canonical)}) {
        if (state(directory).kind != FileKind::kDirectory) continue;
        const Result<SourceTrust::Directory> found = trust_.directory(directory);
        if (found && trust_.accepts(found.value().owner)) return success();
    }
    return refused(kLeadsOut, std::string(path) +
                                  " leads, by a symlink of the source_owner's, out of its directories to " +
                                  canonical + "; name that itself, if the jail is to have it");
}

// A file that was examined by its path is opened in its directory, which was reached without a symlink: the
// owner of a directory on the way can put one there in between, and root would read where that leads.
Result<FileDescriptor> HostFiles::open_examined(const std::string& canonical, std::uint64_t flags,
                                                struct stat& status) {
    const SourceTrust::Directory directory = JAIL_TRY(trust_.directory(parent_of(canonical)));
    FileDescriptor file(openat2(directory.fd, base_of(canonical).c_str(), flags,
                                RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS));
    if (!file && (errno == ELOOP || errno == ENOTDIR)) return changed_meanwhile(canonical);
    if (!file) return errno_error("open", canonical);
    if (::fstat(file.get(), &status) != 0) return errno_error("stat", canonical);
    JAIL_TRY(trust_.check(canonical, status, JAIL_TRY(mount_of(file.get(), canonical)), directory));
    return file;
}

Result<HostFiles::Link> HostFiles::read_link(const std::string& canonical) {
    // Paths lead through the same few links (/lib) thousands of times.
    if (const auto known = links_.find(canonical); known != links_.end()) return known->second;
    struct stat status = {};
    const FileDescriptor file = JAIL_TRY(open_examined(canonical, O_PATH | O_NOFOLLOW, status));
    Link link;
    link.target.resize(PATH_MAX);
    const ssize_t length = ::readlinkat(file.get(), "", link.target.data(), link.target.size());
    if (length <= 0) return changed_meanwhile(canonical);
    link.target.resize(static_cast<std::size_t>(length));
    const SourceTrust::Directory directory = JAIL_TRY(trust_.directory(parent_of(canonical)));
    link.accepted = trust_.accepts(status.st_uid) || trust_.accepts(directory.owner);
    links_.emplace(canonical, link);
    return link;
}

Result<std::string> HostFiles::target_of(const std::string& canonical) {
    return JAIL_TRY(read_link(canonical)).target;
}

Result<FileDescriptor> HostFiles::open(const std::string& canonical) {
    // O_NONBLOCK: what was a file a moment ago may be a fifo now.
    struct stat status = {};
    FileDescriptor file = JAIL_TRY(open_examined(canonical, O_RDONLY | O_NOCTTY | O_NONBLOCK, status));
    const FileState& examined = states_.of(root_ + canonical);
    const bool same = S_ISREG(status.st_mode) && status.st_dev == examined.device &&
                      status.st_ino == examined.inode && (status.st_mode & 07777) == examined.mode;
    if (!same) return changed_meanwhile(canonical);
    return file;
}

Result<> HostFiles::check_source(const std::string& canonical) {
    const SourceTrust::Directory directory = JAIL_TRY(trust_.directory(parent_of(canonical)));
    struct statx found = {};
    if (::statx(directory.fd, base_of(canonical).c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
                STATX_BASIC_STATS | STATX_MNT_ID, &found) != 0)
        return errno_error("stat", canonical);
    struct stat status = {};
    status.st_mode = found.stx_mode;
    status.st_uid = found.stx_uid;
    status.st_gid = found.stx_gid;
    return trust_.check(canonical, status, found.stx_mnt_id, directory);
}

bool HostFiles::everybody_may_read(const std::string& canonical) {
    const std::string directory = parent_of(canonical);
    if (directory != searchable_) {
        for (std::string above = directory; above != "/"; above = parent_of(above))
            if (!(state(above).mode & kOthersMaySearch)) return false;
        searchable_ = directory;
    }
    return (state(canonical).mode & kOthersMayRead) != 0;
}

Result<std::vector<std::string>> HostFiles::list(const std::string& canonical) {
    (void)state(canonical);
    states_.mark_listed(root_ + canonical);
    const SourceTrust::Directory found = JAIL_TRY(trust_.directory(canonical));
    auto entries = directory::list(found.fd, canonical, kMaxDirectoryEntries);
    if (!entries && entries.error().code() == E2BIG)
        return problem(canonical + " has too many entries for a jail");
    std::vector<std::string> names;
    for (directory::Entry& entry : JAIL_TRY(std::move(entries))) names.push_back(std::move(entry.name));
    std::sort(names.begin(), names.end());
    return names;
}

Result<std::vector<std::string>> HostFiles::glob(const std::string& pattern) {
    std::vector<std::string> components, found{""};
    push_components(pattern, components);
    for (; !components.empty(); components.pop_back()) {
        const std::string& component = components.back();
        std::vector<std::string> longer;
        for (const std::string& base : found) {
            if (!has_wildcard(component)) {
                longer.push_back(base + "/" + component);
                continue;
            }
            const Result<WalkEnd> directory = walk(base);
            if (!directory && must_be_told(directory.error())) return directory.error();
            if (!directory || directory.value().kind != FileKind::kDirectory) continue;
            for (const std::string& name : JAIL_TRY(list(directory.value().path)))
                if (::fnmatch(component.c_str(), name.c_str(), FNM_PERIOD) == 0)
                    longer.push_back(base + "/" + name);
        }
        found = std::move(longer);
        if (found.size() > kMaxDirectoryEntries) return problem(pattern + " matches too many files");
    }
    // Dangling symlinks are left out; those that must not be followed are not.
    const auto is_nothing = [this](const std::string& path) {
        const Result<WalkEnd> end = walk(path);
        return !end && !must_be_told(end.error());
    };
    if (has_wildcard(pattern)) std::erase_if(found, is_nothing);
    return found;
}

Result<std::string> HostFiles::head(const std::string& canonical, std::size_t bytes) {
    const FileDescriptor file = JAIL_TRY(open(canonical));
    std::string content(bytes, '\0');
    const ssize_t got = ::pread(file.get(), content.data(), bytes, 0);
    if (got < 0) return errno_error("read", canonical);
    content.resize(static_cast<std::size_t>(got));
    return content;
}

}  // namespace jail::provision
