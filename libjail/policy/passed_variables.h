// SPDX-License-Identifier: Apache-2.0
// Which variables of a login's environment reach a session.
#pragma once

#include <string_view>

#include "libjail/policy/manifest.h"

namespace jail {

// Variables in which sshd describes the connection and the terminal's type, always; everything else where the
// policy names it
// (`environment: {pass: ...}`).
bool passes(const Manifest& manifest, std::string_view variable);

}  // namespace jail
