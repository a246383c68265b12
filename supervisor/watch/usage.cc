// SPDX-License-Identifier: Apache-2.0
#include "supervisor/watch/usage.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "libjail/base/files.h"

namespace jail::supervisor {
namespace {

// Empty if the file does not exist: another version of the hierarchy, an older kernel.
std::string read_file(const std::string& path) {
    auto content = read_small_file(path);
    return content ? std::move(content).value() : std::string();
}

std::optional<std::uint64_t> number_at(std::string_view text) {
    if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
    return std::strtoull(std::string(text.substr(0, 20)).c_str(), nullptr, 10);
}

// The value of the line "key value".
std::optional<std::uint64_t> value_of(std::string_view content, std::string_view key) {
    while (!content.empty()) {
        const std::string_view line = content.substr(0, content.find('\n'));
        if (line.size() > key.size() && line.substr(0, key.size()) == key && line[key.size()] == ' ')
            return number_at(line.substr(key.size() + 1));
        content.remove_prefix(std::min(content.size(), line.size() + 1));
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> Usage::peak_memory_bytes() const {
    for (const std::string& group : groups_)
        for (const char* file : {"/memory.peak", "/memory.max_usage_in_bytes"})
            if (const auto bytes = number_at(read_file(group + file))) return bytes;
    return peak_memory_bytes_;
}

std::optional<std::uint64_t> Usage::cpu_usec() const {
    for (const std::string& group : groups_) {
        if (const auto microseconds = value_of(read_file(group + "/cpu.stat"), "usage_usec"))
            return microseconds;
        if (const auto nanoseconds = number_at(read_file(group + "/cpuacct.usage")))
            return *nanoseconds / 1000;
    }
    return cpu_usec_;
}

void Usage::remember() {
    peak_memory_bytes_ = peak_memory_bytes();
    cpu_usec_ = cpu_usec();
}

LimitHits Usage::limit_hits() const {
    LimitHits hits;
    for (const std::string& group : groups_) {
        const std::string events = read_file(group + "/memory.events");
        if (const auto count = value_of(events, "max")) hits.memory = *count;
        if (const auto count = value_of(events, "oom_kill")) hits.oom_kills = *count;
        if (const auto count = number_at(read_file(group + "/memory.failcnt"))) hits.memory = *count;
        // v1 does not count at the limit of memory with swap; a process that was killed for it met the limit
        // all the same.
        if (const auto count = value_of(read_file(group + "/memory.oom_control"), "oom_kill")) {
            hits.oom_kills = *count;
            hits.memory = std::max(hits.memory, hits.oom_kills);
        }
        if (const auto count = value_of(read_file(group + "/pids.events"), "max")) hits.tasks = *count;
    }
    return hits;
}

std::vector<std::string> Usage::event_files() const {
    std::vector<std::string> files;
    for (const std::string& group : groups_)
        for (const char* file : {"/memory.events", "/pids.events"})
            if (::access((group + file).c_str(), F_OK) == 0) files.push_back(group + file);
    return files;
}

}  // namespace jail::supervisor
