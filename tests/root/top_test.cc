// SPDX-License-Identifier: Apache-2.0
// top: rounds for programs, and a terminal that obeys keys and is always put back.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "jail_fixture.h"
#include "pty_program.h"
#include "shell.h"

namespace jail::testing {
namespace {

using nlohmann::json;

class TopTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        harlequin_ = hold_session(kHarlequin);
        ivy_ = hold_session(kIvy);
        // The supervisor lists a session after its door has the answer.
        ASSERT_TRUE(eventually([] {
            const json both = ps("arkham");
            return both.size() == 2 && both[0]["sessions"].size() == 1 && both[1]["sessions"].size() == 1;
        }));
    }
    void TearDown() override {
        sh("jail-provision kill --all");
        for (const pid_t pid : {harlequin_, ivy_}) ::waitpid(pid, nullptr, 0);
        JailTest::TearDown();
    }
    std::unique_ptr<PtyProgram> top(int lines = 12, int columns = 130, const std::string& term = "vt52") {
        return std::make_unique<PtyProgram>(
            std::vector<std::string>{"jail-provision", "top", "--interval", "0.3", "--sort", "account"},
            lines, columns, term);
    }
    // The accounts in the order of their rows.
    static std::string order(PtyProgram& program) {
        std::string order;
        for (const std::string& line : program.screen())
            for (const char* name : {"harlequin", "ivy"})
                if (line.substr(2).starts_with(name)) order += std::string(name) + " ";
        return order;
    }
    static json ps(const std::string& account) {
        return json::parse(sh("jail-provision ps --json " + account).output)["instances"];
    }

    pid_t harlequin_ = 0, ivy_ = 0;
};

TEST_F(TopTest, ABatchIsRoundsOfLines) {
    const Ran run = sh("jail-provision top --batch -n 2 --interval 0.1 --sort account");
    EXPECT_EQ(run.status, 0);
    EXPECT_EQ(sh("printf '%s' '" + run.output + "' | grep -c ACCOUNT").output, "2\n") << run.output;
    EXPECT_LT(run.output.find("\nharlequin "), run.output.find("\nivy ")) << run.output;
    EXPECT_NE(run.output.find("2 jails, 2 sessions"), std::string::npos) << run.output;
    const Ran one = sh("jail-provision top --batch -n 1 --interval 0.1 ivy");
    EXPECT_EQ(one.output.find("\nharlequin "), std::string::npos) << one.output;
    EXPECT_NE(one.output.find("\nivy "), std::string::npos) << one.output;
}

TEST_F(TopTest, ABatchForProgramsIsAnObjectARound) {
    const Ran run = sh("jail-provision top --batch --json -n 2 --interval 0.1 --sort account");
    ASSERT_EQ(std::count(run.output.begin(), run.output.end(), '\n'), 2) << run.output;
    const json round = json::parse(run.output.substr(run.output.find('\n') + 1));
    EXPECT_EQ(round["schema"], 1);
    ASSERT_EQ(round["instances"].size(), 2u);
    EXPECT_EQ(round["instances"][0]["account"], "harlequin");
    EXPECT_EQ(round["instances"][0]["state"], "in use");
    EXPECT_GE(round["instances"][0]["processes"], 2);
    EXPECT_TRUE(round["instances"][0]["cpu_percent"].is_number()) << "the second look";
}

TEST_F(TopTest, AProcessorThatIsUsedIsSeen) {
    const Running busy = start_inside([] {
        while (::getpid() > 0) {
        }
        return 0;
    });
    EXPECT_TRUE(eventually(
        [] {
            const Ran run = sh("jail-provision top --batch --json -n 1 --interval 1 harlequin");
            return json::parse(run.output)["instances"][0]["cpu_percent"] > 5;
        },
        60));
    EXPECT_EQ(sh("jail-provision kill harlequin").status, 0);
    (void)finish(busy);
}

TEST_F(TopTest, WithoutATerminalItSaysWhatToUse) {
    const Ran run = sh("jail-provision top < /dev/null");
    EXPECT_EQ(run.status, 1);
    EXPECT_NE(run.output.find("top needs a terminal; use jail-provision ps, or jail-provision top --batch"),
              std::string::npos)
        << run.output;
    EXPECT_EQ(sh("jail-provision top --json").status, 1);
    EXPECT_EQ(sh("jail-provision top -n 2").status, 1);
    EXPECT_EQ(sh("jail-provision top --interval 0").status, 64);
    EXPECT_EQ(sh("jail-provision top --sort size").status, 64);
}

TEST_F(TopTest, KeysSortAndSelect) {
    const auto program = top();
    ASSERT_TRUE(program->shows("> harlequin")) << program->raw();
    EXPECT_EQ(order(*program), "harlequin ivy ");
    program->type(
        "\x1b"
        "B");  // down
    EXPECT_TRUE(program->shows("> ivy"));
    // ivy has more processes now.
    const pid_t more = start_session(kIvy, "sleep 600");
    program->type("t");
    EXPECT_TRUE(program->shows("by tasks"));
    EXPECT_TRUE(eventually([&] { return order(*program) == "ivy harlequin "; })) << program->raw();
    EXPECT_TRUE(program->shows("> ivy")) << "the selection stays with its account";
    program->type("a");
    EXPECT_TRUE(program->shows("by account"));
    EXPECT_EQ(order(*program), "harlequin ivy ");
    program->type("q");
    EXPECT_EQ(program->wait(), 0);
    EXPECT_TRUE(program->is_restored());
    signal_to(more, SIGKILL);
    ::waitpid(more, nullptr, 0);
}

TEST_F(TopTest, KillAsksFirst) {
    const auto program = top();
    ASSERT_TRUE(program->shows("> harlequin"));
    program->type("k");
    ASSERT_TRUE(program->shows("End all sessions and processes of harlequin? y/n"));
    program->type("n");
    ASSERT_TRUE(program->shows("nothing was done"));
    EXPECT_FALSE(processes_of(kHarlequin).empty());
    program->type("k");
    ASSERT_TRUE(program->shows("harlequin? y/n"));
    program->type("y");
    EXPECT_TRUE(program->shows("harlequin: ended its jail, sessions: 1")) << program->raw();
    EXPECT_TRUE(processes_of(kHarlequin).empty());
    EXPECT_FALSE(processes_of(kIvy).empty());
    EXPECT_TRUE(program->shows("> ivy"));
    EXPECT_EQ(order(*program), "ivy ");
}

TEST_F(TopTest, FreezeAsksFirstAndThaws) {
    const auto program = top();
    ASSERT_TRUE(program->shows("> harlequin"));
    program->type("f");
    ASSERT_TRUE(program->shows("Freeze all that harlequin runs? y/n"));
    EXPECT_EQ(ps("harlequin")[0]["state"], "in use");
    program->type("y");
    ASSERT_TRUE(program->shows("harlequin: frozen")) << program->raw();
    EXPECT_TRUE(program->shows("frozen: "));
    EXPECT_EQ(ps("harlequin")[0]["state"], "frozen");
    program->type("f");
    ASSERT_TRUE(program->shows("Let harlequin go on? y/n"));
    program->type("y");
    ASSERT_TRUE(program->shows("harlequin: goes on"));
    EXPECT_EQ(ps("harlequin")[0]["state"], "in use");
}

TEST_F(TopTest, ASignalEndsItWithTheTerminalPutBack) {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
        const auto program = top(12, 130, "xterm");
        ASSERT_TRUE(program->receives("harlequin"));
        EXPECT_FALSE(program->is_restored()) << "a test of nothing otherwise";
        ASSERT_EQ(::kill(program->pid(), signal), 0);
        const int status = program->wait();
        EXPECT_TRUE(WIFEXITED(status)) << signal;
        EXPECT_EQ(WEXITSTATUS(status), 128 + signal);
        EXPECT_TRUE(program->is_restored()) << signal;
        const std::string left = "\x1b[?1049l", entered = "\x1b[?1049h";
        EXPECT_NE(program->raw().find(entered), std::string::npos);
        EXPECT_GT(program->raw().rfind(left) + 1, program->raw().rfind(entered) + 1) << "its other screen";
        EXPECT_NE(program->raw().rfind(left), std::string::npos);
    }
}

TEST_F(TopTest, TheKeyOfInterruptionEndsIt) {
    const auto program = top();
    ASSERT_TRUE(program->shows("> harlequin"));
    program->type("\x03");
    EXPECT_EQ(WEXITSTATUS(program->wait()), 128 + SIGINT);
    EXPECT_TRUE(program->is_restored());
}

TEST_F(TopTest, ATerminalThatChangesItsSizeIsDrawnAnew) {
    const auto program = top(12, 130);
    ASSERT_TRUE(program->shows("q quit"));
    program->resize(5, 40);
    ASSERT_TRUE(program->shows("> harlequin"));
    const std::vector<std::string> small = program->screen();
    ASSERT_EQ(small.size(), 5u);
    EXPECT_NE(small[4].find("c cpu"), std::string::npos) << small[4];
    program->resize(20, 140);
    ASSERT_TRUE(program->shows("q quit"));
    EXPECT_NE(program->screen()[19].find("q quit"), std::string::npos);
    program->type("q");
    EXPECT_EQ(program->wait(), 0);
}

TEST_F(TopTest, AKindOfTerminalThatIsNotKnownIsAnError) {
    const auto program = top(12, 130, "no-such-terminal");
    EXPECT_EQ(WEXITSTATUS(program->wait()), 1);
    EXPECT_NE(program->raw().find("'no-such-terminal' (TERM) is not known"), std::string::npos)
        << program->raw();
    EXPECT_TRUE(program->is_restored());
}

// Any account can give its process such a name.
TEST_F(TopTest, ANameOfAProcessCannotSteerTheTerminal) {
    const Running named = start_inside([] {
        ::prctl(PR_SET_NAME,
                "\x1b[2J\xc2\x9b"
                "5m\a");
        return ::pause();
    });
    ASSERT_TRUE(eventually([] {
        return sh("jail-provision top --batch -n 1 --interval 0.1").output.find("\\x1b[2J\\xc2\\x9b") !=
               std::string::npos;
    })) << sh("jail-provision top --batch -n 1 --interval 0.1").output;
    for (const char* command : {"top --batch -n 1 --interval 0.1", "ps", "ps --json"}) {
        const Ran run = sh(std::string("jail-provision ") + command);
        EXPECT_EQ(run.output.find('\x1b'), std::string::npos) << run.output;
        EXPECT_EQ(run.output.find("\xc2\x9b"), std::string::npos) << run.output;
    }
    const auto program = top(12, 200);
    EXPECT_TRUE(program->shows("\\x1b[2J\\xc2\\x9b")) << program->raw();
    EXPECT_EQ(sh("jail-provision kill harlequin").status, 0);
    (void)finish(named);
}

}  // namespace
}  // namespace jail::testing
