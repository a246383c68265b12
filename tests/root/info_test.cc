// SPDX-License-Identifier: Apache-2.0
// The figures that jail-info(1) reads inside agree with what the kernel counts outside.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "jail_fixture.h"
#include "jailshell/info/facts.h"
#include "jailshell/info/processes.h"
#include "jailshell/info/report.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

class InfoTest : public JailTest {
protected:
    // Of harlequin's control group, in whichever hierarchy it is.
    static std::uint64_t tasks_of_the_group() {
        for (const std::string place : {"/sys/fs/cgroup/jail.slice/jail-harlequin.scope",
                                        "/sys/fs/cgroup/jail/", "/sys/fs/cgroup/pids/jail/"}) {
            const std::string file = place + (place.back() == '/' ? harlequin_id() : "") + "/pids.current";
            if (fs::exists(file)) return std::strtoull(read_file(file).c_str(), nullptr, 10);
        }
        ADD_FAILURE() << "no pids.current";
        return 0;
    }
    // Prints one number as the account, and stays until the test has compared it.
    static Running print_inside(std::uint64_t (*figure)(const jailshell::Facts& facts)) {
        return start_inside([figure] {
            const auto facts = jailshell::gather_facts();
            if (!facts) return 1;
            ::dprintf(1, "%llu\n", static_cast<unsigned long long>(figure(facts.value())));
            return ::pause();
        });
    }
    static std::string line_of(const Running& running) {
        std::string line;
        for (char byte = 0; ::read(running.output, &byte, 1) == 1 && byte != '\n';) line += byte;
        return line;
    }
    static std::uint64_t used(const jailshell::Facts& facts, const std::string& key) {
        for (const jailshell::LimitUse& limit : facts.limits)
            if (limit.key == key) return limit.used.value_or(0);
        return 0;
    }
};

TEST_F(InfoTest, TheTasksAreThoseThatTheControlGroupCounts) {
    manifest_.limits.tasks = 64;
    publish();
    const pid_t other = hold_session(kHarlequin);
    const Running shown = print_inside([](const jailshell::Facts& facts) { return used(facts, "tasks"); });
    const std::string inside = line_of(shown);  // from here on no process comes or goes
    EXPECT_EQ(inside, std::to_string(tasks_of_the_group()));
    signal_to(init_of(kHarlequin), SIGKILL);
    (void)finish(shown);
    ::waitpid(other, nullptr, 0);
}

TEST_F(InfoTest, AForkBombsTasksShow) {
    manifest_.limits.tasks = 30;
    manifest_.limits.memory_bytes = 1u << 30;
    publish();
    const Outcome outcome = inside([] {
        pid_t child = 0;
        while ((child = ::fork()) > 0) {
        }
        if (child == 0) return ::pause();
        const auto facts = jailshell::gather_facts();
        if (!facts) return 1;
        for (const jailshell::LimitUse& limit : facts.value().limits)
            if (limit.key == "tasks")
                ::dprintf(1, "%d and %d\n", static_cast<int>(limit.used.value_or(0)),
                          static_cast<int>(limit.left().value_or(99)));
        return 0;
    });
    EXPECT_EQ(outcome.output, "30 and 0\n");
}

TEST_F(InfoTest, MemoryThatAProcessHoldsShows) {
    constexpr std::size_t kHeld = 32u << 20;
    manifest_.limits.memory_bytes = 128u << 20;
    publish();
    const Outcome outcome = inside([] {
        const auto before = jailshell::gather_facts();
        std::string held(kHeld, 'x');
        const auto after = jailshell::gather_facts();
        if (!before || !after) return 1;
        ::dprintf(
            1, "%llu\n",
            static_cast<unsigned long long>(used(after.value(), "memory") - used(before.value(), "memory")));
        return held.size() == kHeld ? 0 : 2;
    });
    ASSERT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_GE(std::stoull(outcome.output), kHeld * 9 / 10);
    EXPECT_LE(std::stoull(outcome.output), kHeld * 3 / 2);
}

TEST_F(InfoTest, TheWritablePlacesAreThoseOfTheMountTable) {
    const Outcome outcome = inside([] {
        const auto facts = jailshell::gather_facts();
        if (!facts) return 1;
        for (const auto& place : facts.value().writable)
            ::dprintf(1, "%s%s ", place.path.c_str(), place.programs ? "!" : "");
        return 0;
    });
    EXPECT_EQ(outcome.output, "/dev/shm /home/harlequin /run/user/" + harlequin_id() + " /tmp ");
}

TEST_F(InfoTest, NothingOfTheHostIsTold) {
    fs::create_directories("/srv/secret-source");
    ASSERT_EQ(::chown("/srv/secret-source", kHarlequin, kHarlequin), 0);
    manifest_.mounts = {{"/srv/secret-source", "/etc/skel", true, false}};
    publish();
    char host[256] = "";
    ASSERT_EQ(::gethostname(host, sizeof host), 0);
    const Outcome outcome = inside([] {
        const auto facts = jailshell::gather_facts();
        if (!facts) return 1;
        const std::string text = allowed_in_words(facts.value(), 80) + limits_in_words(facts.value()) +
                                 facts_as_json(facts.value(), true, true);
        return ::write(1, text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 2;
    });
    fs::remove("/srv/secret-source");
    ASSERT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_NE(outcome.output.find("/etc/skel"), std::string::npos) << outcome.output;
    for (const std::string& secret : {std::string("secret-source"), std::string("/var/lib/jail"),
                                      std::string("ivy"), manifest_.tree, "\"" + std::string(host) + "\""})
        EXPECT_EQ(outcome.output.find(secret), std::string::npos) << secret << "\n" << outcome.output;
}

}  // namespace
}  // namespace jail::testing
