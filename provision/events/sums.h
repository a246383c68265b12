// SPDX-License-Identifier: Apache-2.0
// Sums of events: how often accounts were in and were refused, and what that took.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace jail::provision {

struct Sum {
    std::uint64_t sessions = 0;                   // that opened
    std::map<std::string, std::uint64_t> doors;   // the same by door
    std::uint64_t refused = 0;                    // logins
    std::uint64_t refused_inside = 0;             // commands, by jailshell inside: the account's own word
    std::map<std::string, std::uint64_t> limits;  // how often each was met; without oom_kill
    std::uint64_t oom_kills = 0;
    std::uint64_t connected_ms = 0;       // of sessions that have closed, since the first moment that counts
    std::optional<std::uint64_t> cpu_us;  // of instances that have stopped
    std::optional<std::uint64_t> memory_peak;  // bytes, the most of one instance
    std::optional<std::int64_t> last_login;    // seconds since 1970
    std::uint64_t suppressed = 0;              // events that were not recorded

    void add(const Sum& other);
};

// A row for each of these. kService is an event's door: the PAM service, or jailshell.
enum class By { kAccount, kJail, kDay, kService };

// The word of --by. nullopt: none of them.
std::optional<By> parse_by(const std::string& word);
const char* name_of(By by);

// The jail of each account, by name: for denials of doors, which do not say it.
using JailOf = std::map<std::string, std::string>;
using Wanted = std::function<bool(const std::string& account, const std::string& jail)>;

class Sums {
public:
    // Events before `since`, seconds since 1970, and those of others than the wanted do not count.
    Sums(By by, std::int64_t since, JailOf jails, Wanted wanted);

    void count(const nlohmann::json& event);

    // Days by date, others by the number of their sessions, then by name. An event that says none of what
    // makes rows, as a stopped instance has no door, is in the row without a name.
    struct Row {
        std::string name;
        Sum sum;
    };
    std::vector<Row> rows() const;
    Sum total() const;

private:
    std::string key_of(const nlohmann::json& event, const std::string& account,
                       const std::string& jail) const;

    By by_;
    std::int64_t since_;
    JailOf jails_;
    Wanted wanted_;
    std::map<std::string, Sum> sums_;
};

}  // namespace jail::provision
