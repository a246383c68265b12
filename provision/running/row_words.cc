// SPDX-License-Identifier: Apache-2.0
#include "provision/running/row_words.h"

#include <time.h>

#include <algorithm>

#include "provision/base/problem.h"
#include "provision/base/words.h"

namespace jail::provision {

namespace {

std::string of_limit(const std::optional<std::uint64_t>& used, const std::optional<std::uint64_t>& limit,
                     std::string (*word)(std::uint64_t)) {
    if (!used) return "-";
    return word(*used) + (limit ? "/" + word(*limit) : "");
}

std::string clock_of(std::int64_t moment) {
    const time_t seconds = static_cast<time_t>(moment);
    const bool is_today = ::time(nullptr) - seconds < 86'400;
    tm parts = {};
    char text[32] = {};
    (void)::localtime_r(&seconds, &parts);
    (void)::strftime(text, sizeof text, is_today ? "%H:%M" : "%b %d", &parts);
    return text;
}

}  // namespace

std::string cpu_of(const InstanceRow& row) {
    const auto& used = row.instance.use.cpu_us;
    return used ? std::to_string(*used / 1'000'000) + "s" : "-";
}

std::string memory_of(const InstanceRow& row) {
    return of_limit(row.instance.use.memory_bytes, row.instance.use.memory_limit, human_size);
}

std::string tasks_of(const InstanceRow& row) {
    return of_limit(row.instance.use.tasks, row.instance.use.tasks_limit,
                    [](std::uint64_t number) { return std::to_string(number); });
}

std::string since_of(const RunningInstance& instance) {
    return instance.sessions.empty() ? "-" : clock_of(instance.sessions.front().opened);
}

std::string idle_of(const InstanceRow& row) {
    return row.idle && !row.instance.sessions.empty() ? span_of(*row.idle) : "-";
}

std::string generation_of(const InstanceRow& row) {
    const bool is_old = row.newest != 0 && row.newest != row.instance.generation;
    return std::to_string(row.instance.generation) +
           (is_old ? " (of " + std::to_string(row.newest) + ")" : "");
}

std::string what_of(const InstanceRow& row, std::int64_t now) {
    if (row.instance.sessions.empty() && !row.instance.lingers) {
        const std::int64_t left = row.instance.idle_since.value_or(0) + row.instance.grace_seconds - now;
        return "warm for " + span_of(std::max<std::int64_t>(left, 0));
    }
    std::string what = row.frozen ? "frozen: " : row.instance.sessions.empty() ? "lingers: " : "";
    constexpr std::size_t kMost = 4;
    for (std::size_t i = 0; i < std::min(kMost, row.programs.size()); ++i)
        what += (i == 0 ? "" : ", ") + printable(row.programs[i]);
    if (row.programs.size() > kMost) what += ", ...";
    return what;
}

std::string from_of(const RunningInstance& instance) {
    if (instance.sessions.empty()) return "-";
    const RunningSession& first = instance.sessions.front();
    std::string from = (first.peer.empty() ? "" : printable(first.peer) + " ") + printable(first.door);
    if (instance.sessions.size() > 1) from += " +" + std::to_string(instance.sessions.size() - 1);
    return from;
}

}  // namespace jail::provision
