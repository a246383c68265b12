#include "supervisor/file_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cstring>

namespace jail {

Result<int> FileWatch::add(const std::string& path, std::uint32_t events) {
    if (!inotify_) inotify_.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!inotify_) return errno_error("inotify_init1");
    const int bell = ::inotify_add_watch(inotify_.get(), path.c_str(), events);
    if (bell < 0) return errno_error("watch", path);
    return bell;
}

std::set<int> FileWatch::rung() {
    std::set<int> bells;
    alignas(inotify_event) char events[16384];
    // The kernel keeps 16,384 events at most (inotify(7)): this ends.
    for (ssize_t length; (length = ::read(inotify_.get(), events, sizeof events)) > 0;) {
        inotify_event event = {};
        for (ssize_t at = 0; at < length; at += static_cast<ssize_t>(sizeof event + event.len)) {
            std::memcpy(&event, events + at, sizeof event);
            bells.insert(event.wd);  // -1: some were lost, of whatever bell
        }
    }
    return bells;
}

}  // namespace jail
