// SPDX-License-Identifier: Apache-2.0
// The terminal that login(1) was started on, in the jail: jail-terminal makes mounts for it, for login's PAM
// services alone. pam_login opens its terminal anew as login of util-linux does.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "libjail/base/file_descriptor.h"
#include "libjail/policy/terminal_limits.h"
#include "pam_fixture.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

// Of the host's.
class HostTerminal {
public:
    HostTerminal() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
        char path[64] = {};
        EXPECT_TRUE(::grantpt(master_.get()) == 0 && ::unlockpt(master_.get()) == 0 &&
                    ::ptsname_r(master_.get(), path, sizeof path) == 0);
        path_ = path;
    }
    const std::string& path() const { return path_; }
    void hang_up() { master_.reset(); }

private:
    FileDescriptor master_;
    std::string path_;
};

// Another name of it, as that of a console.
class OtherName {
public:
    OtherName(std::string path, const HostTerminal& terminal) : path_(std::move(path)) {
        fs::create_directories(fs::path(path_).parent_path());
        std::ofstream(path_).flush();
        EXPECT_EQ(::mount(terminal.path().c_str(), path_.c_str(), nullptr, MS_BIND, nullptr), 0) << path_;
    }
    ~OtherName() {
        (void)::umount2(path_.c_str(), MNT_DETACH);
        fs::remove(path_);
    }
    OtherName(const OtherName&) = delete;
    OtherName& operator=(const OtherName&) = delete;

private:
    std::string path_;
};

// In place of the program, or nothing.
class OtherProgram {
public:
    explicit OtherProgram(const std::string& script = "") {
        fs::rename(paths::kTerminal, aside());
        if (script.empty()) return;
        std::ofstream(paths::kTerminal) << "#!/bin/sh\n" << script << "\n";
        EXPECT_EQ(::chmod(paths::kTerminal, 0755), 0);
    }
    ~OtherProgram() { fs::rename(aside(), paths::kTerminal); }
    OtherProgram(const OtherProgram&) = delete;
    OtherProgram& operator=(const OtherProgram&) = delete;

    static std::string aside() { return std::string(paths::kTerminal) + ".aside"; }
};

class LoginTerminalTest : public PamTest {
protected:
    void SetUp() override {
        PamTest::SetUp();
        for (const char* name : {"login", "remote"})
            service(name, "account required pam_jail.so\nsession required pam_jail.so\n");
    }

    // The words that start pam_login with this file as descriptor 0.
    static std::vector<std::string> on(const std::string& file) {
        return {"/bin/sh", "-c", "exec \"$0\" \"$@\" < " + file};
    }
    static std::string login(const std::string& file, const std::vector<std::string>& steps,
                             const std::string& service = "login") {
        return pam_under(on(file), service, "harlequin", steps).output;
    }
    // The same, without waiting for its end.
    Running start_login(const std::vector<std::string>& steps) const {
        return start([&] {
            std::vector<std::string> words = on(terminal_.path());
            words.insert(words.end(), {JAIL_PAM_LOGIN, kServices, "login", "harlequin"});
            words.insert(words.end(), steps.begin(), steps.end());
            std::vector<char*> list;
            for (std::string& word : words) list.push_back(word.data());
            list.push_back(nullptr);
            return ::execv(list[0], list.data());
        });
    }
    static std::string mounts_of(const std::string& facts) {
        const std::size_t at = facts.find("ns-mnt ");
        return at == std::string::npos ? "none" : facts.substr(at, facts.find('\n', at) - at);
    }
    // Why this login was refused, by the last event of a refusal.
    std::string cause(const std::string& output) const {
        EXPECT_TRUE(has(output, "open: System error")) << output;
        EXPECT_TRUE(has(output, "the jail of this account is not available")) << output;
        const std::string text = recorded();
        const std::size_t at = text.find("\"cause\":\"", text.rfind("\"event\":\"denial\""));
        return at == std::string::npos ? text : text.substr(at, text.find("\",\"", at) - at);
    }

    HostTerminal terminal_;
};

TEST_F(LoginTerminalTest, ItIsOpenedAnewByItsNameInADevpts) {
    for (const char* service : {"login", "remote"}) {
        const std::string seen = login(terminal_.path(), {"account", "open", "reopen", "close"}, service);
        EXPECT_TRUE(has(seen, "open: Success\nreopen: the same\nclose: Success\n")) << seen;
    }
}

TEST_F(LoginTerminalTest, ItIsOpenedAnewByTheNameOfAConsole) {
    for (const char* path : {"/dev/tty9", "/dev/console9", "/dev/vc/1"}) {
        const OtherName name(path, terminal_);
        const std::string seen = login(path, {"account", "open", "reopen"});
        EXPECT_TRUE(has(seen, "open: Success\nreopen: the same\n")) << path << ": " << seen;
    }
    fs::remove("/dev/vc");
}

// "tty" is a device that jails have; /dev/shm is every session's.
TEST_F(LoginTerminalTest, ANameThatTheJailHasItselfIsLeftAsItIs) {
    const pid_t other = hold_session(kHarlequin);
    const std::string plain = mounts_of(login("/dev/null", {"account", "open", "run=facts"}));
    const std::vector<std::string> by_tty = {
        "/bin/sh", "-c",
        "exec setsid --ctty --wait sh -c 'exec \"$0\" \"$@\" < /dev/tty' \"$0\" \"$@\" < " +
            terminal_.path()};
    const std::string seen = pam_under(by_tty, "login", "harlequin", {"account", "open", "run=facts"}).output;
    EXPECT_EQ(mounts_of(seen), plain) << seen;
    {
        const OtherName name("/dev/shm/console", terminal_);
        const std::string below = login("/dev/shm/console", {"account", "open", "run=facts"});
        EXPECT_EQ(mounts_of(below), plain) << below;
    }
    const std::string shown = login(terminal_.path(), {"account", "open", "run=facts", "run=list /dev/shm"});
    EXPECT_NE(mounts_of(shown), plain) << shown;
    EXPECT_FALSE(has(shown, "console")) << shown;
    signal_to(other, SIGKILL);
    (void)::waitpid(other, nullptr, 0);
}

// All else is the instance's: the same namespaces, the same confinement.
TEST_F(LoginTerminalTest, TheSessionIsInTheInstanceForEverythingElse) {
    const pid_t other = hold_session(kHarlequin);
    const auto lines = [](const std::string& output) {
        std::map<std::string, std::string> found;
        std::istringstream text(output);
        for (std::string word, rest; text >> word && std::getline(text, rest);)
            if (word != "ns-mnt" && word != "pid" && word != "NSpid:") found[word] = rest;
        return found;
    };
    const auto plain = lines(login("/dev/null", {"account", "open", "run=facts"}));
    const auto seen = lines(login(terminal_.path(), {"account", "open", "run=facts"}));
    EXPECT_EQ(seen, plain);
    EXPECT_EQ(seen.count("ns-pid"), 1u);
    signal_to(other, SIGKILL);
    (void)::waitpid(other, nullptr, 0);
}

TEST_F(LoginTerminalTest, TheAccountCannotOpenItByAnyName) {
    ASSERT_EQ(::chown(terminal_.path().c_str(), kHarlequin, kHarlequin), 0) << "as login does";
    const std::string seen = login(
        terminal_.path(), {"account", "open", "on", "run=list /dev/pts", "run=write " + terminal_.path(),
                           "run=list /dev/login", "run=write /dev/login/terminal", "run=write /dev/x"});
    EXPECT_TRUE(has(seen, fs::path(terminal_.path()).filename().string() + "\n")) << seen;
    std::size_t refused = 0;
    for (std::size_t at = 0; (at = seen.find("Permission denied", at)) != std::string::npos; ++at) ++refused;
    EXPECT_EQ(refused, 2u) << seen;
    EXPECT_TRUE(has(seen, "Read-only file system")) << seen;
}

TEST_F(LoginTerminalTest, WithAnyUserNamespaceAndInAnInstanceOfItsOwn) {
    for (const char* keys : {"user_namespace: self", "user_namespace: fakeroot", "instance: session"}) {
        manifest_.instance_per_session = has(keys, "instance");
        take_policy(has(keys, "instance") ? "" : keys);
        const std::string seen = login(terminal_.path(), {"account", "open", "reopen", "run=facts"});
        EXPECT_TRUE(has(seen, "reopen: the same\n")) << keys << ": " << seen;
        EXPECT_TRUE(has(seen, "hostname arkham\n")) << keys << ": " << seen;
        EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); })) << keys;
    }
}

TEST_F(LoginTerminalTest, OnlyLoginOnATerminalNeedsTheProgram) {
    const OtherProgram missing;
    EXPECT_TRUE(has(login(terminal_.path(), {"account", "open", "run=exit 0"}, "door"), "open: Success"));
    EXPECT_TRUE(has(login("/dev/null", {"account", "open", "run=exit 0"}), "open: Success"));
    const std::string closed = "/dev/null <&-";
    EXPECT_TRUE(has(login(closed, {"account", "open", "run=exit 0"}), "open: Success"));
}

TEST_F(LoginTerminalTest, WithoutTheProgramTheSessionIsRefused) {
    const OtherProgram missing;
    const std::string seen = login(terminal_.path(), {"account", "open", "run=exit 0"});
    EXPECT_TRUE(has(cause(seen), "jail-terminal ended without a word; is the installation complete?"))
        << recorded();
    EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
}

TEST_F(LoginTerminalTest, WhereTheProgramFailsTheSessionIsRefused) {
    {
        const OtherProgram silent("exit 0");
        EXPECT_TRUE(has(cause(login(terminal_.path(), {"account", "open"})), "ended without a word"))
            << recorded();
    }
    {
        const OtherProgram wrong("exec " + OtherProgram::aside() + " ../etc/passwd");
        EXPECT_TRUE(has(cause(login(terminal_.path(), {"account", "open"})),
                        "'../etc/passwd' is not the name of a terminal below /dev"))
            << recorded();
    }
    {
        const OtherProgram other("exec " + OtherProgram::aside() + " tty9");
        EXPECT_TRUE(has(cause(login(terminal_.path(), {"account", "open"})), terminal_.path() + ":"))
            << "it has not the name that login asks for: " << recorded();
    }
    {
        const HostTerminal another;
        const OtherProgram other("exec " + OtherProgram::aside() + " \"$@\" 4< " + another.path());
        EXPECT_TRUE(has(cause(login(terminal_.path(), {"account", "open"})),
                        terminal_.path() + " is not login's terminal inside the jail"))
            << recorded();
    }
    {
        const OtherProgram outside("exec " + OtherProgram::aside() + " \"$@\" 3< /proc/self/ns/uts");
        EXPECT_TRUE(has(cause(login(terminal_.path(), {"account", "open"})), "setns the jail's mounts"))
            << recorded();
    }
    EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
    EXPECT_TRUE(has(login(terminal_.path(), {"account", "open", "reopen"}), "reopen: the same"));
}

// It does not run for longer than a login may wait.
TEST_F(LoginTerminalTest, AProgramThatHangsIsEndedAndTheSessionRefused) {
    const OtherProgram hanging("exec sleep 600");
    EXPECT_TRUE(has(cause(login(terminal_.path(), {"account", "open"})), "wait for ")) << recorded();
    EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
}

// Only with a child inside an opener is taken for one whose session has begun (opener_watch.h).
TEST_F(LoginTerminalTest, WhereMemoryIsShortTheSessionGoesFirstHoweverLongTheProgramTakes) {
    const OtherProgram slow("sleep 1\nexec " + OtherProgram::aside() + " \"$@\"");
    const Running running = start_login({"account", "open", "run=sleep 600"});
    const auto score = [](pid_t pid) { return read_file("/proc/" + std::to_string(pid) + "/oom_score_adj"); };
    EXPECT_TRUE(eventually([&] {
        const std::vector<pid_t> inside = processes_of(kHarlequin);  // PID 1 has root's
        return std::any_of(inside.begin(), inside.end(), [&](pid_t pid) { return score(pid) == "500\n"; }) &&
               score(running.pid) == "0\n";
    })) << score(running.pid);
    ::kill(running.pid, SIGKILL);
    (void)finish(running);
    EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
}

// The application may take its time to end (login of util-linux does): no control group is kept by it.
TEST_F(LoginTerminalTest, ARefusalLeavesNothingThoughTheApplicationStays) {
    const OtherProgram missing;
    const Running running = start_login({"stay", "account", "open"});
    EXPECT_TRUE(eventually([this] { return has(recorded(), "\"event\":\"denial\""); }));
    EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
    EXPECT_EQ(::waitpid(running.pid, nullptr, WNOHANG), 0) << "it did not stay";
    terminal_.hang_up();
    (void)finish(running);
}

// Not the mount namespace, nor the host's terminal by which it was found.
TEST_F(LoginTerminalTest, NothingOfTheHostsIsLeftOpen) {
    const Running running = start_login({"account", "open", "pause"});
    const std::string process = "/proc/" + std::to_string(running.pid);
    const auto link = [&](const std::string& name) {
        std::error_code none;
        return fs::read_symlink(process + "/" + name, none).string();
    };
    std::vector<std::string> open;
    EXPECT_TRUE(eventually([&] {
        open.clear();
        for (const auto& entry : fs::directory_iterator(process + "/fd"))
            if (std::stoi(entry.path().filename()) > 2)
                open.push_back(link("fd/" + entry.path().filename().string()));
        return read_file(process + "/status").find("Seccomp:\t2") != std::string::npos;
    }));
    std::size_t terminals = 0;
    for (const std::string& file : open) {
        EXPECT_EQ(file.find("mnt:"), std::string::npos) << file;
        EXPECT_NE(file, terminal_.path());
        if (has(file, "ptmx")) ++terminals;
    }
    EXPECT_EQ(terminals, 1u) << ::testing::PrintToString(open) << ": the jail's, whose name is taken";
    terminal_.hang_up();
    const Outcome outcome = finish(running);
    EXPECT_TRUE(has(outcome.output, "open: Success")) << outcome.output;
    EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
}

// Such a session opens: login of shadow needs no name.
TEST_F(LoginTerminalTest, ANumberThatNoTerminalOfTheJailCanHave) {
    std::vector<HostTerminal> lower(terminal_limits::kOfAnAccount);
    const HostTerminal high;
    const std::string seen = login(high.path(), {"account", "open", "on", "reopen", "run=exit 0"});
    EXPECT_TRUE(has(seen, "open: Success\nreopen: No such file or directory\n")) << seen;
    EXPECT_FALSE(has(seen, "run: status")) << seen;
}

}  // namespace
}  // namespace jail::testing
