// SPDX-License-Identifier: Apache-2.0
// The report of jail-verify-client to jail-provision: one line for each way into a session that it tried. The
// client has read bytes of the account, so its lines are taken as anybody's: known words, and a bounded text.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace jail::provision {

enum class Seen {
    kInside,   // it opened, and its answer shows a jail's files
    kOutside,  // it opened, and reached the host
    kOpen,     // it opened; its answer does not tell where
    kRefused,  // the server, or jailshell, refused it
    kAbsent,   // it opened, and the program that it needs is not there
    kUntried,  // it could not be tried
};

struct WireReport {
    std::string way;
    Seen seen = Seen::kUntried;
    std::string detail;  // one line, for the administrator
};

// The ways, in the order in which they are tried.
std::span<const std::string_view> wire_ways();

// The client holds its session open at this one until it reads a line.
inline constexpr std::string_view kHeldWay = "login";

// Not one of them: how long one login took, in microseconds, where that is all that is asked for.
inline constexpr std::string_view kTimedLogin = "timed-login";

// With the newline.
std::string encode(const WireReport& report);

// Of one line, without the newline. Empty: not such a line.
std::optional<WireReport> decode_wire_report(std::string_view line);

}  // namespace jail::provision
