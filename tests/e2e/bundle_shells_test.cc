// SPDX-License-Identifier: Apache-2.0
// Bundles for shells: basics, tools for scripts, work at a terminal. See bundle_fixture.h.
#include <filesystem>

#include "bundle_fixture.h"

namespace jail::testing {
namespace {

void make_german() {
    const Outcome made = run({"localedef", "-i", "de_DE", "-f", "UTF-8", "de_DE.UTF-8"});
    ASSERT_EQ(made.exit_status(), 0) << made.errors;
}

class UidbasicsBundle : public BundleTest {
protected:
    static void SetUpTestSuite() { make_german(); }
    std::string commands() const override { return "bash, id, tput, date, echo"; }
};

TEST_F(UidbasicsBundle, TheHostsOwnLocalesWork) {
    EXPECT_EQ(inside("LC_ALL=de_DE.UTF-8; name=früh; echo ${#name}; printf '%.1f\\n' 0,5"), "4\n0,5\n");
}

TEST_F(UidbasicsBundle, ProgramsSeeWhichReleaseThisIs) {
    EXPECT_EQ(inside(". /etc/os-release; echo $ID"), "debian\n");
}

TEST_F(UidbasicsBundle, NamesTimesTerminalsAndUtf8AreThere) {
    EXPECT_EQ(inside("id -un; id -gn; echo ~"), account() + "\n" + account() + "\n" + home() + "\n");
    EXPECT_EQ(inside("LC_ALL=C.UTF-8; name=früh; echo ${#name}"), "4\n");
    for (const std::string terminal : {"xterm-256color", "screen-256color", "tmux-256color"})
        EXPECT_EQ(inside("tput -T " + terminal + " colors"), "256\n") << terminal;
    for (const std::string terminal : {"linux", "vt100", "vt220", "dumb", "ansi", "rxvt"})
        EXPECT_NE(inside("tput -T " + terminal + " cols"), "") << terminal;
    EXPECT_EQ(inside("date -d @0 +%H%Z"), run({"date", "-d", "@0", "+%H%Z"}).output);
    // glibc ends the program when a thread ends and this library cannot be loaded.
    EXPECT_EQ(inside("for file in /lib/*/libgcc_s.so.1; do test -r $file && echo there; done"), "there\n");
}

using BasicshellBundle = BundleTest;

TEST_F(BasicshellBundle, EverydayCommandsWorkTogether) {
    EXPECT_EQ(
        inside(
            "mkdir -p work/sub && cd work && printf '%s\\n' joker bane joker > names\n"
            "sort names | uniq -c | sort -rn | head -n 1 | tr -s ' '\n"
            "cp names sub/copy && mv sub/copy sub/moved && ln -s sub/moved link && cat link | wc -l\n"
            "grep -c joker names; sed s/bane/penguin/ names | cut -c 1-3 | tail -n 2\n"
            "find . -type l; basename $(readlink link); stat -c %s names; test -s names && chmod 600 names\n"
            "for i in $(seq 3); do expr $i + 1; done | tee sum | tail -n 1\n"
            "cd .. && rm -r work && ls work 2>/dev/null || echo gone"),
        " 2 joker\n3\n2\npen\njok\n./link\nmoved\n17\n4\ngone\n");
}

TEST_F(BasicshellBundle, IsLean) {
    EXPECT_EQ(inside("for name in python3 perl php ssh curl wget git vim.tiny nano gcc mount su; do\n"
                     "  type -p $name; done; true"),
              "");
}

class InteractiveshellBundle : public BundleTest {
protected:
    std::string commands() const override { return "bash, git"; }
    std::unique_ptr<Channel> shell() const {
        auto channel = terminal("");
        channel->write("PS1='rea''dy> '\n");
        EXPECT_TRUE(channel->read_until("ready> ")) << channel->output();
        return channel;
    }
};

TEST_F(InteractiveshellBundle, TabCompletesFilesOptionsAndSubcommands) {
    machine::write_home_file(account(), "unmistakable-name", "the content\n");
    const auto bash = shell();
    bash->write("cat unmis\t\n");
    EXPECT_TRUE(bash->read_until("the content")) << bash->output();
    // Only the functions of bash-completion know these.
    bash->write("ls --recurs\t");
    EXPECT_TRUE(bash->read_until("ls --recursive")) << bash->output();
    bash->write("\x15git cherry-p\t");
    EXPECT_TRUE(bash->read_until("git cherry-pick")) << bash->output();
    bash->write("\x15git clone --recurse-subm\t");
    EXPECT_TRUE(bash->read_until("git clone --recurse-submodules")) << bash->output();
}

TEST_F(InteractiveshellBundle, HistoryIsKeptWithinAndAcrossSessions) {
    auto bash = shell();
    bash->write("echo sum-$((20+2))\n");
    ASSERT_TRUE(bash->read_until("sum-22")) << bash->output();
    bash->write("\x1b[A # again\n");
    EXPECT_TRUE(bash->read_until("echo sum-$((20+2)) # again")) << bash->output();
    bash->write("exit 7\n");
    EXPECT_EQ(bash->finish().exit_status, 7);
    bash = shell();
    bash->write("\x12sum-\r");
    EXPECT_TRUE(bash->read_until("sum-22")) << bash->output();
}

TEST_F(InteractiveshellBundle, Utf8NamesAndColoursAreShown) {
    machine::write_home_file(account(), "grüße-日本", "");
    std::filesystem::create_directory(home() + "/folder");
    const auto bash = shell();
    bash->write("ls --color=auto -d gr* fol*\n");
    EXPECT_TRUE(bash->read_until("\x1b[01;34mfolder")) << bash->output();
    EXPECT_TRUE(bash->read_until("grüße-日本")) << bash->output();
    bash->write("alias ls; echo colours-${LS_COLORS:+set}\n");  // by ~/.bashrc, with dircolors
    EXPECT_TRUE(bash->read_until("colours-set")) << bash->output();
}

TEST_F(InteractiveshellBundle, ThePagerPages) {
    const auto pager = terminal("seq 500 | less");
    ASSERT_TRUE(pager->read_until("\r\n23")) << pager->output();
    pager->write("G");
    EXPECT_TRUE(pager->read_until("500")) << pager->output();
    pager->write("q");
    EXPECT_EQ(pager->finish().exit_status, 0);
}

using TerminfoBundle = BundleTest;

TEST_F(TerminfoBundle, EveryTerminalOfTheHostIsKnown) {
    EXPECT_EQ(inside("infocmp -1 wy50"), run({"infocmp", "-1", "wy50"}).output);
    EXPECT_EQ(inside("tput -T vt320 cols"), "80\n");
}

using ExtendedshellBundle = BundleTest;

TEST_F(ExtendedshellBundle, ArchivesGoOutAndComeBack) {
    for (const std::string option : {"", "-z", "-J", "--zstd"})
        EXPECT_EQ(inside("mkdir -p in/sub out && seq 5000 > in/sub/numbers && ln -sf sub/numbers in/link\n"
                         "tar " +
                         option +
                         " -cf archive in && tar -C out -xf archive && diff -r in out/in\n"
                         "readlink out/in/link; rm -r in out archive"),
                  "sub/numbers\n")
            << option;
    for (const std::string tool : {"gzip", "xz", "zstd -q"})
        EXPECT_EQ(
            inside("seq 5000 > numbers; " + tool + " -c numbers > packed; " + tool +
                   " -dc packed | cmp - numbers && test $(stat -c %s packed) -lt 12000 && echo smaller"),
            "smaller\n")
            << tool;
    EXPECT_EQ(inside("echo text | gzip > t.gz; zcat t.gz; gunzip t.gz; cat t"), "text\ntext\n");
}

TEST_F(ExtendedshellBundle, TextToolsWork) {
    machine::write_home_file(account(), "hits", "10.0.0.1 200 512\n10.0.0.2 404 0\n10.0.0.1 200 88\n");
    EXPECT_EQ(inside("awk '$2 == 200 {sum[$1] += $3} END {for (ip in sum) print ip, sum[ip]}' hits"),
              "10.0.0.1 600\n");
    EXPECT_EQ(inside("sed -E 's/^([0-9.]+) (4..) .*/\\2 from \\1/;t;d' hits"), "404 from 10.0.0.2\n");
    EXPECT_EQ(inside("grep -Pc '^10\\.0\\.0\\.1\\b' hits"), "2\n");
    EXPECT_EQ(inside("find . -name 'hi*' -size -2 -print0 | xargs -0 sha256sum | cut -d ' ' -f 3"),
              "./hits\n");
    EXPECT_EQ(inside("sed 's/404/500/' hits > other; diff -u hits other | grep '^[-+]10'"),
              "-10.0.0.2 404 0\n+10.0.0.2 500 0\n");
    EXPECT_EQ(inside("diff -u hits other | patch -s hits && cmp hits other && echo patched"), "patched\n");
    EXPECT_EQ(inside("seq 3 | paste -sd+ | tee sum; split -b 2 sum part-; cat part-* | base64; tac hits | nl "
                     "| head -n 1 | cut -f 2"),
              "1+2+3\nMSsyKzMK\n10.0.0.1 200 88\n");
    EXPECT_EQ(inside("gzip -c hits > packed; file -b --mime-type packed hits"),
              "application/gzip\ntext/plain\n");
    EXPECT_EQ(inside("timeout 0.1 sleep 60; echo $?; test \"$(realpath hits)\" = ~/hits && echo real"),
              "124\nreal\n");
}

class EditorsBundle : public BundleTest {
    std::string commands() const override { return "bash, rm"; }
};

TEST_F(EditorsBundle, NanoEditsAFile) {
    const auto editor = terminal("nano note");
    ASSERT_TRUE(editor->read_until("GNU nano")) << editor->output();
    EXPECT_TRUE(editor->read_until("^X")) << editor->output();
    editor->write("ha ha\x0f\r");
    EXPECT_TRUE(editor->read_until("Wrote")) << editor->output();
    editor->write("\x18");
    EXPECT_EQ(editor->finish().exit_status, 0) << editor->output();
    EXPECT_EQ(machine::read_file(home() + "/note"), "ha ha\n");
}

TEST_F(EditorsBundle, NanoColoursSyntax) {
    machine::write_home_file(account(), "case.py", "def close(case): pass\n");
    const auto editor = terminal("nano case.py");
    ASSERT_TRUE(editor->read_until("pass")) << editor->output();
    EXPECT_EQ(editor->output().find("def close(case)"), std::string::npos) << "not in several colours";
    editor->write("\x18");
    EXPECT_EQ(editor->finish().exit_status, 0) << editor->output();
}

TEST_F(EditorsBundle, VimEditsAFile) {
    const auto editor = terminal("vim.tiny other");
    ASSERT_TRUE(editor->read_until("other")) << editor->output();
    editor->write("iha ha\x1b:wq\r");
    EXPECT_EQ(editor->finish().exit_status, 0) << editor->output();
    EXPECT_EQ(machine::read_file(home() + "/other"), "ha ha\n");
    EXPECT_EQ(editor->output().find("E437"), std::string::npos) << editor->output();  // terminal too dumb
}

using MidnightcommanderBundle = BundleTest;

TEST_F(MidnightcommanderBundle, ShowsItsPanelsCopiesAndLeaves) {
    machine::write_home_file(account(), "evidence.txt", "batarang\n");
    EXPECT_EQ(inside("mkdir -p target"), "");
    const auto commander = terminal("mc ~ ~/target");
    ASSERT_TRUE(commander->read_until("evidence.txt")) << commander->output();
    ASSERT_TRUE(commander->read_until("Quit")) << commander->output();  // the keys' names in the last row
    commander->write("\x1b[F\x1b[15~");                                 // End, F5: copies the last file
    ASSERT_TRUE(commander->read_until("Copy file")) << commander->output();
    commander->write("\r");
    EXPECT_TRUE(eventually([this] {
        return machine::read_file(home() + "/target/evidence.txt") == "batarang\n";
    })) << commander->output();
    commander->write("\x1b[21~");  // F10
    EXPECT_EQ(commander->finish().exit_status, 0) << commander->output();
}

TEST_F(MidnightcommanderBundle, ViewsAFile) {
    machine::write_home_file(account(), "evidence.txt", "batarang\n");
    const auto viewer = terminal("mcview evidence.txt");
    ASSERT_TRUE(viewer->read_until("batarang")) << viewer->output();
    viewer->write("\x1b[21~");
    EXPECT_EQ(viewer->finish().exit_status, 0) << viewer->output();
}

class LocalesBundle : public BundleTest {
protected:
    static void SetUpTestSuite() { make_german(); }
    std::string commands() const override { return "bash, date, sort"; }
};

TEST_F(LocalesBundle, TheHostsLocalesWork) {
    EXPECT_EQ(inside("LC_ALL=de_DE.UTF-8 date -u -d @0 '+%A, %B'"), "Donnerstag, Januar\n");
    EXPECT_EQ(inside("LC_ALL=de_DE.UTF-8 locale decimal_point thousands_sep"), ",\n.\n");
    EXPECT_NE(inside("locale -a").find("de_DE.utf8"), std::string::npos);
    EXPECT_EQ(inside("printf 'z\\nä\\na\\n' | LC_ALL=de_DE.UTF-8 sort"), "a\nä\nz\n");
}

TEST_F(LocalesBundle, CharacterSetsAreConverted) {
    EXPECT_EQ(inside("printf '\\244' | iconv -f ISO-8859-15 -t UTF-8"), "€");
    EXPECT_EQ(inside("printf '日本' | iconv -f UTF-8 -t SHIFT_JIS | iconv -f SHIFT_JIS -t UTF-8"), "日本");
    EXPECT_EQ(inside("printf 'Grüße €' | LC_ALL=de_DE.UTF-8 iconv -t ASCII//TRANSLIT"), "Gruesse EUR");
}

class TzdataBundle : public BundleTest {
    std::string commands() const override { return "bash, date"; }
};

TEST_F(TzdataBundle, EveryTimeZoneIsKnown) {
    EXPECT_EQ(inside("TZ=America/New_York date -d @0 '+%F %H:%M %Z'"), "1969-12-31 19:00 EST\n");
    EXPECT_EQ(inside("TZ=Asia/Kathmandu date -d @1700000000 +%z"), "+0545\n");
}

}  // namespace
}  // namespace jail::testing
