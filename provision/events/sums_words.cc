// SPDX-License-Identifier: Apache-2.0
#include "provision/events/sums_words.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/base/problem.h"
#include "provision/base/words.h"
#include "provision/events/event_time.h"

namespace jail::provision {

namespace {

std::string upper(std::string word) {
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c); });
    return word;
}

// "sshd 12, su 3", the most frequent first.
std::string counts(const std::map<std::string, std::uint64_t>& numbers) {
    std::vector<std::pair<std::string, std::uint64_t>> sorted(numbers.begin(), numbers.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    std::string words;
    for (const auto& [name, count] : sorted)
        words += (words.empty() ? "" : ", ") + (name.empty() ? "?" : printable(name)) + " " +
                 std::to_string(count);
    return words.empty() ? "-" : words;
}

std::string line_of(const std::string& name, const Sum& sum) {
    char text[256];
    (void)std::snprintf(
        text, sizeof text, " %8llu %9s %7llu %8llu %5llu %8s %10s  %-16s  ",
        static_cast<unsigned long long>(sum.sessions),
        span_of(static_cast<std::int64_t>(sum.connected_ms / 1000)).c_str(),
        static_cast<unsigned long long>(sum.refused), static_cast<unsigned long long>(sum.refused_inside),
        static_cast<unsigned long long>(sum.oom_kills),
        sum.cpu_us ? span_of(static_cast<std::int64_t>(*sum.cpu_us / 1'000'000)).c_str() : "-",
        sum.memory_peak ? human_size(*sum.memory_peak).c_str() : "-",
        sum.last_login ? minute_of(*sum.last_login).c_str() : "-");
    constexpr std::size_t kWidth = 20;
    std::string line = name.empty() ? "-" : printable(name);
    line.resize(std::max(line.size(), kWidth), ' ');
    line += text + counts(sum.doors);
    if (!sum.limits.empty()) line += "; limits: " + counts(sum.limits);
    return line;
}

template <class T>
nlohmann::json or_null(const std::optional<T>& value) {
    return value ? nlohmann::json(*value) : nlohmann::json();
}

}  // namespace

std::vector<std::string> table_of(By by, const std::vector<Sums::Row>& rows, const Sum& total) {
    char header[256];
    (void)std::snprintf(header, sizeof header, "%-20s %8s %9s %7s %8s %5s %8s %10s  %-16s  %s",
                        upper(name_of(by)).c_str(), "SESSIONS", "CONNECTED", "REFUSED", "COMMANDS", "OOM",
                        "CPU", "MEMORY", "LAST LOGIN", "DOORS");
    std::vector<std::string> lines = {header};
    for (const Sums::Row& row : rows) lines.push_back(line_of(row.name, row.sum));
    if (rows.size() > 1) lines.push_back(line_of("TOTAL", total));
    return lines;
}

nlohmann::json as_json(const Sum& sum) {
    return {{"sessions", sum.sessions},
            {"doors", sum.doors},
            {"logins_refused", sum.refused},
            {"commands_refused", sum.refused_inside},
            {"limits", sum.limits},
            {"oom_kills", sum.oom_kills},
            {"connected_ms", sum.connected_ms},
            {"cpu_us", or_null(sum.cpu_us)},
            {"memory_peak_bytes", or_null(sum.memory_peak)},
            {"last_login", or_null(sum.last_login)},
            {"suppressed", sum.suppressed}};
}

}  // namespace jail::provision
