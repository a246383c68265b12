// Which instance of an account the administrator gets, where each session has its own.
#pragma once

#include <cstdint>
#include <vector>

#include "libjail/base/result.h"
#include "supervisor/watch/session.h"

namespace jail::supervisor {

// The session whose instance is meant by `wanted` (protocol.h); null: the account's own instance, also where
// no session has another. ESRCH: no such session. EMLINK: there are several to choose from; the error's
// object says which.
Result<const Session*> choose_session(const std::vector<Session>& sessions, std::uint32_t wanted);

}  // namespace jail::supervisor
