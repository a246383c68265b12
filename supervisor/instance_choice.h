// SPDX-License-Identifier: Apache-2.0
// Which instance of an account the administrator gets, where each session has its own.
#pragma once

#include <cstdint>
#include <vector>

#include "libjail/base/result.h"
#include "supervisor/watch/session.h"

namespace jail::supervisor {

// The session that has the instance `wanted` (protocol.h); null: the account's own instance, also where no
// session has another. ESRCH: the session does not exist. EMLINK: there are several to choose from; the
// error's object lists them.
Result<const Session*> choose_session(const std::vector<Session>& sessions, std::uint32_t wanted);

}  // namespace jail::supervisor
