// SPDX-License-Identifier: Apache-2.0
// The proof that an account is confined as its policy says: by logins through the host's own sshd.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "libjail/base/result.h"
#include "libjail/policy/manifest.h"
#include "provision/base/layout.h"
#include "provision/host/account.h"
#include "provision/verify/row.h"

namespace jail::provision {

// Of a login until its first channel is open, medians in microseconds. Empty: it could not be measured.
struct Latency {
    std::optional<std::uint64_t> account;
    std::optional<std::uint64_t> unjailed;  // root's, by the same sshd and PAM service
};

struct Proof {
    Manifest manifest;  // the published one
    Rows rows;
    Latency latency;
};

// `progress`: what is being tried. An error: nothing could be tried. Nothing of it stays on the host when it
// returns, but an instance of the account's for its grace time.
Result<Proof> verify_account(const Layout& layout, const Account& account,
                             const std::function<void(const std::string&)>& progress);

}  // namespace jail::provision
