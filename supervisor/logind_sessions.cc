#include "supervisor/logind_sessions.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>

namespace jail {
namespace {

constexpr char kDirectory[] = "/run/systemd/sessions";

// As logind makes them: "12", "c3".
bool is_id(const std::string& id) {
    return !id.empty() && id.size() < 32 &&
           id.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz") == std::string::npos;
}

}  // namespace

LogindSessions::LogindSessions() {
    changes_.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (changes_ && ::inotify_add_watch(changes_.get(), kDirectory, IN_MOVED_TO | IN_DELETE | IN_ONLYDIR) < 0)
        changes_.reset();
}

void LogindSessions::drain() const {
    char events[4096];
    while (::read(changes_.get(), events, sizeof events) > 0) {
    }
}

bool LogindSessions::ended(const std::string& id) const {
    if (!changes_ || !is_id(id)) return false;
    const std::string path = std::string(kDirectory) + "/" + id;
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return errno == ENOENT;
    char text[4096];
    const ssize_t length = ::read(file.get(), text, sizeof text);
    const std::string state(text, length > 0 ? static_cast<std::size_t>(length) : 0);
    return state.find("\nSTATE=closing\n") != std::string::npos;
}

}  // namespace jail
