// SPDX-License-Identifier: Apache-2.0
// Events of audit.jsonl (jail-supervisor(8)), as lines for people.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace jail::provision {

struct EventFilter {
    std::string account;     // or a jail; empty: all
    bool denials = false;    // these alone
    std::int64_t since = 0;  // seconds since 1970
};

bool is_wanted(const nlohmann::json& event, const EventFilter& filter);

// "2026-11-30 18:04:11  harlequin   arkham   session opened by sshd from 192.0.2.7"
std::string line_of(const nlohmann::json& event);

}  // namespace jail::provision
