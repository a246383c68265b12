// SPDX-License-Identifier: Apache-2.0
// Counters of the kernel for an instance's control group, v2 or v1. Of the whole instance, all sessions of
// the account together; what this kernel or this hierarchy does not count is absent, never guessed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace jail::supervisor {

// How often a limit was met since the group was made.
struct LimitHits {
    std::uint64_t memory = 0;     // an allocation met the limit and had to wait for memory to be reclaimed
    std::uint64_t oom_kills = 0;  // processes killed for it
    std::uint64_t tasks = 0;      // a fork was refused
};

class Usage {
public:
    explicit Usage(std::vector<std::string> groups) : groups_(std::move(groups)) {}

    std::optional<std::uint64_t> peak_memory_bytes() const;
    std::optional<std::uint64_t> cpu_usec() const;  // user and system
    // Keeps the present values, for when the control group is gone.
    void remember();
    LimitHits limit_hits() const;
    // Files for which poll(2) reports POLLPRI when a limit was met; v1's memory hierarchy has none.
    std::vector<std::string> event_files() const;

private:
    std::vector<std::string> groups_;                            // one directory a hierarchy
    std::optional<std::uint64_t> peak_memory_bytes_, cpu_usec_;  // remembered
};

}  // namespace jail::supervisor
