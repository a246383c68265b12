// SPDX-License-Identifier: Apache-2.0
#include "provision/events/sums.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "provision/events/event_time.h"

namespace jail::provision {

namespace {

constexpr std::pair<const char*, By> kWords[] = {
    {"account", By::kAccount}, {"jail", By::kJail}, {"day", By::kDay}, {"service", By::kService}};

template <class T>
void raise(std::optional<T>& most, const std::optional<T>& value) {
    if (value) most = std::max(most.value_or(*value), *value);
}

void open_session(const nlohmann::json& event, Sum& sum) {
    ++sum.sessions;
    ++sum.doors[text_of(event, "door")];
    raise(sum.last_login, std::optional(time_of(event)));
}

// Only the part of it that is not before `since`.
void close_session(const nlohmann::json& event, std::int64_t since, Sum& sum) {
    const auto most = static_cast<std::uint64_t>(std::max<std::int64_t>(time_of(event) - since, 0)) * 1000;
    sum.connected_ms += std::min(number_of(event, "duration_ms").value_or(0), most);
    raise(sum.memory_peak, number_of(event, "instance_peak_memory_bytes"));
}

// The processor's time is counted here alone: sessions that are open together each have all of the
// instance's.
void stop_instance(const nlohmann::json& event, Sum& sum) {
    if (const auto used = number_of(event, "instance_cpu_us")) sum.cpu_us = sum.cpu_us.value_or(0) + *used;
    raise(sum.memory_peak, number_of(event, "instance_peak_memory_bytes"));
}

void hit_limit(const nlohmann::json& event, Sum& sum) {
    const std::string limit = text_of(event, "limit");
    const std::uint64_t times = number_of(event, "times").value_or(1);
    (limit == "oom_kill" ? sum.oom_kills : sum.limits[limit]) += times;
}

void add_to(const std::string& kind, const nlohmann::json& event, std::int64_t since, Sum& sum) {
    if (kind == "session_open") return open_session(event, sum);
    if (kind == "session_close") return close_session(event, since, sum);
    if (kind == "instance_stop") return stop_instance(event, sum);
    if (kind == "limit_hit") return hit_limit(event, sum);
    if (kind == "denial") ++(text_of(event, "source") == "inside" ? sum.refused_inside : sum.refused);
    if (kind == "suppressed") sum.suppressed += number_of(event, "events").value_or(0);
}

bool is_counted(const std::string& kind) {
    constexpr const char* kKinds[] = {"session_open", "session_close", "instance_stop",
                                      "limit_hit",    "denial",        "suppressed"};
    return std::find(std::begin(kKinds), std::end(kKinds), kind) != std::end(kKinds);
}

}  // namespace

void Sum::add(const Sum& other) {
    sessions += other.sessions;
    for (const auto& [door, count] : other.doors) doors[door] += count;
    refused += other.refused;
    refused_inside += other.refused_inside;
    for (const auto& [limit, count] : other.limits) limits[limit] += count;
    oom_kills += other.oom_kills;
    connected_ms += other.connected_ms;
    if (other.cpu_us) cpu_us = cpu_us.value_or(0) + *other.cpu_us;
    raise(memory_peak, other.memory_peak);
    raise(last_login, other.last_login);
    suppressed += other.suppressed;
}

std::optional<By> parse_by(const std::string& word) {
    for (const auto& [name, by] : kWords)
        if (word == name) return by;
    return std::nullopt;
}

const char* name_of(By by) {
    for (const auto& [name, one] : kWords)
        if (by == one) return name;
    return "";
}

Sums::Sums(By by, std::int64_t since, JailOf jails, Wanted wanted)
    : by_(by), since_(since), jails_(std::move(jails)), wanted_(std::move(wanted)) {}

std::string Sums::key_of(const nlohmann::json& event, const std::string& account,
                         const std::string& jail) const {
    switch (by_) {
        case By::kAccount:
            return account;
        case By::kJail:
            return jail;
        case By::kDay:
            return day_of(time_of(event));
        case By::kService:
            return text_of(event, "door");
    }
    return {};
}

void Sums::count(const nlohmann::json& event) {
    std::string account = text_of(event, "account"), jail = text_of(event, "jail");
    if (!jail.empty() && !account.empty()) jails_[account] = jail;  // an older event than `since` too
    const std::string kind = text_of(event, "event");
    if (time_of(event) < since_ || !is_counted(kind)) return;
    const auto known = jails_.find(account);
    if (jail.empty() && known != jails_.end()) jail = known->second;
    // A door that could not find out the name.
    if (const auto uid = number_of(event, "uid"); account.empty() && uid)
        account = "uid " + std::to_string(*uid);
    if (wanted_ && !wanted_(account, jail)) return;
    add_to(kind, event, since_, sums_[key_of(event, account, jail)]);
}

std::vector<Sums::Row> Sums::rows() const {
    std::vector<Row> rows;
    for (const auto& [name, sum] : sums_) rows.push_back({name, sum});
    if (by_ != By::kDay)  // the map's order is that of dates, and of names
        std::stable_sort(rows.begin(), rows.end(),
                         [](const Row& a, const Row& b) { return a.sum.sessions > b.sum.sessions; });
    return rows;
}

Sum Sums::total() const {
    Sum total;
    for (const auto& [name, sum] : sums_) total.add(sum);
    return total;
}

}  // namespace jail::provision
