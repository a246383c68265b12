// SPDX-License-Identifier: Apache-2.0
// How far a long build is, for a person at a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace jail::provision {

// Draws one line on stderr, when that is a terminal and the work has taken half a second.
class Progress {
public:
    // Shorter work is over before a person has read anything.
    static constexpr std::int64_t kPatienceMs = 500;
    static constexpr std::int64_t kBetweenMs = 100;  // of two drawings

    using Clock = std::int64_t (*)();  // milliseconds

    Progress();
    // For tests: another descriptor, another time.
    Progress(int output, Clock clock) : output_(output), clock_(clock) {}
    ~Progress() { clear(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void begin(const std::string& what, std::size_t total);
    void advance(std::size_t done);
    // Takes the line away, so that messages stand alone.
    void clear();

private:
    void draw(std::size_t done);

    int output_ = 2;
    Clock clock_;
    std::string what_;
    std::size_t total_ = 0;
    std::int64_t started_ms_ = 0;
    std::int64_t drawn_ms_ = 0;
    bool shown_ = false;
};

// "arkham  [########--------]  312/624 files", as wide as the terminal allows; empty when it is too narrow.
std::string progress_line(const std::string& what, std::size_t done, std::size_t total, std::size_t columns);

}  // namespace jail::provision
