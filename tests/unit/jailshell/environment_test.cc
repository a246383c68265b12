// SPDX-License-Identifier: Apache-2.0
#include "jailshell/environment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "sample_records.h"

namespace jail::jailshell {
namespace {

std::vector<std::string> build(std::vector<const char*> inherited,
                               const jail::InstanceRecord& record = jail::samples::instance()) {
    inherited.push_back(nullptr);
    return build_environment(record, inherited.data());
}

bool has(const std::vector<std::string>& environment, const std::string& entry) {
    return std::find(environment.begin(), environment.end(), entry) != environment.end();
}

bool has_name(const std::vector<std::string>& environment, const std::string& name) {
    return std::any_of(environment.begin(), environment.end(),
                       [&](const std::string& e) { return e.rfind(name + "=", 0) == 0; });
}

TEST(Environment, SaysWhoTheSessionIs) {
    const auto environment = build({});
    EXPECT_TRUE(has(environment, "HOME=/home/harlequin"));
    EXPECT_TRUE(has(environment, "USER=harlequin"));
    EXPECT_TRUE(has(environment, "SHELL=/bin/bash"));
    EXPECT_TRUE(has(environment, "PATH=/usr/local/bin:/usr/bin:/bin"));
    EXPECT_TRUE(has(environment, "EDITOR=vim.tiny"));
}

TEST(Environment, NothingPassesButWhatPolicyNames) {
    const auto environment = build(
        {"LD_PRELOAD=/home/harlequin/x.so", "LD_LIBRARY_PATH=/x", "BASH_ENV=/x", "ENV=/x", "GCONV_PATH=/x",
         "LOCPATH=/x", "GIT_SSH_COMMAND=x", "PERL5LIB=/x", "PYTHONPATH=/x", "BASH_FUNC_ls%%=() { id; }",
         "PATH=/home/harlequin/bin", "HOME=/", "USER=root", "SHELL=/x", "IFS=x", "LANG=C.UTF-8", "LC_ALL=C"});
    for (const char* name : {"LD_PRELOAD", "LD_LIBRARY_PATH", "BASH_ENV", "ENV", "GCONV_PATH", "LOCPATH",
                             "GIT_SSH_COMMAND", "PERL5LIB", "PYTHONPATH", "BASH_FUNC_ls%%", "IFS"})
        EXPECT_FALSE(has_name(environment, name)) << name;
    EXPECT_TRUE(has(environment, "LANG=C.UTF-8"));
    EXPECT_TRUE(has(environment, "LC_ALL=C"));
    EXPECT_TRUE(has(environment, "HOME=/home/harlequin"));
    EXPECT_TRUE(has(environment, "PATH=/usr/local/bin:/usr/bin:/bin"));
}

TEST(Environment, APatternIsAPrefixAndNotMore) {
    const auto environment = build({"LC_TIME=C", "LCX=1", "LANGUAGE=de", "XLANG=1"});
    EXPECT_TRUE(has(environment, "LC_TIME=C"));
    EXPECT_FALSE(has_name(environment, "LCX"));
    EXPECT_FALSE(has_name(environment, "LANGUAGE"));
    EXPECT_FALSE(has_name(environment, "XLANG"));
}

TEST(Environment, ANameStandsOnce) {
    const auto environment = build({"TERM=a", "TERM=b", "EDITOR=evil"});
    EXPECT_EQ(std::count_if(environment.begin(), environment.end(),
                            [](const std::string& e) { return e.rfind("TERM=", 0) == 0; }),
              1);
    EXPECT_TRUE(has(environment, "EDITOR=vim.tiny"));
}

TEST(Environment, OverlongAndMalformedEntriesAreDropped) {
    const std::string huge = "LANG=" + std::string(100000, 'x');
    const auto environment = build({huge.c_str(), "LANG", "=x", ""});
    EXPECT_FALSE(has_name(environment, "LANG"));
}

TEST(Environment, PolicyMaySetThePath) {
    jail::InstanceRecord record = jail::samples::instance();
    record.manifest.environment_set.push_back({"PATH", "/opt/bin"});
    EXPECT_TRUE(has(build({"PATH=/evil"}, record), "PATH=/opt/bin"));
}

TEST(Environment, NprocIsToldOfTheShareOfTheProcessors) {
    jail::InstanceRecord record = jail::samples::instance();
    for (const auto& [percent, threads] : {std::pair(50, "1"), {100, "1"}, {101, "2"}, {250, "3"}}) {
        record.manifest.limits.cpu_percent = static_cast<std::uint64_t>(percent);
        EXPECT_TRUE(has(build({"OMP_THREAD_LIMIT=64"}, record), std::string("OMP_THREAD_LIMIT=") + threads));
    }
    record.manifest.environment_set.push_back({"OMP_THREAD_LIMIT", "7"});
    EXPECT_TRUE(has(build({}, record), "OMP_THREAD_LIMIT=7")) << "a policy may say otherwise";
    record = jail::samples::instance();
    record.manifest.limits.cpu_percent = 0;
    EXPECT_FALSE(has_name(build({}, record), "OMP_THREAD_LIMIT"));
}

}  // namespace
}  // namespace jail::jailshell
