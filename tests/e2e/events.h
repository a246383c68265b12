// The host's record of events, of one kind.
#pragma once

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "libjail/paths.h"
#include "machine.h"

namespace jail::testing {

inline std::vector<nlohmann::json> events(const std::string& kind) {
    std::vector<nlohmann::json> found;
    std::istringstream lines(machine::read_file(std::string(paths::kLogDir) + "/audit.jsonl"));
    for (std::string line; std::getline(lines, line);)
        if (nlohmann::json event = nlohmann::json::parse(line); event["event"] == kind)
            found.push_back(std::move(event));
    return found;
}

}  // namespace jail::testing
