// SPDX-License-Identifier: Apache-2.0
// A command that is allowed starts, and does its first task: each of these stands alone under `commands:`,
// and needs files that no library list names (CASES of other people's jails: rrsync, openssl req, php, zsh).
#include "policy_fixture.h"

namespace jail::testing {
namespace {

struct Task {
    const char* command;
    const char* script;
    const char* expected;
};

constexpr Task kTasks[] = {
    {"rrsync", "rrsync 2>&1 | cut -d: -f 2", " the following arguments are required"},
    {"borg", "borg --version | cut -c 1-4", "borg"},
    {"shasum", "printf x | shasum | cut -c 1-8", "11f6ad8e"},
    {"php", "php -r 'echo mb_strlen(\"a\\u{e4}\"), strlen(json_encode([1]));'", "23"},
    {"openssl", "openssl req -new -newkey rsa:2048 -nodes -keyout /tmp/k -subj /CN=x 2>/dev/null | head -n 1",
     "-----BEGIN CERTIFICATE REQUEST-----"},
    {"zsh", "zsh -fc 'zmodload zsh/zle && zmodload zsh/datetime && print -P %N-loaded'", "zsh-loaded"},
    {"fish", "fish -c 'string upper up; functions -q cd; and echo cd'", "UP\ncd"},
    {"file", "file -b /usr/bin/bash | cut -c 1-3", "ELF"},
    {"npm", "npm --version 2>&1 | grep -c '^[0-9.]*$'", "1"},
    {"ruby", "ruby -rjson -e 'puts [1].to_json' 2>&1", "[1]"},
    {"java", "java -version 2>&1 | grep -c 'Server VM'", "1"},
    {"go", "go list errors 2>&1", "errors"},
    {"psql", "psql --version | cut -c 1-4", "psql"},
    {"/usr/bin/convert", "/usr/bin/convert -size 2x2 xc:red png:- 2>&1 | head -c 4 | tail -c 3", "PNG"},
    {"hg", "hg init /tmp/r && hg -R /tmp/r log && echo done", "done"},
    {"screen", "screen -ls > /dev/null; [ -d /tmp/.screen ] && echo there", "there"},
    {"ssh-keygen", "ssh-keygen -q -t ed25519 -N '' -f /tmp/id; cut -c 1-11 /tmp/id.pub", "ssh-ed25519"},
};

class ProgramFilesTest : public PolicyTest {
protected:
    static std::string jail_with(const std::string& more) {
        std::string commands;
        for (const Task& task : kTasks) commands += std::string(", ") + task.command;
        return "jail: arkham\naccounts: [harlequin]\ncommands: [bash, cut, grep, head, tail" + commands +
               "]\ngrace: 0\n" + more;
    }
    std::string does(const Task& task) {
        std::string output = ssh("harlequin", {std::string("{ ") + task.script + "; } 2>&1"}).output;
        while (output.ends_with('\n')) output.pop_back();
        return output;
    }
};

TEST_F(ProgramFilesTest, ACommandThatIsAllowedStarts) {
    change(jail_with(""));
    for (const Task& task : kTasks) EXPECT_EQ(does(task), task.expected) << task.command;
}

// The files are what makes them work: only the last command has none.
TEST_F(ProgramFilesTest, WithoutTheirFilesTheyDoNot) {
    change(jail_with("program_files: false\n"));
    for (const Task& task : kTasks) {
        if (task.command == std::string("ssh-keygen")) continue;
        EXPECT_NE(does(task), task.expected) << task.command;
    }
}

}  // namespace
}  // namespace jail::testing
