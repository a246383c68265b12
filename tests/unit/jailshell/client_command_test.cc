// SPDX-License-Identifier: Apache-2.0
#include "jailshell/client_command.h"

#include <gtest/gtest.h>

namespace jail::jailshell {
namespace {

constexpr jail::Access kAll = {false, true, true, true, true};

// "scp [-t][--][x]", or why not.
std::string read(std::string_view command, const jail::Access& access = kAll) {
    const auto found = read_client_command(access, command);
    if (!found) return (found.error().code() == EACCES ? "other: " : "wrong: ") + found.error().message();
    std::string all = found.value().program + " ";
    for (const Word& word : found.value().arguments)
        all += (word.in_home ? "~[" : "[") + word.text + (word.pattern.empty() ? "]" : "*]");
    return all;
}

bool is_other(std::string_view command, const jail::Access& access = kAll) {
    return read(command, access).rfind("other: ", 0) == 0;
}

bool is_wrong(std::string_view command) {
    return read(command).rfind("wrong: ", 0) == 0;
}

// As OpenSSH 9.2's `scp -O` sends them.
TEST(ClientCommand, WhatScpSends) {
    EXPECT_EQ(read("scp -t x"), "scp [-t][--][x]");
    EXPECT_EQ(read("scp -r -p -t ."), "scp [-r][-p][-t][--][.]");
    EXPECT_EQ(read("scp -v -d -f x"), "scp [-v][-d][-f][--][x]");
    EXPECT_EQ(read("scp -r -f -- -x"), "scp [-r][-f][--][-x]");
    EXPECT_EQ(read("scp -t \"x y\""), "scp [-t][--][x y]");
    EXPECT_EQ(read("scp -f ~/x\\ *"), "scp [-f][--]~[/x **]") << "a wildcard is expanded later";
    EXPECT_EQ(read("scp -f a b"), "scp [-f][--][a][b]") << "several names, as in a shell";
    EXPECT_EQ(read("scp -qrt 'x'"), "scp [-qrt][--][x]") << "libraries bundle";
}

TEST(ClientCommand, ScpWithAnyOtherOptionIsRefused) {
    for (const char* option : {"-S prog", "-Sprog", "-vS prog", "-rSprog", "-o ProxyCommand=prog",
                               "-oProxyCommand=prog", "-F file", "-vF file", "-J host", "-i key", "-c aes",
                               "-P 22", "-D prog", "-X x=1", "-3", "-O", "-s", "-R", "-[t]"})
        EXPECT_TRUE(is_wrong(std::string("scp ") + option + " -t x")) << option;
    EXPECT_TRUE(is_wrong("scp"));
    EXPECT_TRUE(is_wrong("scp x y"));
    EXPECT_TRUE(is_wrong("scp -r x host:y"));
    EXPECT_TRUE(is_wrong("scp -t"));
    EXPECT_TRUE(is_wrong("scp -t --"));
    EXPECT_TRUE(is_wrong("scp -t x y"));
    EXPECT_TRUE(is_wrong("scp -t -f x"));
    EXPECT_TRUE(is_wrong("scp --server . x"));
    EXPECT_EQ(read("scp -f x -S prog"), "scp [-f][--][x][-S][prog]") << "names, after the --";
}

// As rsync 3.5's client sends them.
TEST(ClientCommand, WhatRsyncSends) {
    EXPECT_EQ(read("rsync --server -vlogDtprze.iLsfxCIvu --delete . x\\ y/it\\'s"),
              "rsync [--server][-vlogDtprze.iLsfxCIvu][--delete][.][x y/it's]");
    EXPECT_EQ(read("rsync --server --sender -logDtpre.iLsfxCIvu . x\\ y* b\\$\\`\\\""),
              "rsync [--server][--sender][-logDtpre.iLsfxCIvu][.][x y**][b$`\"]");
    EXPECT_EQ(read("rsync --server -slogDtpre.iLsfxCIvu"), "rsync [--server][-slogDtpre.iLsfxCIvu]");
    EXPECT_EQ(
        read(
            "rsync --server -blogDtpre.iLsfxCIvu --backup-dir b\\ d --partial-dir p\\ q --temp-dir /tmp . z"),
        "rsync [--server][-blogDtpre.iLsfxCIvu][--backup-dir][b d][--partial-dir][p "
        "q][--temp-dir][/tmp][.][z]");
    EXPECT_EQ(read("rsync --server -logDtpre30.1iLs --checksum-choice=md5 -B1024 . ~/x ./-x"),
              "rsync [--server][-logDtpre30.1iLs][--checksum-choice=md5][-B1024][.]~[/x][./-x]");
    EXPECT_EQ(read("rsync --server --sender -vvlHogDtpAXcRe.LsfxCIvu --files-from=- --from0 . z"),
              "rsync [--server][--sender][-vvlHogDtpAXcRe.LsfxCIvu][--files-from=-][--from0][.][z]");
}

TEST(ClientCommand, RsyncThatStartsAProgramOrADaemonIsRefused) {
    for (const char* option : {"-e sh",
                               "-esh",
                               "-ve sh",
                               "-e",
                               "-e./sh",
                               "-e.x/y",
                               "-e'.x y'",
                               "--rsh=sh",
                               "--rsh sh",
                               "--rsync-path=x",
                               "--daemon",
                               "--config=rsyncd.conf",
                               "--config rsyncd.conf",
                               "--dparam=x=y",
                               "-M--rsh=sh",
                               "--early-input=x",
                               "--password-file=x",
                               "--protocol=29",
                               "--address=x",
                               "--port=1",
                               "--sockopts=x",
                               "--blocking-io",
                               "--copy-as=root",
                               "--read-batch=x",
                               "--write-batch=x",
                               "--server=x",
                               "--delete=x",
                               "--no-detach",
                               "--",
                               "-T/x",
                               "-f x",
                               "--unknown",
                               "--temp-dir",
                               "--temp-dir --rsh=sh"})
        EXPECT_TRUE(is_wrong(std::string("rsync --server ") + option + " . x")) << option;
    EXPECT_TRUE(is_wrong("rsync --server --daemon ."));
    EXPECT_TRUE(is_wrong("rsync --daemon"));
    EXPECT_TRUE(is_wrong("rsync -e sh --server . x"));
    EXPECT_TRUE(is_wrong("rsync -e 'sh -c id' x y:z"));
    EXPECT_TRUE(is_wrong("rsync --server"));
    EXPECT_TRUE(is_wrong("rsync --server ."));
    EXPECT_TRUE(is_wrong("rsync --server x y"));
    EXPECT_TRUE(is_wrong("rsync --server --delete"));
}

TEST(ClientCommand, WhatFollowsRsyncsDotIsAPath) {
    EXPECT_EQ(read("rsync --server -re.i . --rsh=sh -esh '--daemon' ~/x -*"),
              "rsync [--server][-re.i][.][./--rsh=sh][./-esh][./--daemon]~[/x][./-**]");
}

// As git 2.39 sends them.
TEST(ClientCommand, WhatGitSends) {
    EXPECT_EQ(read("git-upload-pack '~/a b'"), "git-upload-pack [~/a b]");
    EXPECT_EQ(read("git-receive-pack '/srv/it'\\''s.git'"), "git-receive-pack [/srv/it's.git]");
    EXPECT_EQ(read("git-upload-archive 'x'"), "git-upload-archive [x]");
    EXPECT_EQ(read("git upload-pack 'x'"), "git-upload-pack [x]");
    EXPECT_EQ(read("git receive-pack x"), "git-receive-pack [x]");
    EXPECT_EQ(read("git upload-archive x"), "git-upload-archive [x]");
}

TEST(ClientCommand, NoOtherSubcommandAndNoOptionOfGit) {
    for (const char* command :
         {"git-upload-pack '--help'", "git-upload-pack --help", "git upload-pack --help",
          "git-receive-pack '-x'", "git-upload-archive --exec=sh", "git-upload-pack", "git-upload-pack ''",
          "git-upload-pack x y", "git-upload-pack --strict x", "git-upload-pack --timeout=1 'x'",
          "git-upload-pack *"})
        EXPECT_TRUE(is_wrong(command)) << command;
    for (const char* command :
         {"git", "git --exec-path=x upload-pack x", "git -c core.pager=sh upload-pack x", "git shell",
          "git-shell -c x", "git archive x", "git-upload-pack.sh x", "git cvsserver", "cvs server",
          "git-lfs-authenticate x download", "git log", "git daemon"})
        EXPECT_TRUE(is_other(command)) << command;
}

TEST(ClientCommand, TheProgramIsTheJailsWhateverPathTheClientNames) {
    EXPECT_EQ(read("/home/harlequin/scp -t x"), "scp [-t][--][x]");
    EXPECT_EQ(read("../rsync --server -re.i . x"), "rsync [--server][-re.i][.][x]");
    EXPECT_EQ(read("'/opt/git up/git-upload-pack' x"), "git-upload-pack [x]");
}

TEST(ClientCommand, NothingElseIsRun) {
    for (const char* command : {"",
                                " ",
                                "ls",
                                "id",
                                "sh",
                                "bash -c 'scp -t x'",
                                "sudo rsync --server . x",
                                "env scp -t x",
                                "PATH=. scp -t x",
                                "LD_PRELOAD=./x scp -t x",
                                "exec scp -t x",
                                "scpx -t x",
                                "xscp -t x",
                                "scp- -t x",
                                "SCP -t x",
                                "sc? -t x",
                                "~/scp -t x",
                                "scp/ -t x",
                                "-scp -t x",
                                "sftp x",
                                "unison -server",
                                "svnserve -t",
                                "rdist -S",
                                "cvs -e sh server",
                                "help",
                                "/"})
        EXPECT_TRUE(is_other(command)) << command << " " << read(command);
}

// What got commands past rssh, scponly, lshell and git-shell.
TEST(ClientCommand, PublishedWaysAroundItsPredecessors) {
    for (const char* command : {
             "scp -S ./evil x y:",                                // CVE-2004-1161, CVE-2004-1162
             "rsync -e ./evil x y:",                              // the same
             "scp -vS ./evil x y:",                               // CVE-2005-4533
             "scp -t -oProxyCommand=./evil x",                    // CVE-2007-6415
             "scp -F ./config -t x",                              // the same
             "rsync --rsh=./evil x y:",                           // CVE-2012-2251
             "rsync --server --rsh=./evil . x",                   // CVE-2012-2252
             "rsync --server -e./evil --rsh=./evil . x",          // the same
             "rsync --server --daemon --config=./rsyncd.conf .",  // CVE-2019-3463
             "scp -f -o ProxyCommand=./evil x",                   // CVE-2019-1000018
             "scp -t x; id",                                      // lshell, below as well
             "scp -t x && id",
             "scp -t x || id",
             "scp -t x | id",
             "scp -t x & id",
             "scp -t $(id)",
             "scp -t `id`",
             "scp -t \"$(id)\"",
             "scp -t x\nid",
             "scp -t x\rid",
             "scp -t x\x16\nid",  // CVE-2016-6903
             "scp -t <(id)",
             "scp -t x > .ssh/rc",
             "scp -t x 2>&1",
             "(scp -t x)",
             "{ scp -t x; }",
             "scp -t x\\\n; id",
             "git-upload-pack '--help'",  // CVE-2017-8386
             "git-receive-pack 'x';id",
             "git-upload-pack 'x' 'y'",
             "git-upload-pack x`id`",
         })
        EXPECT_TRUE(is_wrong(command)) << command << " " << read(command);
    for (const char* command : {
             "HOME=. rsync --server . x",  // CVE-2012-3478, CVE-2019-3464
             "echo FOO=x && scp -t x",     // the same
             "/bin/sh -c scp",             // lshell
             "echo() { id; }; scp -t x",   // CVE-2014-6271's kind
         })
        EXPECT_FALSE(read_client_command(kAll, command)) << command;
}

TEST(ClientCommand, EachIsAllowedByItself) {
    const char* scp = "scp -t x";
    const char* rsync = "rsync --server -re.i . x";
    const char* git = "git-upload-pack x";
    EXPECT_EQ(read(scp, {false, false, true, false, false}), "scp [-t][--][x]");
    EXPECT_TRUE(is_other(rsync, {false, false, true, false, false}));
    EXPECT_TRUE(is_other(git, {false, false, true, false, false}));
    EXPECT_TRUE(is_other(scp, {false, false, false, true, false}));
    EXPECT_EQ(read(rsync, {false, false, false, true, false}), "rsync [--server][-re.i][.][x]");
    EXPECT_TRUE(is_other(git, {false, false, false, true, false}));
    EXPECT_TRUE(is_other(scp, {false, false, false, false, true}));
    EXPECT_TRUE(is_other(rsync, {false, false, false, false, true}));
    EXPECT_EQ(read(git, {false, false, false, false, true}), "git-upload-pack [x]");
    for (const char* command : {scp, rsync, git, "x;y"})
        EXPECT_TRUE(is_other(command, {false, true, false, false, false})) << command;
}

TEST(ClientCommand, ARefusalSaysWhatIsAllowed) {
    EXPECT_EQ(permitted({false, false, false, false, false}), "this account may not open a shell");
    EXPECT_EQ(permitted({false, true, false, false, false}),
              "this account may transfer files by sftp, and nothing else");
    EXPECT_EQ(permitted({false, false, true, true, false}),
              "this account may transfer files by scp and rsync, and nothing else");
    EXPECT_EQ(permitted({false, false, false, false, true}), "this account may use git, and nothing else");
    EXPECT_EQ(permitted(kAll),
              "this account may transfer files by sftp, scp and rsync and use git, and nothing else");
    EXPECT_EQ(read("scp -t x;y", {false, false, true, false, false}),
              "wrong: this account may transfer files by scp, and nothing else; "
              "a ; outside of quotes is for a shell");
}

}  // namespace
}  // namespace jail::jailshell
