// SPDX-License-Identifier: Apache-2.0
#include "libjail/base/directory.h"

#include <dirent.h>
#include <sys/stat.h>

#include "libjail/base/syscalls.h"

namespace jail::directory {
namespace {

constexpr std::uint64_t kBelow = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;

std::string_view relative(std::string_view path) {
    while (!path.empty() && path.front() == '/') path.remove_prefix(1);
    return path.empty() ? "." : path;
}

// Not a unique_ptr: jailshell's libc does not have <memory> (jailshell/standalone.cc).
class Stream {
public:
    explicit Stream(int fd) : stream_(fd < 0 ? nullptr : ::fdopendir(fd)) {}
    ~Stream() {
        if (stream_ != nullptr) (void)::closedir(stream_);
    }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    DIR* get() const { return stream_; }

private:
    DIR* stream_;
};

}  // namespace

Result<std::vector<Entry>> list(int directory, std::string_view name_for_errors, std::size_t most) {
    const Stream stream(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (stream.get() == nullptr) return errno_error("open", name_for_errors);
    std::vector<Entry> entries;
    for (errno = 0; const dirent* entry = ::readdir(stream.get()); errno = 0) {
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..") continue;
        if (entries.size() == most) return Error(E2BIG, "list", name_for_errors);
        struct stat status = {};
        unsigned char type = entry->d_type;
        if (type == DT_UNKNOWN) {  // some file systems do not report the type
            const bool is_there = ::fstatat(directory, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0;
            if (!is_there && errno == ENOENT) continue;  // removed by now; of /proc, a process that has ended
            if (!is_there) return errno_error("stat", name);
            type = IFTODT(status.st_mode);
        }
        entries.push_back({std::string(name), type});
    }
    if (errno != 0) return errno_error("readdir", name_for_errors);
    return entries;
}

Result<std::vector<Entry>> list(const std::string& path) {
    const FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return errno_error("open", path);
    return list(directory.get(), path);
}

Result<FileDescriptor> open_below(int root, std::string_view path, std::uint64_t flags) {
    FileDescriptor found(openat2(root, std::string(relative(path)).c_str(), flags, kBelow));
    if (!found) return errno_error("open inside the jail", path);
    return found;
}

Result<FileDescriptor> make_below(int root, std::string_view path) {
    const std::string_view rest = relative(path);
    FileDescriptor here = JAIL_TRY(open_below(root, "."));
    for (std::size_t start = 0; rest != "." && start < rest.size();) {
        const std::size_t end = std::min(rest.find('/', start), rest.size());
        const std::string component(rest.substr(start, end - start));
        if (::mkdirat(here.get(), component.c_str(), 0755) == 0) {
            JAIL_TRY(set_owner(here.get(), component.c_str(), 0, 0, 0755));
        } else if (errno != EEXIST) {
            return errno_error("mkdir inside the jail", path);
        }
        here = JAIL_TRY(open_below(here.get(), component));
        start = end + 1;
    }
    return here;
}

Result<> write_file(int directory, const std::string& name, std::string_view content, unsigned mode) {
    const FileDescriptor file(
        ::openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!file) return errno_error("create inside the jail", name);
    for (std::string_view rest = content; !rest.empty();) {
        const ssize_t count = ::write(file.get(), rest.data(), rest.size());
        if (count < 0) return errno_error("write inside the jail", name);
        rest.remove_prefix(static_cast<std::size_t>(count));
    }
    if (::fchmod(file.get(), mode) != 0) return errno_error("fchmod inside the jail", name);
    return success();
}

Result<> set_owner(int directory, const char* name, unsigned uid, unsigned gid, unsigned mode) {
    if (::fchownat(directory, name, uid, gid, AT_SYMLINK_NOFOLLOW) != 0)
        return errno_error("chown inside the jail", name);
    if (::fchmodat(directory, name, mode, 0) != 0) return errno_error("chmod inside the jail", name);
    return success();
}

}  // namespace jail::directory
