// SPDX-License-Identifier: Apache-2.0
// What stands in place of a jail's YAML ends in one error, soon and within little memory; so do big jails.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/root/provision_host.h"

namespace jail::testing {
namespace {

using ::testing::HasSubstr;

constexpr long kMemoryKiB = 100 * 1024;
// The sanitizers keep what was freed, for a while; without them the bound holds.
bool sanitized() {
    return std::getenv("ASAN_OPTIONS") != nullptr;
}

std::string repeated(const std::string& text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

class HostileYaml : public ProvisionHost {
protected:
    static Ended limited(const std::vector<std::string>& arguments) {
        std::vector<std::string> all = {"timeout", "60", "/usr/sbin/jail-provision"};
        all.insert(all.end(), arguments.begin(), arguments.end());
        Ended ended = run(all);
        EXPECT_TRUE(sanitized() || ended.used.ru_maxrss < kMemoryKiB) << ended.used.ru_maxrss << " KiB";
        return ended;
    }
    static void expect_refused(const std::string& what) {
        SCOPED_TRACE(what);
        const Ended ended = limited({"build", "gotham"});
        EXPECT_EQ(ended.exit_status(), 1) << ended.output.substr(0, 1000);
        EXPECT_THAT(ended.output.substr(0, 1000), HasSubstr("/etc/jail/jails/gotham.yaml"));
        EXPECT_FALSE(std::filesystem::exists("/var/lib/jail/manifests/gotham"));
    }
};

TEST_F(HostileYaml, EndsInAnError) {
    constexpr std::size_t kMost = 256 << 10;  // bytes, of one file
    const std::string good = "jail: gotham\ncommands: [bash]\n";
    std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n", keys, wide;
    for (char c = 'b'; c <= 'z'; ++c)
        bomb += std::string(1, c) + ": &" + c + " [" +
                repeated(std::string("*") + static_cast<char>(c - 1) + ",", 8) + "]\n";
    for (int i = 0; keys.size() < kMost - 16; ++i) keys += "k" + std::to_string(i) + ": 1\n";
    for (const char c : good) wide += {c, '\0'};
    const std::pair<const char*, std::string> texts[] = {
        {"alias bomb", bomb},
        {"deep [", std::string(kMost - 1, '[')},
        {"deep {", std::string(kMost - 1, '{')},
        {"deep -", repeated("- ", kMost / 2 - 1)},
        {"deep ?", repeated("? ", kMost / 2 - 1)},
        {"NUL", good + '\0'},
        {"duplicate keys", good + "jail: gotham\n"},
        {"UTF-16 with mark", "\xff\xfe" + wide},
        {"UTF-16", wide},
        {"UTF-32 with mark", std::string("\xff\xfe\0\0j\0\0\0", 8)},
        {"not UTF-8", good + "hostname: \"\xc3\x28\xff\"\n"},
        {"one long scalar", "jail: " + std::string(kMost - 10, 'x')},
        {"one long comment, then an error", "#" + std::string(kMost - 10, 'x') + "\n]"},
        {"many keys", keys},
        {"tabs", "jail: gotham\n\tcommands: [bash]\n"},
        {"over 256 KiB", good + std::string(kMost, '#')},
        {"several documents", good + "---\n" + good},
        {"empty", ""},
    };
    for (const auto& [what, text] : texts) {
        policy("gotham", text);
        expect_refused(what);
    }
}

TEST_F(HostileYaml, LinesMayEndAsTheyDoElsewhere) {
    policy("gotham", "jail: gotham\r\ncommands: [bash]\r\n");
    EXPECT_EQ(limited({"build", "gotham"}).exit_status(), 0);
}

TEST_F(HostileYaml, WhatIsNoFileIsRefused) {
    const std::string path = "/etc/jail/jails/gotham.yaml";
    for (const char* make :
         {"mkfifo ", "mkdir ", "ln -s /dev/zero ", "truncate -s 100M ", "cp -a /dev/zero "}) {
        shell("rm -rf " + path + "; " + make + path);
        expect_refused(make);
    }
    shell("rm -rf " + path);
}

TEST_F(HostileYaml, ABigJailTakesLittleMemory) {
    policy("gotham", "jail: gotham\ncommands: [bash]\nfiles: [/usr/share/doc, /usr/lib/python3]\n");
    // Some of the host's own files are not for everybody: those would be refused, rightly.
    shell(
        "find /usr/share/doc /usr/lib/python3 ! -type l ! -perm -o=r -exec rm -rf {} +; "
        "find -L /usr/share/doc /usr/lib/python3 -type l -delete");
    const Ended ended = limited({"build", "gotham"});
    EXPECT_EQ(ended.exit_status(), 0) << ended.output.substr(0, 1000);
    std::printf("%ld KiB: %s", ended.used.ru_maxrss, ended.output.c_str());
    EXPECT_EQ(limited({"verify-tree", "gotham"}).exit_status(), 0);
}

TEST_F(HostileYaml, AThousandAccountsTakeLittleMemory) {
    std::string accounts;
    for (int i = 0; i < 1000; ++i) accounts += (i ? ", " : "") + std::string("crowd") + std::to_string(i);
    shell(
        "for i in $(seq 0 999); do echo crowd$i:x:$((20000+i)):20000::/home/crowd$i:/bin/sh; mkdir "
        "/home/crowd$i; chown "
        "$((20000+i)) /home/crowd$i; done >> /etc/passwd");
    policy("gotham", "jail: gotham\ncommands: [bash]\naccounts: [" + accounts + "]\n");
    const Ended apply = limited({"apply"});
    EXPECT_EQ(apply.exit_status(), 0) << apply.output.substr(0, 1000);
    const Ended list = limited({"list"});
    EXPECT_EQ(list.exit_status(), 0);
    std::printf("apply %ld KiB, list %ld KiB\n", apply.used.ru_maxrss, list.used.ru_maxrss);
    shell("sed -i /^crowd/d /etc/passwd; rm -rf /home/crowd*");
}

}  // namespace
}  // namespace jail::testing
