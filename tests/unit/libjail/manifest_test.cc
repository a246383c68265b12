// SPDX-License-Identifier: Apache-2.0
#include "libjail/policy/manifest.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <iterator>

#include "sample_records.h"

namespace jail {
namespace {

TEST(Manifest, ComesBackAsItWasWritten) {
    const Manifest written = samples::manifest();
    const auto read = decode_manifest(encode(written));
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(encode(read.value()), encode(written));
    EXPECT_EQ(read.value().mounts[0].source, "/srv/data");
    EXPECT_EQ(read.value().environment_set[0].value, "vim.tiny");
    EXPECT_EQ(read.value().limits.sessions, 8u);
    EXPECT_EQ(read.value().limits.session_seconds, 28800u);
    EXPECT_EQ(read.value().user_namespace, UserNamespace::kSelf);
    EXPECT_TRUE(read.value().linger);
    EXPECT_TRUE(read.value().exit_status);
    EXPECT_TRUE(read.value().instance_per_session);
    EXPECT_EQ(read.value().umask, 027u);
}

TEST(Manifest, AccountAndInstanceComeBackAsTheyWereWritten) {
    const auto account = decode_account(encode(samples::account()));
    ASSERT_TRUE(account) << account.error().message();
    EXPECT_EQ(encode(account.value()), encode(samples::account()));
    const auto instance = decode_instance(encode(samples::instance()));
    ASSERT_TRUE(instance) << instance.error().message();
    EXPECT_EQ(encode(instance.value()), encode(samples::instance()));
}

TEST(Manifest, TruncatedAtAnyByteItIsRefused) {
    const std::string manifest = encode(samples::manifest());
    for (std::size_t length = 0; length < manifest.size(); ++length)
        EXPECT_FALSE(decode_manifest(std::string_view(manifest).substr(0, length))) << length;
    const std::string account = encode(samples::account());
    for (std::size_t length = 0; length < account.size(); ++length)
        EXPECT_FALSE(decode_account(std::string_view(account).substr(0, length))) << length;
    const std::string instance = encode(samples::instance());
    for (std::size_t length = 0; length < instance.size(); ++length)
        EXPECT_FALSE(decode_instance(std::string_view(instance).substr(0, length))) << length;
}

TEST(Manifest, OneByteMoreIsRefused) {
    EXPECT_FALSE(decode_manifest(encode(samples::manifest()) + '\0'));
    EXPECT_FALSE(decode_account(encode(samples::account()) + '\0'));
}

TEST(Manifest, EveryFlippedLengthByteIsRefusedOrHarmless) {
    // Whatever a flipped byte decodes to must still meet the rules: validate() stands behind every decode.
    const std::string good = encode(samples::manifest());
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 0xff);
        const auto read = decode_manifest(bad);
        if (read) {
            EXPECT_TRUE(validate(read.value())) << i;
        }
    }
}

TEST(Manifest, AnotherKindOrVersionIsRefused) {
    EXPECT_FALSE(decode_manifest(encode(samples::account())));
    EXPECT_FALSE(decode_account(encode(samples::manifest())));
    std::string other_version = encode(samples::manifest());
    ++other_version[8];
    const auto read = decode_manifest(other_version);
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().message().find("another version"), std::string::npos);
}

TEST(Manifest, WithoutASeccompProgramItIsRefused) {
    Manifest record = samples::manifest();
    record.seccomp.clear();
    EXPECT_FALSE(validate(record));
    record.seccomp = "odd";
    EXPECT_FALSE(validate(record));
}

TEST(Manifest, RulesOfItsFields) {
    const auto refused = [](auto change) {
        Manifest record = samples::manifest();
        change(record);
        return !validate(record) && !decode_manifest(encode(record));
    };
    EXPECT_TRUE(refused([](Manifest& m) { m.jail = "../x"; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.tree = "../../etc"; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.tree = std::string(64, 'A'); }));
    EXPECT_TRUE(refused([](Manifest& m) { m.hostname = ""; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.hostname = "a\nb"; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.shell = "bash"; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.sftp_server = "/a/../b"; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.network = static_cast<Network>(9); }));
    EXPECT_TRUE(refused([](Manifest& m) { m.umask = 01000; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.user_namespace = static_cast<UserNamespace>(3); }));
    EXPECT_TRUE(refused([](Manifest& m) { m.info_shown = static_cast<InfoShown>(4); }));
    EXPECT_TRUE(refused([](Manifest& m) { m.limits.memory_bytes = UINT64_MAX; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.limits.memory_bytes = 0; }));  // swap is limited, memory is not
    EXPECT_FALSE(refused([](Manifest& m) { m.limits.swap_bytes = kSwapNotLimited; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.limits.swap_bytes = kSwapNotLimited - 1; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.limits.cpu_percent = 1u << 30; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.hours = {{7, 0, 60}}; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.hours = {{1, 60, 60}}; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.hours = {{1, 60, 1441}}; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.message = "\033]0;title\a"; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.message = std::string(4097, 'a'); }));
    EXPECT_TRUE(refused([](Manifest& m) { m.mounts[0].target = "/"; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.environment_pass = {"*"}; }));
    EXPECT_TRUE(refused([](Manifest& m) { m.environment_set = {{"A=B", "x"}}; }));
}

TEST(Manifest, RootIsNeverBound) {
    AccountRecord record = samples::account();
    record.uid = 0;
    EXPECT_FALSE(decode_account(encode(record)));
    record.uid = UINT32_MAX;
    EXPECT_FALSE(decode_account(encode(record)));
}

}  // namespace
}  // namespace jail
