// What a person is told when a login is refused: one line that says enough to act on, and an id by which the
// administrator finds the cause in the log. The cause itself is never told: it would reveal what exists on
// the host.
#pragma once

#include <string>

namespace jail {

// Eight hexadecimal digits from getrandom(2).
std::string new_event_id();

// "the jail of this account is not available; tell your administrator: event 1f2e3d4c"
std::string refusal(const std::string& event_id);

}  // namespace jail
