// SPDX-License-Identifier: Apache-2.0
// The host's record of events, <log>/audit.jsonl: for root tests and end-to-end tests.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "libjail/policy/paths.h"

namespace jail::testing {

// Those of one kind, or all.
inline std::vector<nlohmann::json> events(const std::string& kind = {}) {
    std::vector<nlohmann::json> found;
    std::ifstream lines(std::string(paths::kLogDir) + "/audit.jsonl");
    for (std::string line; std::getline(lines, line);)
        if (nlohmann::json event = nlohmann::json::parse(line); kind.empty() || event["event"] == kind)
            found.push_back(std::move(event));
    return found;
}

}  // namespace jail::testing
