// SPDX-License-Identifier: Apache-2.0
// The allowlist holds: what an account brings along is not run by the shells, interpreters and loaders that
// it may use, unless the policy says `exec: true`; and what those start is as confined as they are.
#include <gmock/gmock.h>

#include <filesystem>

#include "libjail/policy/paths.h"
#include "ssh_fixture.h"

namespace jail::testing {
namespace {

using ::testing::HasSubstr;

namespace fs = std::filesystem;
constexpr char kVictor[] = "victor";
constexpr char kNotMapped[] = "failed to map segment from shared object";

class AllowlistTest : public SshTest {
protected:
    static void SetUpTestSuite() {
        SshTest::SetUpTestSuite();
        machine::add_account(kVictor);
        write_policy(false);
        ASSERT_EQ(run({"jail-provision", "add", kVictor}).exit_status(), 0);
        const std::string python = first_library("_queue.cpython-");
        for (const auto& [name, source] :
             {std::pair<std::string, std::string>("own.so", first_library("libz.so.1")),
              {"own", "/usr/bin/true"},
              {"_queue.so", python}})
            machine::write_home_file(kVictor, name, machine::read_file(source), 0755);
        machine::write_home_file(kVictor, "script", "#!/bin/bash\necho ran\n", 0755);
        machine::write_home_file(kVictor, "foreign", "#!/home/victor/own\n", 0755);
    }
    static std::string first_library(const std::string& prefix) {
        for (const auto& entry : fs::recursive_directory_iterator("/usr/lib")) {
            const std::string name = entry.path().filename();
            if (name.rfind(prefix, 0) == 0 && name.find(".so") != std::string::npos) return entry.path();
        }
        ADD_FAILURE() << "no library " << prefix;
        return {};
    }
    static void write_policy(bool exec, const std::string& more = "") {
        machine::write_file(
            std::string(paths::kConfigDir) + "/jails/blackgate.yaml",
            "jail: blackgate\naccounts: [victor]\ninclude: [basicshell, python3, perl, scp, rsync]\n"
            "commands: [bash]\nfiles:\n  - {path: /usr/bin/probe, source: /usr/local/bin/probe}\n"
            "home: {exec: " +
                std::string(exec ? "true" : "false") + "}\ngrace: 0s\n" + more);
    }
    static void allow_exec(bool exec, const std::string& more = "") {
        write_policy(exec, more);
        const Outcome built = run({"jail-provision", "build", "blackgate"});
        ASSERT_EQ(built.exit_status(), 0) << built.errors;
    }
    // Both streams.
    static std::string inside(const std::string& script) {
        const Connection connection(server(), kVictor);
        EXPECT_TRUE(connection.logged_in()) << connection.error();
        return connection.execute("exec 2>&1; cd; " + script).output;
    }
    // Every way to run what the home has, with what it says when it may not and what when it may.
    struct Way {
        std::string script, refused, allowed;
    };
    static const std::vector<Way>& ways() {
        static const std::string loader = "$(echo /lib64/ld-linux-x86-64.so.2) ";
        static const std::vector<Way> list = {
            {"./own && echo ran", "Permission denied", "ran\n"},
            {"exec 5< own; /proc/self/fd/5 && echo ran", "Permission denied", "ran\n"},
            {"./script", "Permission denied", "ran\n"},
            {"./foreign && echo ran", "Permission denied", "ran\n"},
            {loader + "./own && echo ran", kNotMapped, "ran\n"},
            {"LD_PRELOAD=./own.so grep -q \"r-xp.*own.so\" /proc/self/maps && echo ran", kNotMapped, "ran\n"},
            {"enable -f ./own.so no_such_builtin", kNotMapped, "no_such_builtin_struct"},
            {"python3 -c 'import ctypes; ctypes.CDLL(\"./own.so\"); print(\"ran\")'", kNotMapped, "ran\n"},
            {"python3 -c 'from importlib.util import *; s = spec_from_file_location(\"_queue\", "
             "\"./_queue.so\"); "
             "module_from_spec(s); print(\"ran\")'",
             kNotMapped, "ran\n"},
            {"perl -e 'use DynaLoader; print DynaLoader::dl_load_file(\"./own.so\") ? \"ran\\n\" : "
             "DynaLoader::dl_error()'",
             kNotMapped, "ran\n"}};
        return list;
    }
};

TEST_F(AllowlistTest, NoProgramRunsOrLoadsWhatTheHomeHas) {
    for (const Way& way : ways()) {
        const std::string said = inside(way.script);
        EXPECT_NE(said.find(way.refused), std::string::npos) << way.script << "\n" << said;
        EXPECT_EQ(said.find("ran\n"), std::string::npos) << way.script << "\n" << said;
    }
    for (const char* place : {"/tmp", "/var/tmp", "/dev/shm", "$XDG_RUNTIME_DIR"}) {
        const std::string own = std::string(place) + "/own";
        EXPECT_NE(inside("cp own " + own + " && " + own).find("Permission denied"), std::string::npos)
            << place;
    }
}

TEST_F(AllowlistTest, WithExecTheyDo) {
    allow_exec(true);
    for (const Way& way : ways()) {
        const std::string said = inside(way.script);
        EXPECT_NE(said.find(way.allowed), std::string::npos) << way.script << "\n" << said;
    }
    allow_exec(false);
}

TEST_F(AllowlistTest, MemoryIsNoWayAroundIt) {
    EXPECT_NE(inside("probe exec-memory 0").find("Operation not permitted"), std::string::npos);
    EXPECT_NE(inside("probe exec-empty /usr/bin/probe").find("Operation not permitted"), std::string::npos);
}

// scp -S, rsync -e and the like name a program to run: it is found in the tree only, and is confined as they
// are.
TEST_F(AllowlistTest, WhatAProgramStartsIsConfinedAsItIs) {
    const std::string own = inside("probe facts | grep -v ^pid");
    EXPECT_NE(own.find("NoNewPrivs:\t1"), std::string::npos) << own;
    for (const char* starter : {"rsync -e 'bash -c \"probe facts > ~/facts\"' x:y z",
                                "python3 -c 'import os; os.system(\"probe facts > ~/facts\")'",
                                "perl -e 'system(\"probe facts > ~/facts\")'",
                                "find /usr/bin/probe -exec bash -c 'probe facts > ~/facts' \\;"}) {
        const std::string said =
            inside(std::string(starter) + " > /dev/null; grep -v ^pid facts; rm -f facts");
        const auto line = [](const std::string& facts, const std::string& key) {
            const std::size_t at = facts.find(key);
            return at == std::string::npos ? "none: " + facts : facts.substr(at, facts.find('\n', at) - at);
        };
        for (const char* key : {"NoNewPrivs:", "Seccomp:", "CapEff:", "CapBnd:", "Uid:", "hostname "})
            EXPECT_EQ(line(said, key), line(own, key)) << starter;
    }
    EXPECT_NE(inside("rsync -e ./own x:y z").find("Permission denied"), std::string::npos);
}

TEST_F(AllowlistTest, NothingIsTypedIntoTheSessionsTerminal) {
    for (const char* request : {"termios.TIOCSTI", "termios.TIOCSTI | 1 << 32", "termios.TIOCLINUX"}) {
        const Outcome outcome =
            run(server().ssh("-tt", {"-l", kVictor, "127.0.0.1", "-p", std::to_string(server().port()),
                                     "python3 -c 'import ctypes, termios\n"
                                     "libc = ctypes.CDLL(None, use_errno=True)\n"
                                     "print(libc.syscall(16, 0, ctypes.c_ulong(" +
                                         std::string(request) + "), b\"x\"), ctypes.get_errno())'"}));
        EXPECT_NE(outcome.output.find("-1 1\r\n"), std::string::npos)
            << request << outcome.output << outcome.errors;
    }
}

TEST_F(AllowlistTest, CodeThatAProgramWritesForItselfIsRefusedWherePolicySaysSo) {
    const std::string write_code = "python3 -c 'import mmap; mmap.mmap(-1, 4096, prot=7); print(\"ran\")'";
    EXPECT_EQ(inside(write_code), "ran\n");
    allow_exec(false, "syscalls: {deny: [writable-code]}\n");
    EXPECT_THAT(inside(write_code), HasSubstr("Operation not permitted"));
    EXPECT_EQ(inside("perl -e 'print qq(perl\\n)'; python3 -c 'print(\"python\")'; ls | grep -c own"),
              "perl\npython\n2\n");
    const Outcome copied = run({"scp", "-q", "-O", "-F", server().client_config(), "/etc/hostname",
                                std::string(kVictor) + "@harlequin:uploaded"});
    EXPECT_EQ(copied.exit_status(), 0) << copied.errors;
    allow_exec(false);
}

}  // namespace
}  // namespace jail::testing
