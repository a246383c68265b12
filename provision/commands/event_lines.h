// SPDX-License-Identifier: Apache-2.0
// Events of audit.jsonl (jail-supervisor(8)), as lines for people.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace jail::provision {

// The log's files, the oldest first: those that logrotate(8) and the cap have renamed may be missing.
std::vector<std::string> audit_logs();

struct EventFilter {
    std::string account;     // or a jail; empty: all
    bool denials = false;    // these alone
    std::int64_t since = 0;  // seconds since 1970
};

bool is_wanted(const nlohmann::json& event, const EventFilter& filter);

// "2026-11-30 18:04:11  harlequin   arkham   session opened by sshd from 192.0.2.7"
std::string line_of(const nlohmann::json& event);

// The seconds since 1970 of an event's time; 0: without a time.
std::int64_t time_of(const nlohmann::json& event);

// "30m", "2h", "7d" before now, or a day as 2026-11-30, of the host's time zone. -1: neither.
std::int64_t parse_since(const std::string& text);

}  // namespace jail::provision
