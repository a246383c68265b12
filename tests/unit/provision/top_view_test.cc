// SPDX-License-Identifier: Apache-2.0
#include "provision/running/top_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "provision/running/cpu_rates.h"
#include "provision/running/processes.h"
#include "provision/running/top_lines.h"

namespace jail::provision {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;
constexpr ScreenSize kScreen = {10, 120};

InstanceRow row(const std::string& account, double cpu = 0, std::uint64_t memory = 0,
                std::uint64_t tasks = 0) {
    static std::uint32_t uid = 1000;
    InstanceRow row;
    row.instance.account = account;
    row.instance.jail = "arkham";
    row.instance.uid = ++uid;
    row.instance.init_pid = 77;
    row.instance.sessions.resize(1);
    row.instance.use.memory_bytes = memory;
    row.instance.use.tasks = tasks;
    row.cpu_percent = cpu;
    return row;
}

std::vector<std::string> accounts(const std::vector<InstanceRow>& rows) {
    std::vector<std::string> names;
    for (const InstanceRow& row : rows) names.push_back(row.instance.account);
    return names;
}

using Names = std::vector<std::string>;

std::string selected(TopView& view) {
    for (const FrameLine& line : view.frame(kScreen, kNow))
        if (line.text.starts_with("> ")) return line.text.substr(2, line.text.find(' ', 2) - 2);
    return {};
}

std::string last(TopView& view) {
    return view.frame(kScreen, kNow).back().text;
}

const std::vector<InstanceRow> kRows = {row("bob", 1, 300, 5), row("ada", 9, 100, 5), row("eve", 5, 200, 9)};

TEST(TopView, KeysSortTheLargestFirst) {
    TopView view(SortKey::kCpu);
    view.take(kRows);
    EXPECT_EQ(accounts(view.rows()), (Names{"ada", "eve", "bob"}));
    view.press('m', 5);
    EXPECT_EQ(accounts(view.rows()), (Names{"bob", "eve", "ada"}));
    view.press('t', 5);
    EXPECT_EQ(accounts(view.rows()), (Names{"eve", "ada", "bob"})) << "equals by name";
    view.press('a', 5);
    EXPECT_EQ(accounts(view.rows()), (Names{"ada", "bob", "eve"}));
    view.press('c', 5);
    EXPECT_EQ(accounts(view.rows()), (Names{"ada", "eve", "bob"}));
}

TEST(TopView, AnUnknownFigureIsLast) {
    std::vector<InstanceRow> rows = {row("ada"), row("bob")};
    rows[0].cpu_percent.reset();
    sort_rows(rows, SortKey::kCpu);
    EXPECT_EQ(accounts(rows), (Names{"bob", "ada"}));
}

TEST(TopView, TheSelectionStaysWithItsAccount) {
    TopView view(SortKey::kAccount);
    view.take(kRows);
    view.press(kKeyDown, 5);
    EXPECT_EQ(selected(view), "bob");
    view.press('c', 5);
    EXPECT_EQ(selected(view), "bob");
    view.take({row("bob", 3), row("zoe", 1)});
    EXPECT_EQ(selected(view), "bob");
    view.take({row("zoe")});
    EXPECT_EQ(selected(view), "zoe");
    view.take({});
    EXPECT_EQ(selected(view), "");
    view.take(kRows);
    EXPECT_EQ(selected(view), "ada");
}

TEST(TopView, ArrowsStopAtBothEnds) {
    TopView view(SortKey::kAccount);
    view.take(kRows);
    view.press(kKeyUp, 5);
    EXPECT_EQ(selected(view), "ada");
    for (int i = 0; i < 9; ++i) view.press(kKeyDown, 5);
    EXPECT_EQ(selected(view), "eve");
    view.press(kKeyPageUp, 2);
    EXPECT_EQ(selected(view), "ada");
    view.press(kKeyEnd, 5);
    EXPECT_EQ(selected(view), "eve");
    view.press(kKeyHome, 5);
    EXPECT_EQ(selected(view), "ada");
}

TEST(TopView, AnAccountIsEndedOnlyAfterYes) {
    TopView view(SortKey::kAccount);
    view.take(kRows);
    EXPECT_EQ(view.press('k', 5).deed, Deed::kNone);
    EXPECT_EQ(last(view), "End all sessions and processes of ada? y/n");
    EXPECT_EQ(view.press('n', 5).deed, Deed::kNone);
    EXPECT_EQ(last(view), "nothing was done");
    EXPECT_EQ(view.press('y', 5).deed, Deed::kNone) << "without a question";
    view.press('k', 5);
    const Action action = view.press('y', 5);
    EXPECT_EQ(action.deed, Deed::kEnd);
    EXPECT_EQ(action.account, "ada");
    for (const int other : std::vector<int>{'q', 'k', '\n', 27, kKeyUp}) {
        view.press('k', 5);
        EXPECT_EQ(view.press(other, 5).deed, Deed::kNone) << other;
    }
}

TEST(TopView, AnAnswerIsForTheAccountThatWasAskedAbout) {
    TopView view(SortKey::kCpu);
    view.take(kRows);
    view.press('k', 5);  // ada
    view.take({row("zoe", 99), row("bob", 50), row("ada", 1)});
    EXPECT_EQ(view.press('y', 5).account, "ada");
    view.press('k', 5);
    view.take({row("zoe", 99)});
    EXPECT_EQ(last(view), "ada: its jail has ended");
    EXPECT_EQ(view.press('y', 5).deed, Deed::kNone) << "zoe is in ada's place";
}

TEST(TopView, WhatIsFrozenIsThawed) {
    TopView view(SortKey::kAccount);
    view.take(kRows);
    view.press('f', 5);
    EXPECT_EQ(last(view), "Freeze all that ada runs? y/n");
    EXPECT_EQ(view.press('y', 5).deed, Deed::kFreeze);
    std::vector<InstanceRow> frozen = {row("ada")};
    frozen[0].frozen = true;
    view.take(frozen);
    view.press('f', 5);
    EXPECT_EQ(last(view), "Let ada go on? y/n");
    EXPECT_EQ(view.press('Y', 5).deed, Deed::kThaw);
}

TEST(TopView, WithoutARowThereIsNothingToAsk) {
    TopView view(SortKey::kCpu);
    view.press('k', 5);
    EXPECT_EQ(last(view), "no jail runs");
    EXPECT_EQ(view.press('y', 5).deed, Deed::kNone);
    EXPECT_EQ(view.press('q', 5).deed, Deed::kQuit);
}

TEST(TopView, AFrameFitsEveryScreen) {
    TopView view(SortKey::kAccount);
    std::vector<InstanceRow> many;
    for (int i = 0; i < 50; ++i) many.push_back(row("account" + std::to_string(100 + i)));
    view.take(many);
    view.press(kKeyEnd, 5);
    for (std::size_t lines = 0; lines < 8; ++lines)
        for (const std::size_t columns : {0u, 1u, 20u, 300u}) {
            const std::vector<FrameLine> frame = view.frame({lines, columns}, kNow);
            EXPECT_EQ(frame.size(), lines);
            for (const FrameLine& line : frame) EXPECT_LE(line.text.size(), columns);
        }
    view.press('k', 5);
    EXPECT_EQ(view.frame({1, 100}, kNow)[0].text, "End all sessions and processes of account149? y/n");
}

TEST(TopView, TheSelectedRowIsScrolledIntoSight) {
    TopView view(SortKey::kAccount);
    std::vector<InstanceRow> many;
    for (int i = 0; i < 50; ++i) many.push_back(row("account" + std::to_string(100 + i)));
    view.take(many);
    EXPECT_EQ(selected(view), "account100");
    view.press(kKeyEnd, 5);
    EXPECT_EQ(selected(view), "account149");
    const auto frame = view.frame(kScreen, kNow);
    EXPECT_EQ(
        std::count_if(frame.begin(), frame.end(),
                      [](const FrameLine& line) { return line.text.find("account1") != line.text.npos; }),
        7);
    view.take({row("account120")});
    EXPECT_EQ(selected(view), "account120");
}

TEST(TopLines, NoByteOfALineSteersATerminalOrMovesAColumn) {
    InstanceRow hostile = row("a\x1b[2Jb");
    hostile.programs = {"x\x1b]0;evil\a", "\xe2\x80\xae", "\xc2\x9b", "\xff"};
    hostile.instance.sessions[0].peer = "h\nost";
    hostile.instance.sessions[0].door = "\xf0\x9f\x98\x80";
    const std::string line = row_line(hostile, kNow);
    EXPECT_TRUE(std::all_of(line.begin(), line.end(), [](unsigned char c) { return c >= ' ' && c < 0x7f; }))
        << line;
    EXPECT_NE(line.find("a\\x1b[2Jb"), std::string::npos) << line;
    EXPECT_NE(line.find("\\xe2\\x80\\xae"), std::string::npos) << "right to left: " << line;
}

TEST(TopLines, TheTitleHasSums) {
    const std::string title =
        title_line({row("ada", 10.5, 1u << 20), row("bob", 2, 1u << 20)}, SortKey::kTasks, kNow);
    EXPECT_NE(title.find("2 jails, 2 sessions, cpu 12.5 %, memory 2.0 MiB, by tasks"), std::string::npos)
        << title;
}

TEST(CpuRates, APercentageIsOfOneProcessorSinceTheLookBefore) {
    CpuRates rates;
    std::vector<InstanceRow> rows = {row("ada"), row("bob"), row("eve")};
    for (InstanceRow& one : rows) {
        one.instance.use.cpu_us = 1'000'000;
        one.cpu_percent.reset();
    }
    const Time start{};
    rates.apply(rows, start + 10s);
    EXPECT_FALSE(rows[0].cpu_percent);
    rows[0].instance.use.cpu_us = 4'000'000;
    rows[1].instance.use.cpu_us = 500'000;  // a process ended elsewhere
    rows[2].instance.init_pid = 78;         // another instance
    rates.apply(rows, start + 12s);
    EXPECT_DOUBLE_EQ(rows[0].cpu_percent.value_or(-1), 150);
    EXPECT_DOUBLE_EQ(rows[1].cpu_percent.value_or(-1), 0);
    EXPECT_FALSE(rows[2].cpu_percent);
}

TEST(InstanceProcesses, AStatLineIsReadWhateverTheNameIs) {
    const std::string rest = " S 1 1 1 0 -1 4194560 1 2 3 4 10 20 300 4000 20 0 1 0 100 0 0";
    const auto plain = parse_stat("12 (bash)" + rest);
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->name, "bash");
    EXPECT_EQ(plain->ticks, 4330u);
    const auto hostile = parse_stat("12 () S 1 ) (x)" + rest);
    ASSERT_TRUE(hostile);
    EXPECT_EQ(hostile->name, ") S 1 ) (x");
    EXPECT_EQ(hostile->ticks, 4330u);
    for (const char* damaged : {"", "12", "12 (", "12 )(", "12 (bash)", "12 (bash) S 1 1"})
        EXPECT_FALSE(parse_stat(damaged)) << damaged;
}

TEST(InstanceProcesses, ProgramsAreNamedOnceAndPrintable) {
    std::vector<std::string> programs;
    for (const char* name : {"bash", "vi\x1b[2J", "bash"}) add_program(programs, name);
    EXPECT_EQ(programs, (Names{"bash", "vi\\x1b[2J"}));
}

}  // namespace
}  // namespace jail::provision
