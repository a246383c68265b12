// SPDX-License-Identifier: Apache-2.0
// The bundles of config/bundles, on an empty host: their messages about missing files.
// tests/e2e/bundles_*_test.cc shows that they work on a complete host.
#include <gmock/gmock.h>

#include <filesystem>
#include <regex>

#include "provision/build/jail_build.h"
#include "provision/config/jail_catalog.h"
#include "tests/unit/provision/test_host.h"

namespace jail::provision {
namespace {

class ShippedBundlesTest : public TestHost {
protected:
    ShippedBundlesTest() {
        for (const auto& file : std::filesystem::directory_iterator(SHIPPED_BUNDLES)) {
            names_.push_back(file.path().stem());
            bundle(names_.back(), slurp(file.path()));
        }
    }
    std::vector<std::string> complaints(const std::string& name) {
        jail("bad", "jail: bad\ninclude: [" + name + "]\n");
        Diagnostics diagnostics;
        check_jail(layout_, jail_file(layout_, "bad"), diagnostics);
        return diagnostics.lines();
    }

    std::vector<std::string> names_;
};

TEST_F(ShippedBundlesTest, WhatIsMissingIsNamedWithItsPackage) {
    ASSERT_GE(names_.size(), 20u);
    const std::regex good("bundle [a-z0-9-]+\\)?: .*; install the package [a-z0-9-]+$");
    const std::regex other("nobody could log in");  // the only other complaint
    std::size_t missing = 0;
    for (const std::string& name : names_)
        for (const std::string& line : complaints(name)) {
            missing += std::regex_search(line, good) ? 1 : 0;
            EXPECT_TRUE(std::regex_search(line, good) || std::regex_search(line, other)) << line;
        }
    EXPECT_GT(missing, 100u);
}

TEST_F(ShippedBundlesTest, PatternsNameNoArchitectureAndNoVersion) {
    const std::regex bad("x86|amd64|aarch64|arm64|i386|^ *- .*/[a-z-]*[0-9]+\\.[0-9]+(/|$)");
    for (const std::string& name : names_) {
        std::istringstream lines(slurp(std::string(SHIPPED_BUNDLES) + "/" + name + ".yaml"));
        for (std::string line; std::getline(lines, line);)
            EXPECT_FALSE(line.find('#') == std::string::npos && std::regex_search(line, bad))
                << name << ": " << line;
    }
}

}  // namespace
}  // namespace jail::provision
