// SPDX-License-Identifier: Apache-2.0
// Ends all that an account runs: the administrator's answer to it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "libjail/base/result.h"
#include "provision/accounts/running_jail.h"

namespace jail::provision {

struct EndedAccount {
    std::optional<EndedJail> jail;  // empty: it did not run
    std::size_t outside = 0;        // processes outside of the jail
};

// The jail first, in one step; then other processes of the uid: of a session that was refused or broke off,
// or from before the account came into its jail.
Result<EndedAccount> end_account(const std::string& name);

// "harlequin: ended its jail, sessions: 1, processes: 3"
std::string words_of(const std::string& name, const EndedAccount& ended);

}  // namespace jail::provision
