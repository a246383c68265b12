// SPDX-License-Identifier: Apache-2.0
// Every command that changes something, with each of its changes to the disk made to fail, or to be its last:
// a reader finds the old or the new state, and the next run finishes the work. FAULT_STRIDE=N takes every
// N-th call only.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include "libjail/policy/trusted_store.h"
#include "tests/root/provision_host.h"

namespace jail::testing {
namespace {

using ::testing::HasSubstr;

constexpr char kLog[] = "/run/fault.log";
const std::vector<std::string> kPublished = {"accounts/", "groups/", "manifests/", "generations/", "passwd"};
const std::vector<std::string> kWhole = {"accounts/", "groups/", "manifests/",  "generations/",
                                         "passwd",    "trees/",  "provenance/", "inventories/"};

struct Command {
    std::vector<std::string> arguments;
    // In several steps, each of which is made whole or not at all, in an order that leaves no account less
    // jailed.
    bool in_steps = false;
    bool removal_repeats = true;  // when all was done, the same again is no error
    int stride = 1;
};

// A failure that does not fail the command, because no data is lost: it can be computed again, or the next
// run removes or writes it.
bool may_fail(const std::string& call) {
    const auto is = [&](const char* what, const char* path) {
        return call.find(what) != std::string::npos && call.find(path) != std::string::npos;
    };
    return is(" clone ", "") || is(" start-writing ", "")             // hints to the kernel
           || is("", "/sources") || is("", "/stamps")                 // caches
           || is(" unlink ", "/staging/") || is(" unlink ", ".new-")  // garbage of this run or of another
           || is("", "/run/jail")  // what keeps a jail from starting; the next supervisor takes it over
           || is(" unlink ", "/inventories/") ||
           is(" unlink ", "/provenance/")       // of generations that are gone
           || is(" unlink ", "/generations/");  // of a jail that is withdrawn
}

std::string hit_line() {
    std::ifstream log(kLog);
    for (std::string line; std::getline(log, line);)
        if (line.starts_with("hit ")) return line;
    return {};
}

// Every line of the text is one of the other's.
bool lines_are_from(const std::string& text, const std::string& lines) {
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        if (("\n" + lines).find("\n" + line + "\n") == std::string::npos) return false;
    return true;
}

class FaultTest : public ProvisionHost {
protected:
    static int stride(const Command& command) {
        const char* wanted = std::getenv("FAULT_STRIDE");
        return command.stride * (wanted ? std::atoi(wanted) : 4);
    }

    static Ended with_fault(const Command& command, int at, const std::string& what, bool lasting = false) {
        ::unlink(kLog);
        std::vector<std::string> environment = {"LD_PRELOAD=" JAIL_FAULT, "FAULT_AT=" + std::to_string(at),
                                                "FAULT_DO=" + what, std::string("FAULT_LOG=") + kLog};
        if (lasting) environment.push_back("FAULT_LASTING=1");
        return provision(command.arguments, environment);
    }

    // The start state is there. All of it, with every kind of fault.
    void survive(const Command& command) {
        keep_state();
        old_ = take_snapshot();
        restore_state();
        const Ended undisturbed = provision(command.arguments);
        done_ = undisturbed.exit_status();
        ASSERT_TRUE(done_ == 0 || done_ == 2) << undisturbed.output;
        new_ = take_snapshot();
        ASSERT_FALSE(part(old_, kWhole) == part(new_, kWhole)) << "the command does nothing";
        kills(command);
        errors(command, EIO, false);
        errors(command, ENOSPC, true);
        errors(command, EROFS, true);
        shorts(command);
        ::testing::Test::RecordProperty("runs", runs_);
        std::printf("%d runs\n", runs_);
    }

    void kills(const Command& command) {
        for (int at = 1; !HasFatalFailure(); at += stride(command)) {
            restore_state();
            const Ended ended = with_fault(command, at, "before");
            ++runs_;
            if (hit_line().empty()) return expect_new(take_snapshot());
            SCOPED_TRACE("killed before: " + hit_line());
            ASSERT_TRUE(WIFSIGNALED(ended.status)) << ended.output;
            expect_old_or_new(take_snapshot());
            expect_finished_by_the_next(command);
        }
    }

    void errors(const Command& command, int code, bool lasting) {
        for (int at = 1; !HasFatalFailure(); at += stride(command)) {
            restore_state();
            const Ended ended = with_fault(command, at, std::to_string(code), lasting);
            ++runs_;
            const std::string hit = hit_line();
            if (hit.empty()) return expect_new(take_snapshot());
            SCOPED_TRACE(std::string(std::strerror(code)) + ": " + hit + "\n" + ended.output);
            const Snapshot now = take_snapshot();
            if (ended.exit_status() == done_) {
                EXPECT_TRUE(may_fail(hit)) << "the command says that it succeeded";
                // A generation that stays of a withdrawn jail belongs to no jail; the next run removes it.
                if (hit.find("/generations/") == std::string::npos) expect_new(now);
            } else {
                ASSERT_EQ(ended.exit_status(), 1);
                EXPECT_THAT(ended.output, HasSubstr(std::strerror(code)));
                EXPECT_THAT(ended.output, HasSubstr("jail-provision: "));
                // A full disk can have no room for taking the login shells back: it is said, and the next run
                // goes on.
                if (command.in_steps || (lasting && ended.output.find("undoing: ") != std::string::npos))
                    expect_old_or_new(now);
                else
                    EXPECT_EQ(difference(part(old_, kPublished), part(now, kPublished)), "");
            }
            expect_finished_by_the_next(command);
        }
    }

    // A write(2) of one byte has not failed.
    void shorts(const Command& command) {
        for (int at = 1; !HasFatalFailure(); at += 5 * stride(command)) {
            restore_state();
            const Ended ended = with_fault(command, at, "short");
            ++runs_;
            if (hit_line().empty()) return;
            SCOPED_TRACE("short: " + hit_line());
            ASSERT_EQ(ended.exit_status(), done_) << ended.output;
            expect_new(take_snapshot());
        }
    }

    // Each thing that is published is as before or as afterwards, and what the jails need is there whole.
    void expect_old_or_new(const Snapshot& now) {
        Snapshot all = old_;
        all.insert(new_.begin(), new_.end());
        for (const auto& [path, content] : now) all.emplace(path, content);
        for (const auto& [path, content] : part(all, {"accounts/", "groups/", "manifests/", "passwd"})) {
            const auto value = [&](const Snapshot& from) {
                const auto found = from.find(path);
                return found == from.end() ? std::string("absent") : found->second;
            };
            // The password file is one for all accounts: of each, its line is.
            const bool whole = path == "passwd" ? lines_are_from(value(now), value(old_) + value(new_))
                                                : value(now) == value(old_) || value(now) == value(new_);
            EXPECT_TRUE(whole) << path << " is a mixture";
        }
        for (const auto& [path, content] : part(now, {"manifests/"})) {
            const auto manifest = load_manifest(path.substr(std::strlen("manifests/")));
            ASSERT_TRUE(manifest) << path << ": " << manifest.error().message();
            const std::string tree = "trees/" + manifest.value().tree;
            ASSERT_TRUE(now.contains(tree)) << tree << " is missing";
            const auto before = old_.find(tree), after = new_.find(tree);
            EXPECT_TRUE((before != old_.end() && now.at(tree) == before->second) ||
                        (after != new_.end() && now.at(tree) == after->second))
                << tree << " is not whole";
        }
    }

    void expect_new(const Snapshot& now) { EXPECT_EQ(difference(part(new_, kWhole), part(now, kWhole)), ""); }

    void expect_finished_by_the_next(const Command& command) {
        const bool was_done = part(take_snapshot(), kPublished) == part(new_, kPublished);
        const Ended again = provision(command.arguments);
        const bool good = again.exit_status() == done_ || (done_ == 2 && again.exit_status() == 0) ||
                          (was_done && !command.removal_repeats);
        ASSERT_TRUE(good) << "the next run: " << again.output;
        const Snapshot now = take_snapshot();
        expect_new(now);
        EXPECT_EQ(part(now, {"staging/"}).size(), 0u);
        EXPECT_EQ(shell("find /var/lib/jail /etc -name '*.new-*' -o -path /etc/passwd+").output, "");
    }

    static void two_jails() {
        policy("gotham",
               "jail: gotham\ncommands: [bash]\nfiles:\n  - {path: /notice.txt, content: \"one\\n\"}\n");
        policy("arkham",
               "jail: arkham\ncommands: [bash]\nfiles:\n  - {path: /notice.txt, content: \"two\\n\"}\n");
    }
    static void change_gotham(const std::string& more = "") {
        policy("gotham", "jail: gotham\ncommands: [bash]\n" + more +
                             "files:\n  - {path: /notice.txt, content: \"three\\n\"}\n  - {path: /more.txt, "
                             "content: x}\n");
    }

    Snapshot old_, new_;
    int done_ = 0;
    int runs_ = 0;
};

TEST_F(FaultTest, AddThatBuildsTheJail) {
    two_jails();
    must({"build", "arkham"});
    survive({{"add", "dent", "--jail", "gotham"}});
}

TEST_F(FaultTest, AddOfSeveralAccounts) {
    two_jails();
    must({"add", "isley", "--jail", "gotham"});
    survive({{"add", "dent", "nygma", "--jail", "gotham"}});
}

TEST_F(FaultTest, AddThatCreatesTheAccount) {
    two_jails();
    must({"build", "gotham"});
    survive({.arguments = {"add", "--create", "joker", "--jail", "gotham"},
             .removal_repeats = false,
             .stride = 2});
}

TEST_F(FaultTest, Remove) {
    two_jails();
    must({"add", "dent", "nygma", "isley", "--jail", "gotham"});
    survive({.arguments = {"remove", "dent", "nygma"}, .removal_repeats = false});
}

TEST_F(FaultTest, Build) {
    two_jails();
    must({"add", "dent", "--jail", "gotham"});
    change_gotham("groups: [rogues]\n");
    survive({{"build", "gotham"}});
}

TEST_F(FaultTest, Update) {
    policy("gotham", "jail: gotham\ncommands: [bash]\nfiles: [/srv/data]\n");
    std::ofstream("/srv/data/a") << "one\n";
    must({"build"});
    std::ofstream("/srv/data/a") << "another\n";
    survive({{"update"}});
}

TEST_F(FaultTest, ApplyOfEverything) {
    two_jails();
    policy("narrows", "jail: narrows\ncommands: [bash]\naccounts: [isley]\ngroups: [rogues]\n");
    policy("gotham", "jail: gotham\ncommands: [bash]\naccounts: [dent]\n");
    must({"apply"});
    shell("rm /etc/jail/jails/narrows.yaml");  // isley leaves, dent moves, nygma comes, rogues move, narrows
                                               // goes
    policy("arkham", "jail: arkham\ncommands: [bash]\naccounts: [dent]\ngroups: [rogues]\n");
    change_gotham("accounts: [nygma]\n");
    survive({.arguments = {"apply", "--withdraw"}, .in_steps = true});
}

TEST_F(FaultTest, Rollback) {
    two_jails();
    must({"build"});
    change_gotham();
    must({"build"});
    survive({{"rollback", "gotham", "1"}});
}

TEST_F(FaultTest, GarbageCollection) {
    two_jails();
    must({"build"});
    change_gotham();
    must({"build"});
    change_gotham("groups: [rogues]\n");
    must({"build"});
    survive({.arguments = {"gc", "--keep", "1"}, .in_steps = true});
}

TEST_F(FaultTest, RepairOfATree) {
    two_jails();
    must({"build"});
    const auto manifest = load_manifest("gotham");
    ASSERT_TRUE(manifest);
    shell("echo damaged > /var/lib/jail/trees/" + manifest.value().tree + "/notice.txt");
    survive({{"verify-tree", "--repair", "gotham"}});
}

// What a power cut would hurt: when a file gets the name under which it is believed, what it says is on the
// disk, and so is all that was written before; and the name is, before the command says that it is done.
TEST_F(FaultTest, WhatIsPublishedIsOnTheDiskBefore) {
    two_jails();
    must({"build", "arkham"});
    ASSERT_EQ(with_fault({{"add", "dent", "--jail", "gotham"}}, 0, "").exit_status(), 0);
    std::set<std::string> unsynced_files, unsynced_names;
    int published = 0;
    std::ifstream log(kLog);
    for (std::string line; std::getline(log, line);) {
        std::istringstream words(line);
        std::string number, call, path, inode;
        words >> number >> call >> path >> inode >> inode;
        // Files that are made again when damaged are not synced.
        const bool cache =
            path.find("/provenance/") != std::string::npos || path.find("/stamps/") != std::string::npos;
        if ((call == "write" || call == "clone") && !cache) unsynced_files.insert(inode);
        if (call == "fsync") unsynced_files.erase(inode);
        if (call == "fsync") unsynced_names.erase(path);
        if (call == "syncfs") unsynced_files.clear();
        if (call != "rename" || path.find(".new-") != std::string::npos) continue;
        const auto place = path.substr(0, path.rfind('/'));
        const bool believed =
            place.ends_with("/accounts") || place.ends_with("/manifests") || path == "/etc/passwd";
        if (!believed) continue;
        ++published;
        if (path != "/etc/passwd") unsynced_names.insert(place);  // as usermod(8): the record alone is enough
        EXPECT_EQ(unsynced_files, std::set<std::string>()) << "at " << line;
    }
    EXPECT_EQ(published, 4) << "manifest, account and its former shell, login shell";
    EXPECT_EQ(unsynced_names, std::set<std::string>());
}

}  // namespace
}  // namespace jail::testing
