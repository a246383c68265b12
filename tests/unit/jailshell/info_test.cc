// SPDX-License-Identifier: Apache-2.0
// jail-info(1): what it reads of the kernel's files, and how it says that.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "jailshell/info/facts.h"
#include "jailshell/info/numbers.h"
#include "jailshell/info/options.h"
#include "jailshell/info/processes.h"
#include "jailshell/info/report.h"
#include "sample_records.h"

namespace jail::jailshell {
namespace {

namespace fs = std::filesystem;

Facts facts() {
    Facts facts;
    facts.record = samples::instance();
    facts.record.manifest.hours = {{1, 480, 1080}, {2, 480, 1080}, {6, 540, 720}};
    facts.running_since = 1806537600;
    facts.commands = {"cat", "ls", "scp"};
    facts.ways = ways_of(facts.record.manifest, facts.commands);
    facts.writable = {{"/home/harlequin", true, false}, {"/tmp", true, false}};
    facts.limits = limits_of(facts.record.manifest.limits);
    for (LimitUse& limit : facts.limits) {
        if (limit.key == "memory") limit.used = 200u << 20;
        if (limit.key == "tasks") limit.used = 28;
    }
    facts.rooms = {{"/home/harlequin", 20ull << 30, 5ull << 30}, {"/tmp", 1u << 20, 1u << 19}};
    return facts;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

Result<InfoOptions> options(std::vector<const char*> words) {
    words.insert(words.begin(), "jail-info");
    return parse_info_options(static_cast<int>(words.size()), words.data());
}

TEST(InfoOptionsTest, WithoutAWordBothPartsAreShownAndWithOneThatAlone) {
    ASSERT_TRUE(options({}));
    EXPECT_TRUE(options({}).value().allowed && options({}).value().limits);
    EXPECT_FALSE(options({"limits"}).value().allowed);
    EXPECT_TRUE(options({"--json", "limits"}).value().json);
    EXPECT_FALSE(options({"--brief", "allowed"}).value().limits);
    EXPECT_TRUE(options({"allowed", "limits"}).value().allowed);
}

TEST(InfoOptionsTest, AnythingElseIsRefused) {
    for (const char* word : {"limit", "--jsn", "-h", ""}) {
        const auto parsed = options({word});
        ASSERT_FALSE(parsed) << word;
        EXPECT_TRUE(has(parsed.error().message(), "expected allowed, limits")) << parsed.error().message();
    }
    EXPECT_FALSE(options({"--json", "--brief"}));
}

// The account names its processes.
TEST(InfoProcessesTest, ANameCannotFeignFields) {
    const auto state = parse_process_state(
        "12 (a) R 1 1 (x) S 7 12 12 0 -1 4194304 100 0 0 0 30 12 0 0 20 0 5 0 99000 4096 25 184467");
    ASSERT_TRUE(state);
    EXPECT_EQ(state->pid, 12);
    EXPECT_EQ(state->parent, 7);
    EXPECT_EQ(state->cpu_ticks, 42u);
    EXPECT_EQ(state->threads, 5u);
    EXPECT_EQ(state->start_ticks, 99000u);
    EXPECT_EQ(state->resident_pages, 25u);
    for (const char* line :
         {"", "12", "12 (x", "12 (x) S", "x (x) S 7 1 1 0 -1 1 1 0 0 0 3 1 0 0 20 0 5 0 9 4 2 1"})
        EXPECT_FALSE(parse_process_state(line)) << line;
}

TEST(InfoProcessesTest, TasksAreTheThreadsAndTheDoorsOutside) {
    const std::vector<ProcessState> processes = {
        {1, 0, 1, 0, 0, 0}, {5, 0, 1, 0, 0, 0}, {6, 5, 3, 0, 0, 0}, {9, 0, 1, 0, 0, 0}, {12, 1, 2, 0, 0, 0}};
    EXPECT_EQ(count_sessions(processes), 2u);
    EXPECT_EQ(count_tasks(processes), 8u + 2u);
    ASSERT_NE(session_of(processes, 6), nullptr);
    EXPECT_EQ(session_of(processes, 6)->pid, 5);
    EXPECT_EQ(session_of(processes, 12), nullptr) << "its session has ended";
    EXPECT_EQ(session_of({{3, 4, 1, 0, 0, 0}, {4, 3, 1, 0, 0, 0}}, 3), nullptr) << "a ring";
}

TEST(InfoProcessesTest, ItSeesItsOwnProcess) {
    const auto processes = list_processes("/proc");
    ASSERT_TRUE(processes);
    std::vector<ProcessState> own;
    for (const ProcessState& process : processes.value())
        if (process.pid == ::getpid()) own.push_back(process);
    ASSERT_EQ(own.size(), 1u);
    EXPECT_GT(memory_of(own, "/proc"), 4096u);
    EXPECT_GE(most_open_files(own, "/proc").value_or(0), 3u);
}

TEST(InfoPlacesTest, TheMountTableSaysWhereOneCanWrite) {
    const auto places = parse_mounts(
        "20 1 0:5 / / ro,nosuid - tmpfs none rw,size=4m\n"
        "21 20 0:6 / /tmp rw,nosuid,nodev,noexec - tmpfs none rw\n"
        "22 20 0:7 / /proc rw,nosuid - proc none rw\n"
        "23 20 8:1 /srv /with\\040space rw,nosuid shared:1 master:2 - ext4 /dev/sda1 rw\n"
        "24 20 8:2 /srv /readonly rw,nosuid - ext4 /dev/sda2 ro\n"
        "25 21 8:1 /x /tmp ro,nosuid - ext4 /dev/sda1 rw\n"
        "broken\n");
    ASSERT_EQ(places.size(), 4u);
    EXPECT_EQ(places[0].path, "/");
    EXPECT_FALSE(places[0].writable);
    EXPECT_EQ(places[1].path, "/readonly");
    EXPECT_FALSE(places[1].writable) << "the file system is not";
    EXPECT_EQ(places[2].path, "/tmp");
    EXPECT_FALSE(places[2].writable) << "the last mount is the one that is seen";
    EXPECT_EQ(places[3].path, "/with space");
    EXPECT_TRUE(places[3].writable && places[3].programs);
}

TEST(InfoPlacesTest, CommandsAreTheProgramsOfThePath) {
    char name[] = "/tmp/info-test-XXXXXX";
    const std::string root = ::mkdtemp(name);
    for (const char* path : {"/usr/bin", "/usr/local/bin/directory"}) fs::create_directories(root + path);
    for (const char* path :
         {"/usr/bin/ls", "/usr/bin/jailshell", "/usr/local/bin/ls", "/usr/local/bin/cat"}) {
        std::ofstream(root + path) << "x";
        ASSERT_EQ(::chmod((root + path).c_str(), 0755), 0);
    }
    std::ofstream(root + "/usr/bin/data") << "x";
    fs::create_symlink("nowhere", root + "/usr/bin/dangling");
    const auto commands = list_commands("/usr/local/bin:/usr/bin::relative:/none", root);
    EXPECT_EQ(commands, (std::vector<std::string>{"cat", "ls"}));
    EXPECT_TRUE(has_command(commands, "ls"));
    EXPECT_FALSE(has_command(commands, "scp"));
    fs::remove_all(root);
}

TEST(InfoFactsTest, AShellOpensTheWaysOfWhichTheJailHasTheProgram) {
    Manifest manifest = samples::manifest();
    manifest.access = {true, false, false, false, false};
    const Access ways = ways_of(manifest, {"rsync", "scp"});
    EXPECT_TRUE(ways.shell && ways.sftp && ways.scp && ways.rsync);
    EXPECT_FALSE(ways.git);
    manifest.access = {false, false, true, false, false};
    const Access one = ways_of(manifest, {"rsync", "scp"});
    EXPECT_FALSE(one.shell || one.sftp || one.rsync || one.git);
    EXPECT_TRUE(one.scp);
}

TEST(InfoFactsTest, WhatIsLeftIsNeverBelowNothing) {
    LimitUse limit{"memory", LimitUse::Unit::kBytes, 100, 40, 0};
    EXPECT_EQ(limit.left(), 60u);
    limit.used = 140;
    EXPECT_EQ(limit.left(), 0u);
    limit.spare = 80;
    EXPECT_EQ(limit.left(), 40u) << "the kernel takes it back";
    limit.limit.reset();
    EXPECT_FALSE(limit.left());
}

TEST(InfoFactsTest, EachRowOfTheLimitsHasItsUnit) {
    const auto rows = limits_of(samples::manifest().limits);
    const auto row = [&](const std::string& key) {
        for (const LimitUse& one : rows)
            if (one.key == key) return one;
        ADD_FAILURE() << key;
        return LimitUse{};
    };
    EXPECT_EQ(row("memory").unit, LimitUse::Unit::kBytes);
    EXPECT_EQ(row("io.read").unit, LimitUse::Unit::kBytesPerSecond);
    EXPECT_EQ(row("cpu").unit, LimitUse::Unit::kPercent);
    EXPECT_EQ(row("session_time").unit, LimitUse::Unit::kSeconds);
    EXPECT_EQ(row("tasks").limit, 128u);
    EXPECT_EQ(row("swap").limit, 64u << 20);
    Limits none;
    for (const LimitUse& one : limits_of(none)) EXPECT_FALSE(one.limit) << one.key;
    none.memory_bytes = 1u << 30;
    for (const LimitUse& one : limits_of(none))
        if (one.key == "swap") {
            EXPECT_EQ(one.limit, 0u) << "forbidden beside memory";
        }
}

TEST(InfoNumbersTest, SizesDurationsAndHoursAreShort) {
    EXPECT_EQ(size_in_words(0), "0 B");
    EXPECT_EQ(size_in_words(1536), "1.5 KiB");
    EXPECT_EQ(size_in_words(512u << 20), "512 MiB");
    EXPECT_EQ(size_in_words(UINT64_MAX), "15.9 EiB");
    EXPECT_EQ(duration_in_words(59), "59s");
    EXPECT_EQ(duration_in_words(90), "1m 30s");
    EXPECT_EQ(duration_in_words(28800), "8h");
    EXPECT_EQ(duration_in_words(27720), "7h 42m");
    EXPECT_EQ(hours_in_words({}), "");
    EXPECT_EQ(hours_in_words({{0, 0, 1440}, {1, 480, 1080}, {2, 480, 1080}, {6, 540, 720}, {6, 780, 900}}),
              "mon-tue 08:00-18:00, sat 09:00-12:00 and 13:00-15:00, sun 00:00-24:00");
    EXPECT_FALSE(number_in("18446744073709551616"));
    EXPECT_EQ(number_in("18446744073709551615"), UINT64_MAX);
    EXPECT_EQ(value_of("Rss: 5 kB\nPss:  3 kB\n", "Pss:"), 3u);
    EXPECT_FALSE(value_of("Pss_Anon: 3 kB\n", "Pss:"));
}

TEST(InfoReportTest, PeopleReadWhatIsAllowed) {
    const std::string text = allowed_in_words(facts(), 80);
    EXPECT_TRUE(has(text, "account     harlequin (uid 1001)\n")) << text;
    EXPECT_TRUE(has(text, "jail        arkham, generation 7, running since 2027-")) << text;
    EXPECT_TRUE(has(text, "ways in     shell, sftp, scp\n")) << text;
    EXPECT_TRUE(has(text, "network     none; forwards reach the jail's own 127.0.0.1 and ::1\n")) << text;
    EXPECT_TRUE(has(text, "commands    3: cat ls scp\n")) << text;
    EXPECT_TRUE(has(text, "writable    /home/harlequin, /tmp\n")) << text;
    EXPECT_TRUE(has(text, "programs in it cannot be run\n")) << text;
    EXPECT_TRUE(has(text, "expires     2027-")) << text;
    EXPECT_TRUE(has(text, "hours       mon-tue 08:00-18:00, sat 09:00-12:00, by the host's clock\n")) << text;
}

TEST(InfoReportTest, PeopleReadWhatIsLeft) {
    const std::string text = limits_in_words(facts());
    EXPECT_TRUE(has(text, "memory        200 MiB     512 MiB                 312 MiB\n")) << text;
    EXPECT_TRUE(has(text, "tasks         28          128                     100\n")) << text;
    EXPECT_TRUE(has(text, "cpu                       50% of one processor\n")) << text;
    EXPECT_TRUE(has(text, "home          15 GiB      20 GiB                  5 GiB\n")) << text;
    const std::string brief = limits_in_brief(facts(), 80);
    EXPECT_EQ(brief,
              "left        memory 312 MiB of 512 MiB, tasks 100 of 128, home 5 GiB of 20 GiB,\n"
              "            /tmp 512 KiB of 1 MiB\n");
}

TEST(InfoReportTest, LinesOfCommandsFitTheTerminal) {
    Facts many = facts();
    for (int i = 0; i < 60; ++i) many.commands.push_back("command" + std::to_string(i));
    std::string text = allowed_in_words(many, 60);
    EXPECT_TRUE(has(text, "commands    63: cat ls scp command0"));
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        if (has(text.substr(at, end - at), "command4")) {
            EXPECT_LE(end - at, 60u) << text;
        }
        at = end + 1;
    }
    EXPECT_EQ(allowed_in_brief(many, 60),
              "allowed     shell, sftp, scp; no network; no programs in the\n"
              "            home; 63 commands (jail-info has the list)\n");
    EXPECT_EQ(allowed_in_brief(facts(), 80),
              "allowed     shell, sftp, scp; no network; no programs in the home\ncommands    cat ls scp\n");
}

// Names of files go to a terminal.
TEST(InfoReportTest, ANameDoesNotSteerTheTerminal) {
    Facts hostile = facts();
    hostile.commands = {"\033]0;title\a"};
    hostile.writable = {{"/srv/\033[2J", true, false}};
    for (const std::string& text :
         {allowed_in_words(hostile, 80), allowed_in_brief(hostile, 80), facts_as_json(hostile, true, true)})
        EXPECT_EQ(text.find_first_of("\033\a"), std::string::npos) << text;
}

TEST(InfoReportTest, ProgramsReadTheSame) {
    const auto json = nlohmann::json::parse(facts_as_json(facts(), true, true));
    EXPECT_EQ(json["schema"], 1);
    EXPECT_EQ(json["account"], "harlequin");
    EXPECT_EQ(json["jail"], "arkham");
    EXPECT_EQ(json["generation"], 7);
    EXPECT_EQ(json["running_since"], "2027-04-01T00:00:00Z");
    EXPECT_EQ(json["ways"]["scp"], true);
    EXPECT_EQ(json["ways"]["git"], false);
    EXPECT_EQ(json["network"], "none");
    EXPECT_EQ(json["commands"].size(), 3u);
    EXPECT_EQ(json["writable"][0]["path"], "/home/harlequin");
    EXPECT_EQ(json["home_programs"], false);
    EXPECT_EQ(json["hours"]["sat"][0], "09:00-12:00");
    EXPECT_EQ(json["limits"]["memory"]["left"], 312u << 20);
    EXPECT_EQ(json["limits"]["io.read"]["unit"], "bytes_per_second");
    EXPECT_TRUE(json["limits"]["cpu"]["used"].is_null());
    EXPECT_EQ(json["rooms"][0]["left"], 5ull << 30);
    const auto part = nlohmann::json::parse(facts_as_json(facts(), false, true));
    EXPECT_FALSE(part.contains("commands"));
    EXPECT_TRUE(part.contains("limits"));
}

}  // namespace
}  // namespace jail::jailshell
