// SPDX-License-Identifier: Apache-2.0
#include "supervisor/watch/logind_sessions.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/files.h"

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
    if (!directory_ && is_id(id)) directory_ = JAIL_TRY(changes.add(kDirectory, Change::kLogind));
    return success();
}

bool LogindSessions::ended(const std::string& id) const {
    if (!directory_ || !is_id(id)) return false;
    const auto state = read_small_file(std::string(kDirectory) + "/" + id);
    if (!state) return state.error().code() == ENOENT;
    return state.value().find("\nSTATE=closing\n") != std::string::npos;
}

}  // namespace jail::supervisor
