// SPDX-License-Identifier: Apache-2.0
// jail-provision verify, and what it says.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "policy_fixture.h"

namespace jail::testing {

struct Verified {
    int status = -1;
    nlohmann::json said;
    std::string errors;

    // The check of this code.
    nlohmann::json check(const std::string& code) const;
    std::string state(const std::string& code) const { return check(code).value("state", "absent"); }
    // Codes of the checks in this state.
    std::vector<std::string> in_state(const std::string& state) const;
};

// All doors of the host are closed, as README says.
class VerifyTest : public PolicyTest {
protected:
    static void SetUpTestSuite();
    static void TearDownTestSuite();
    void TearDown() override;

    static Verified verify(const std::string& account);
    // The things that a verification must not leave: its directory, its sshd and its client.
    static std::string left_behind();
    // An account in a jail of its own, for the whole suite.
    static void make(const std::string& account, const std::string& policy);
};

}  // namespace jail::testing
