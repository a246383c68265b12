// SPDX-License-Identifier: Apache-2.0
#include "provision/config/policy_reader.h"

#include <gmock/gmock.h>

#include "provision/config/default_limits.h"
#include "provision/config/hours.h"
#include "provision/config/keys.h"

namespace jail::provision {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Read {
    explicit Read(const std::string& text) {
        YamlNode root;
        if (parse_yaml(text, "x.yaml", root, diagnostics)) read_jail(root, policy, diagnostics);
    }
    Policy policy;
    Diagnostics diagnostics;
};

TEST(PolicyReader, ReadsEveryKey) {
    const Read read(R"(jail: arkham
accounts: [harlequin]
include: [basicshell]
commands: [bash, "true"]
files: [/etc/terminfo, {path: /usr/share/n.txt, content: ""}, {path: /opt/x, source: /usr/bin/ls}]
source_owner: publisher
access: {shell: true, sftp: false, scp: true, rsync: false, git: true}
home: {exec: true}
tmp: {size: 16M}
network: {mode: host}
limits: {memory: 512M, swap: 64M, tasks: 128, cpu: 50%, cpu_time: 1h, io: {read: 10M, write: 5M},
         open_files: 1024, file_size: 1G, sessions: 8, idle: 30m, session_time: 8h}
environment: {pass: [LANG, LC_*], set: {EDITOR: vi, EMPTY: ""}}
shell: /bin/bash
hostname: h.example
umask: 077
expires: 2027-03-31
hours: {mon-fri: 08:00-18:00, sat: [09:00-12:00, 22:00-02:00]}
message: Hello
exit_status: true
mail: true
syslog: host
grace: 5m
user_namespace: self
linger: true
instance: session
mounts: [{source: /srv/a, target: /a, writable: true}]
syscalls: {allow: [ptrace]}
)");
    EXPECT_EQ(read.diagnostics.joined(), "");
    const Policy& policy = read.policy;
    EXPECT_EQ(policy.jail.value, "arkham");
    EXPECT_EQ(policy.files.size(), 3u);
    EXPECT_EQ(policy.files[1].content, "");
    EXPECT_EQ(policy.access.sftp, false);
    EXPECT_EQ(policy.tmp_bytes, 16u << 20);
    EXPECT_EQ(policy.network, Network::kHost);
    EXPECT_EQ(policy.limits.memory_bytes.value, 512u << 20);
    EXPECT_EQ(policy.limits.sessions.value, 8u);
    EXPECT_EQ(policy.limits.swap_bytes.value, 64u << 20);
    EXPECT_EQ(policy.limits.cpu_percent.value, 50u);
    EXPECT_EQ(policy.limits.cpu_seconds.value, 3600u);
    EXPECT_EQ(policy.limits.io_read_bytes.value, 10u << 20);
    EXPECT_EQ(policy.limits.io_write_bytes.value, 5u << 20);
    EXPECT_EQ(policy.limits.idle_seconds.value, 1800u);
    EXPECT_EQ(policy.limits.session_seconds.value, 28800u);
    EXPECT_EQ(word_of(find_policy_key("expires")->kind, policy.expires_at), "2027-03-31");
    ASSERT_EQ(policy.hours.size(), 8u);
    EXPECT_EQ(policy.hours[0].to, 120u) << "Sunday, from Saturday's";
    EXPECT_EQ(times_in_words(policy.hours[1]), "08:00-18:00");
    EXPECT_EQ(times_in_words(policy.hours[7]), "22:00-24:00");
    EXPECT_EQ(policy.message, "Hello");
    EXPECT_EQ(policy.umask, 077u);
    EXPECT_TRUE(policy.exit_status);
    EXPECT_TRUE(policy.mail);
    EXPECT_TRUE(policy.syslog_to_host);
    EXPECT_EQ(policy.grace_seconds, 300u);
    EXPECT_EQ(policy.user_namespace, UserNamespace::kSelf);
    EXPECT_TRUE(policy.linger);
    EXPECT_TRUE(policy.instance_per_session);
    EXPECT_TRUE(policy.mounts.at(0).mount.writable);
    EXPECT_EQ(policy.source_owner.value, "publisher");
    EXPECT_THAT(*policy.environment_pass, ElementsAre("LANG", "LC_*"));
    EXPECT_EQ(policy.environment_set.at("EMPTY"), "");
}

TEST(PolicyReader, NamesTheNearestKeyAndThePlace) {
    EXPECT_EQ(Read("jail: a\ncomands: [ls]\n").diagnostics.joined(),
              "x.yaml:2:1: unknown key 'comands', did you mean 'commands'?\n");
    EXPECT_EQ(Read("jail: a\nlimits: {memroy: 1G}\n").diagnostics.joined(),
              "x.yaml:2:10: unknown key 'memroy', did you mean 'memory'?\n");
    EXPECT_THAT(Read("jail: a\nxyzzy: 1\n").diagnostics.joined(),
                HasSubstr("expected one of: jail accounts"));
}

TEST(PolicyReader, ReportsAllErrorsAtOnce) {
    const Read read(
        "jail: Arkham\ncommands: ls\nhome: {exec: yes}\ntmp: {size: big}\nnetwork: {mode: open}\numask: 9\n");
    EXPECT_THAT(
        read.diagnostics.lines(),
        ElementsAre(
            "x.yaml:2:11: found 'ls', expected a list, like [a, b]",
            "x.yaml:3:14: found 'yes', expected true or false",
            "x.yaml:4:13: found 'big', expected a size like 512M or 2G (units K, M, G, T), at least 4096 "
            "bytes",
            "x.yaml:5:17: found 'open', expected none (own loopback only) or host (the host's network)",
            "x.yaml:6:8: found '9', expected an octal mask from 000 to 777, like 022",
            "x.yaml:1:7: found 'Arkham', expected a jail's name: a-z, 0-9, - and _, at most 32 characters"));
}

TEST(PolicyReader, LimitsOutOfRangeSayWhatTheRangeIs) {
    EXPECT_THAT(
        Read("jail: a\nlimits: {cpu: 50}\n").diagnostics.joined(),
        HasSubstr(
            "x.yaml:2:15: found '50', expected a share like 50% from 1 to 100000, or none for no limit"));
    EXPECT_THAT(Read("jail: a\nlimits: {idle: 5s}\n").diagnostics.joined(),
                HasSubstr("at least 10s, or none for no limit"));
    EXPECT_THAT(Read("jail: a\nlimits: {memory: 1M}\n").diagnostics.joined(),
                HasSubstr("at least 4194304 bytes, or none for no limit"));
    for (const char* bad : {"cpu: 0.5%", "cpu: '%'", "cpu: 200000%", "cpu_time: 2d", "swap: x", "io: 10M",
                            "io: {read: 1}", "io: {reads: 1M}", "session_time: 9s", "tasks: 3", "swap: 0%"})
        EXPECT_FALSE(Read(std::string("jail: a\nlimits: {") + bad + "}").diagnostics.empty()) << bad;
}

// The limits in force of a jail's file over the host's defaults.
Limits in_force(const std::string& defaults, const std::string& limits) {
    YamlNode root;
    Policy policy;
    Diagnostics diagnostics;
    EXPECT_TRUE(parse_yaml("limits: " + defaults + "\n", "jail.yaml", root, diagnostics));
    read_defaults(root, policy, diagnostics);
    EXPECT_TRUE(parse_yaml("jail: a\nlimits: " + limits + "\n", "a.yaml", root, diagnostics));
    read_jail(root, policy, diagnostics);
    EXPECT_EQ(diagnostics.joined(), "");
    return limits_in_force(policy.limits, 1u << 30);
}

constexpr char kEveryLimit[] =
    "{memory: 1G, swap: 1G, tasks: 9, cpu: 50%, cpu_time: 1h, open_files: 99, file_size: 1M, sessions: 2,"
    " idle: 1h, session_time: 2h, io: {read: 1M, write: 1M}}";

void expect_no_limits(const Limits& limits) {
    EXPECT_EQ(limits.memory_bytes + limits.tasks + limits.cpu_percent + limits.cpu_seconds +
                  limits.open_files + limits.file_size_bytes + limits.sessions + limits.idle_seconds +
                  limits.session_seconds + limits.io_read_bytes + limits.io_write_bytes,
              0u);
}

TEST(PolicyReader, NoneTakesEveryLimitBackAndTheDefaultsToo) {
    const std::string none =
        "{memory: none, swap: none, tasks: none, cpu: none, cpu_time: none, open_files: none, file_size: "
        "none,"
        " sessions: none, idle: none, session_time: none, io: ";
    for (const std::string io : {"none}", "{read: none, write: none}}"})
        for (const std::string defaults : {kEveryLimit, "{}"}) {
            const Limits limits = in_force(defaults, none + io);
            expect_no_limits(limits);
            EXPECT_EQ(limits.swap_bytes, kSwapNotLimited);
            EXPECT_FALSE(limits.memory_is_default || limits.swap_is_default || limits.tasks_are_default);
        }
    const Limits host = in_force(none + "none}", "{tasks: 9}");
    EXPECT_EQ(host.tasks, 9u);
    EXPECT_EQ(host.memory_bytes + host.sessions + host.open_files, 0u) << "jail.yaml decides for the host";
}

TEST(PolicyReader, ZeroIsNoneButOfSwap) {
    const Limits limits = in_force(kEveryLimit,
                                   "{memory: 0, swap: none, tasks: 0, cpu: 0, cpu_time: 0, open_files: 0, "
                                   "file_size: 0, sessions: 0, idle: 0, session_time: 0, "
                                   "io: {read: 0, write: 0}}");
    expect_no_limits(limits);
    EXPECT_EQ(in_force(kEveryLimit, "{swap: 0}").swap_bytes, 0u);
}

TEST(PolicyReader, WhatIsLimitedByDefaultIsWhatTheManualSays) {
    const Limits limits = in_force("{}", "{}");
    EXPECT_EQ(limits.memory_bytes, 1u << 30) << "default_memory()";
    EXPECT_EQ(limits.swap_bytes, 0u);
    EXPECT_EQ(limits.tasks, 256u);
    EXPECT_EQ(limits.sessions, 16u);
    EXPECT_EQ(limits.open_files, 1024u);
    EXPECT_TRUE(limits.memory_is_default && limits.swap_is_default && limits.tasks_are_default);
    EXPECT_EQ(limits.cpu_percent + limits.cpu_seconds + limits.file_size_bytes + limits.idle_seconds +
                  limits.session_seconds + limits.io_read_bytes + limits.io_write_bytes,
              0u);
    const Limits some = in_force("{tasks: 40}", "{memory: 64M}");
    EXPECT_EQ(some.memory_bytes, 64u << 20);
    EXPECT_EQ(some.tasks, 40u);
    EXPECT_EQ(some.sessions, 16u) << "what nobody names keeps its default";
    EXPECT_TRUE(some.swap_is_default && !some.memory_is_default && !some.tasks_are_default);
}

TEST(PolicyReader, RefusesWrongTypes) {
    for (const char* bad : {"jail: [a]",
                            "jail: a\nlimits: 3",
                            "jail: a\nlimits: none",
                            "jail: a\nlimits: {io: all}",
                            "jail: a\nlimits: {tasks: None}",
                            "jail: a\ntmp: {size: none}",
                            "jail: a\ngrace: none",
                            "jail: a\nfiles: [[/x]]",
                            "jail: a\naccess: true",
                            "[1]",
                            "jail: a\nhome: {exec: 'true'}",
                            "jail: a\naccounts: [{}]",
                            "",
                            "jail:",
                            "3",
                            "jail: a\n? [x]\n: y",
                            "jail: a\ngruops: [x]",
                            "jail: a\nlimits: {tasks: -1}",
                            "jail: a\nlimits: {memory: 99999999999T}",
                            "jail: a\nlimits: {tasks: 1e3}",
                            "jail: a\nmounts: [{source: x}]",
                            "jail: a\ngrace: 2d",
                            "jail: a\nfiles: [{path: /x}]",
                            "jail: a\nfiles: [{path: /x, source: /y, content: z}]",
                            "jail: a\naccounts: [root]",
                            "jail: a\naccounts: [../x]",
                            "jail: a\naccounts: [-rf]"})
        EXPECT_FALSE(Read(bad).diagnostics.empty()) << bad;
}

TEST(PolicyReader, NeverPassesWhatRunsCode) {
    for (const char* name : {"LD_PRELOAD", "LD_*", "L*", "BASH_ENV", "PATH", "P*", "*", "B*", "ENV"})
        EXPECT_FALSE(Read(std::string("jail: a\nenvironment: {pass: ['") + name + "']}").diagnostics.empty())
            << name;
    EXPECT_TRUE(Read("jail: a\nenvironment: {pass: [LANG, LC_*, TERM, TZ]}").diagnostics.empty());
}

TEST(PolicyReader, DefaultsHaveNoAccounts) {
    YamlNode root;
    Policy policy;
    Diagnostics diagnostics;
    ASSERT_TRUE(parse_yaml("limits: {tasks: 64}\naccounts: [x]\n", "jail.yaml", root, diagnostics));
    read_defaults(root, policy, diagnostics);
    EXPECT_EQ(policy.limits.tasks.value, 64u);
    EXPECT_THAT(diagnostics.joined(), HasSubstr("jail.yaml:2:1: unknown key 'accounts'"));
}

}  // namespace
}  // namespace jail::provision
