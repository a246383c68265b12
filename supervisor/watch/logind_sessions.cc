#include "supervisor/watch/logind_sessions.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "libjail/base/file_descriptor.h"

namespace jail::supervisor {
namespace {

constexpr char kDirectory[] = "/run/systemd/sessions";

// As logind makes them: "12", "c3".
bool is_id(const std::string& id) {
    return !id.empty() && id.size() < 32 &&
           id.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz") == std::string::npos;
}

}  // namespace

Result<> LogindSessions::watch(const std::string& id, FileWatch& changes) {
    if (!directory_ && is_id(id)) directory_ = JAIL_TRY(changes.add(kDirectory, Bell::kLogind));
    return success();
}

bool LogindSessions::ended(const std::string& id) const {
    if (!directory_ || !is_id(id)) return false;
    const std::string path = std::string(kDirectory) + "/" + id;
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return errno == ENOENT;
    char text[4096];
    const ssize_t length = ::read(file.get(), text, sizeof text);
    const std::string state(text, length > 0 ? static_cast<std::size_t>(length) : 0);
    return state.find("\nSTATE=closing\n") != std::string::npos;
}

}  // namespace jail::supervisor
