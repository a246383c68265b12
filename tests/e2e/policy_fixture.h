// SPDX-License-Identifier: Apache-2.0
// The suite's jail with another policy, and after every test with its own again.
#pragma once

#include "ssh_fixture.h"

namespace jail::testing {

class PolicyTest : public SshTest {
protected:
    void SetUp() override;
    void TearDown() override;

    // Written and built.
    void change(const std::string& policy);
    const std::string& policy() const { return policy_; }

private:
    std::string policy_;
};

}  // namespace jail::testing
