#include "supervisor/file_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

namespace jail {

Result<FileWatch> FileWatch::create() {
    FileDescriptor inotify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!inotify) return errno_error("inotify_init1");
    return FileWatch(std::move(inotify));
}

Result<> FileWatch::add(const std::string& path, std::uint32_t events) {
    if (::inotify_add_watch(inotify_.get(), path.c_str(), events) < 0) return errno_error("watch", path);
    return success();
}

void FileWatch::clear() {
    char events[16384];  // the kernel keeps 16,384 events at most (inotify(7)): this ends
    while (::read(inotify_.get(), events, sizeof events) > 0) {
    }
}

}  // namespace jail
