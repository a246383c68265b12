// SPDX-License-Identifier: Apache-2.0
// How commands say how it went.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "libjail/base/result.h"
#include "libjail/policy/manifest.h"
#include "provision/base/diagnostics.h"
#include "provision/base/words.h"
#include "provision/build/state_lock.h"
#include "provision/commands/commands.h"

namespace jail::provision {

// The error and, before it, the problems of the configuration. Returns the exit status 1.
int fail(const Error& error, const Diagnostics& diagnostics = {});

// Notes on a correct configuration, a line each on stderr.
void print_notes(const Diagnostics& diagnostics);

// The lock, with a message to the administrator while another run has it; stale staging is removed. A dry run
// does not take the lock.
Result<StateLock> lock_state(const Layout& layout, const CommonOptions& common);

// The current manifest of a jail that the administrator named; the error gives the reason if it is missing.
Result<Manifest> find_published(const Layout& layout, const std::string& jail);

// JSON on stdout; file names that are not UTF-8 show with replacement characters.
void print_json(const nlohmann::json& value);

// One line of a shell's that has these words.
std::string as_shell_words(const std::vector<std::string>& words);

}  // namespace jail::provision
