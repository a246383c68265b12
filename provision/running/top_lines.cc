// SPDX-License-Identifier: Apache-2.0
#include "provision/running/top_lines.h"

#include <time.h>

#include <cstdio>

#include "provision/base/words.h"
#include "provision/running/row_words.h"

namespace jail::provision {

namespace {

constexpr char kColumns[] = "%-14s %-12s %6s  %-19s %-9s %4s %8s %5s  %-22s ";

std::string percent(double value) {
    char text[32];
    (void)std::snprintf(text, sizeof text, "%.1f", value);
    return text;
}

// A name that is longer than its column moves the rest of its line, and no other.
std::string columns(const std::vector<std::string>& words) {
    char text[512];
    (void)std::snprintf(text, sizeof text, kColumns, words[0].c_str(), words[1].c_str(), words[2].c_str(),
                        words[3].c_str(), words[4].c_str(), words[5].c_str(), words[6].c_str(),
                        words[7].c_str(), words[8].c_str());
    return text;
}

}  // namespace

std::string ascii(const std::string& text) {
    std::string line;
    for (const unsigned char c : text) {
        char byte[8];
        (void)std::snprintf(byte, sizeof byte, c >= 0x20 && c < 0x7f ? "%c" : "\\x%02x", c);
        line += byte;
    }
    return line;
}

std::string title_line(const std::vector<InstanceRow>& rows, SortKey key, std::int64_t now) {
    std::size_t sessions = 0;
    std::uint64_t memory = 0;
    double cpu = 0;
    for (const InstanceRow& row : rows) {
        sessions += row.instance.sessions.size();
        memory += row.instance.use.memory_bytes.value_or(0);
        cpu += row.cpu_percent.value_or(0);
    }
    const time_t seconds = static_cast<time_t>(now);
    tm parts = {};
    char clock[16] = {};
    (void)::localtime_r(&seconds, &parts);
    (void)::strftime(clock, sizeof clock, "%H:%M:%S", &parts);
    return std::string(clock) + ", " + count_of(rows.size(), "jail") + ", " + count_of(sessions, "session") +
           ", cpu " + percent(cpu) + " %, memory " + human_size(memory) + ", by " + name_of(key);
}

std::string header_line() {
    return columns({"ACCOUNT", "JAIL", "%CPU", "MEMORY", "TASKS", "SESS", "CPU", "IDLE", "FROM"}) + "WHAT";
}

std::string row_line(const InstanceRow& row, std::int64_t now) {
    const RunningInstance& instance = row.instance;
    return columns({ascii(instance.account), ascii(instance.jail),
                    row.cpu_percent ? percent(*row.cpu_percent) : "-", memory_of(row), tasks_of(row),
                    std::to_string(instance.sessions.size()), cpu_of(row), idle_of(row),
                    ascii(from_of(instance))}) +
           ascii(what_of(row, now));
}

}  // namespace jail::provision
