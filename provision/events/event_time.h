// SPDX-License-Identifier: Apache-2.0
// Fields of an event of audit.jsonl (jail-supervisor(8)), whatever their types are, and times as
// administrators write them.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace jail::provision {

// Empty: not there, or not a string.
std::string text_of(const nlohmann::json& event, const char* name);
// nullopt: not there, or not a number of 0 or more.
std::optional<std::uint64_t> number_of(const nlohmann::json& event, const char* name);

// The seconds since 1970 of an event's time; 0: without a time.
std::int64_t time_of(const nlohmann::json& event);

// "2026-11-30", "2026-11-30 18:04", of the host's time zone.
std::string day_of(std::int64_t moment);
std::string minute_of(std::int64_t moment);

// "30m", "2h", "7d" before now, or a day as 2026-11-30, of the host's time zone. -1: neither.
std::int64_t parse_since(const std::string& text);

}  // namespace jail::provision
