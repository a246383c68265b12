// SPDX-License-Identifier: Apache-2.0
// Services of PAM in a directory of their own, and what provision makes of one of them, "door".
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "provision/host/pam_verdict.h"

namespace jail::provision::pam {

class PamStackTest : public testing::Test {
protected:
    void SetUp() override {
        directory_ = std::filesystem::temp_directory_path() / ("pam-" + std::to_string(::getpid()));
        std::filesystem::create_directories(directory_ + "/etc");
        std::filesystem::create_directories(directory_ + "/usr");
        write("jail", "account required pam_jail.so\nsession required pam_jail.so\n");
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    void write(const std::string& name, const std::string& text, const std::string& where = "/etc/") {
        std::ofstream(directory_ + where + name) << text;
    }
    Directories directories() const { return {directory_ + "/etc", directory_ + "/usr"}; }

    // "order skipped": the faults of the session stack of this text.
    std::string faults(const std::string& text, Phase phase = Phase::kSession) {
        write("door", text);
        const auto stack = read_stack(directories(), "door", phase);
        if (!stack) return "unreadable";
        std::string names;
        for (const Finding& finding : judge(stack.value(), phase).findings) {
            static constexpr const char* kNames[] = {"missing", "control", "skipped", "order", "unclear"};
            names += (names.empty() ? "" : " ") + std::string(kNames[static_cast<int>(finding.fault)]);
        }
        return names;
    }
    std::string modules(const std::string& text, Phase phase = Phase::kSession) {
        write("door", text);
        const auto stack = read_stack(directories(), "door", phase);
        if (!stack) return "unreadable";
        std::string names;
        for (const Entry& entry : stack.value().entries)
            names += (names.empty() ? "" : " ") + (entry.kind == Entry::Kind::kModule     ? entry.module
                                                   : entry.kind == Entry::Kind::kSubstack ? "{"
                                                                                          : "fails");
        return names;
    }

    std::string directory_;
};

}  // namespace jail::provision::pam
