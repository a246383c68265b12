// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "provision/events/event_time.h"
#include "provision/events/sums.h"
#include "provision/events/sums_words.h"

namespace jail::provision {
namespace {

using nlohmann::json;

json event(const char* kind, const char* time, const char* account, json more = json::object()) {
    more["event"] = kind;
    more["time"] = time;
    if (*account != '\0') more["account"] = account;
    return more;
}

json in_arkham(const char* kind, const char* time, const char* account, json more = json::object()) {
    more["jail"] = "arkham";
    return event(kind, time, account, std::move(more));
}

std::int64_t moment(const char* time) {
    return time_of({{"time", time}});
}

Sum only(const Sums& sums, const std::string& name) {
    for (const Sums::Row& row : sums.rows())
        if (row.name == name) return row.sum;
    ADD_FAILURE() << "no row " << name;
    return {};
}

const std::vector<json> kDay = {
    in_arkham("session_open", "2026-11-30T10:00:00.000Z", "harlequin", {{"door", "sshd"}}),
    in_arkham("session_open", "2026-11-30T10:00:01.000Z", "harlequin", {{"door", "sshd"}}),
    in_arkham("session_open", "2026-11-30T11:00:00.000Z", "harlequin", {{"door", "su"}}),
    in_arkham("session_close", "2026-11-30T12:00:00.000Z", "harlequin",
              {{"door", "su"},
               {"duration_ms", 3'600'000},
               {"instance_cpu_us", 7'000'000},
               {"instance_peak_memory_bytes", 5000}}),
    in_arkham("limit_hit", "2026-11-30T12:00:00.000Z", "harlequin", {{"limit", "memory"}, {"times", 3}}),
    in_arkham("limit_hit", "2026-11-30T12:00:00.000Z", "harlequin", {{"limit", "oom_kill"}, {"times", 2}}),
    event("denial", "2026-11-30T12:30:00.000Z", "harlequin", {{"source", "pam_jail"}, {"door", "cron"}}),
    in_arkham("denial", "2026-11-30T12:31:00.000Z", "harlequin", {{"source", "inside"}, {"command", "x"}}),
    in_arkham("suppressed", "2026-11-30T12:31:01.000Z", "harlequin", {{"events", 40}}),
    in_arkham("instance_stop", "2026-11-30T13:00:00.000Z", "harlequin",
              {{"instance_cpu_us", 9'000'000}, {"instance_peak_memory_bytes", 4000}}),
    in_arkham("instance_stop", "2026-11-30T14:00:00.000Z", "harlequin", {{"instance_cpu_us", 1'000'000}}),
    in_arkham("session_open", "2026-12-01T10:00:00.000Z", "ivy", {{"door", "sshd"}})};

Sums of(By by, const char* since = "2026-11-01T00:00:00.000Z", Wanted wanted = {}) {
    Sums sums(by, moment(since), {}, std::move(wanted));
    for (const json& one : kDay) sums.count(one);
    return sums;
}

TEST(EventSums, AnAccountHasAllThatHappenedToIt) {
    const Sum sum = only(of(By::kAccount), "harlequin");
    EXPECT_EQ(sum.sessions, 3u);
    EXPECT_EQ(sum.doors, (std::map<std::string, std::uint64_t>{{"sshd", 2}, {"su", 1}}));
    EXPECT_EQ(sum.refused, 1u);
    EXPECT_EQ(sum.refused_inside, 1u);
    EXPECT_EQ(sum.limits, (std::map<std::string, std::uint64_t>{{"memory", 3}}));
    EXPECT_EQ(sum.oom_kills, 2u);
    EXPECT_EQ(sum.connected_ms, 3'600'000u);
    EXPECT_EQ(sum.memory_peak, 5000u);
    EXPECT_EQ(sum.last_login, moment("2026-11-30T11:00:00.000Z"));
    EXPECT_EQ(sum.suppressed, 40u);
}

TEST(EventSums, TheProcessorsTimeOfSessionsThatOverlapCountsOnce) {
    EXPECT_EQ(only(of(By::kAccount), "harlequin").cpu_us, 10'000'000u);
    EXPECT_FALSE(only(of(By::kAccount), "ivy").cpu_us) << "not known is not none";
}

TEST(EventSums, RowsAreByJailDayOrService) {
    EXPECT_EQ(only(of(By::kJail), "arkham").sessions, 4u);
    const auto services = of(By::kService);
    EXPECT_EQ(only(services, "sshd").sessions, 3u);
    EXPECT_EQ(only(services, "cron").refused, 1u);
    EXPECT_EQ(only(services, "").cpu_us, 10'000'000u) << "an instance has no door";
    const std::vector<Sums::Row> days = of(By::kDay).rows();
    ASSERT_EQ(days.size(), 2u);
    EXPECT_LT(days[0].name, days[1].name);
}

TEST(EventSums, MostSessionsComeFirst) {
    Sums sums(By::kAccount, 0, {}, {});
    for (const char* account : {"zoe", "bob", "ada", "zoe"})
        sums.count(in_arkham("session_open", "2026-11-30T10:00:00Z", account));
    std::vector<std::string> names;
    for (const Sums::Row& row : sums.rows()) names.push_back(row.name);
    EXPECT_EQ(names, (std::vector<std::string>{"zoe", "ada", "bob"}));
}

TEST(EventSums, TheTotalIsOfAllRows) {
    const Sum total = of(By::kAccount).total();
    EXPECT_EQ(total.sessions, 4u);
    EXPECT_EQ(total.doors.at("sshd"), 3u);
    EXPECT_EQ(total.memory_peak, 5000u) << "the most, not the sum";
    EXPECT_EQ(total.last_login, moment("2026-12-01T10:00:00.000Z"));
}

TEST(EventSums, OfASessionOnlyTheTimeSinceTheFirstMomentCounts) {
    const Sum sum = only(of(By::kAccount, "2026-11-30T11:30:00.000Z"), "harlequin");
    EXPECT_EQ(sum.sessions, 0u);
    EXPECT_EQ(sum.connected_ms, 1'800'000u);
}

TEST(EventSums, TheDenialOfADoorIsOfTheJailThatTheAccountIsIn) {
    const auto arkham = [](const std::string&, const std::string& jail) { return jail == "arkham"; };
    EXPECT_EQ(only(of(By::kJail, "2026-11-01T00:00:00.000Z", arkham), "arkham").refused, 1u);
    Sums sums(By::kJail, 0, {{"joker", "arkham"}}, arkham);
    sums.count(event("denial", "2026-11-30T10:00:00Z", "joker", {{"source", "pam_jail"}}));
    sums.count(event("denial", "2026-11-30T10:00:00Z", "other", {{"source", "pam_jail"}}));
    EXPECT_EQ(only(sums, "arkham").refused, 1u);
    EXPECT_EQ(sums.total().refused, 1u);
}

TEST(EventSums, AnAccountWithoutANameIsNamedByItsUid) {
    Sums sums(By::kAccount, 0, {}, {});
    sums.count(event("denial", "2026-11-30T10:00:00Z", "", {{"uid", 1234}}));
    EXPECT_EQ(only(sums, "uid 1234").refused, 1u);
}

TEST(EventSums, FieldsOfOtherTypesAndOtherEventsCountNothing) {
    Sums sums(By::kAccount, 0, {}, {});
    sums.count(event("session_close", "2026-11-30T10:00:00Z", "joker", {{"duration_ms", "long"}}));
    sums.count(event("limit_hit", "2026-11-30T10:00:00Z", "joker", {{"limit", 7}, {"times", -3}}));
    sums.count({{"event", 3}, {"time", json::array()}, {"account", nullptr}});
    sums.count(event("instance_start", "2026-11-30T10:00:00Z", "bob"));
    ASSERT_EQ(sums.rows().size(), 1u);
    EXPECT_EQ(sums.total().connected_ms, 0u);
    EXPECT_EQ(sums.total().limits.at(""), 1u);
}

TEST(EventSums, NoByteOfATableSteersATerminal) {
    Sums sums(By::kAccount, 0, {}, {});
    sums.count(event("session_open", "2026-11-30T10:00:00Z", "a\x1b[2J\xc2\x9b", {{"door", "s\nu\r"}}));
    sums.count(event("limit_hit", "2026-11-30T10:00:00Z", "b", {{"limit", "\x1b]0;x\a"}}));
    const std::vector<std::string> lines = table_of(By::kAccount, sums.rows(), sums.total());
    ASSERT_EQ(lines.size(), 4u);
    for (const std::string& line : lines)
        EXPECT_TRUE(std::all_of(line.begin(), line.end(), [](unsigned char c) {
            return c >= ' ' && c < 0x7f;
        })) << line;
    EXPECT_NE(lines[1].find("a\\x1b[2J\\xc2\\x9b"), std::string::npos) << lines[1];
    EXPECT_EQ(lines[3].rfind("TOTAL", 0), 0u) << lines[3];
}

TEST(EventSums, ATableOfOneRowHasNoTotal) {
    Sums sums(By::kAccount, 0, {}, {});
    sums.count(event("session_open", "2026-11-30T10:00:00Z", "ivy", {{"door", "sshd"}}));
    const std::vector<std::string> lines = table_of(By::kAccount, sums.rows(), sums.total());
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0].rfind("ACCOUNT", 0), 0u);
    EXPECT_NE(lines[1].find("sshd 1"), std::string::npos);
}

TEST(EventSums, TheWordsOfByAreKnown) {
    for (const By by : {By::kAccount, By::kJail, By::kDay, By::kService})
        EXPECT_EQ(parse_by(name_of(by)), by);
    EXPECT_FALSE(parse_by("month"));
}

}  // namespace
}  // namespace jail::provision
