// SPDX-License-Identifier: Apache-2.0
// The attempts of a verification, a row each.
#pragma once

#include <string>
#include <vector>

namespace jail::provision {

enum class RowState {
    kAsPolicy,
    kNote,     // not part of the verdict: it was not tried, and nothing of the policy hangs on it
    kUntried,  // it belongs to the proof, and could not be tried
    kWrong,
};

struct Row {
    std::string group;  // "ways", "session", ...
    std::string code;   // stable: "shell", "filter", ...
    std::string tried;  // in words
    std::string policy;
    std::string seen;
    RowState state = RowState::kUntried;
};

using Rows = std::vector<Row>;

}  // namespace jail::provision
