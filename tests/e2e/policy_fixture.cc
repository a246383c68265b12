// SPDX-License-Identifier: Apache-2.0
#include "policy_fixture.h"

#include "libjail/policy/paths.h"

namespace jail::testing {
namespace {

const std::string kFile = std::string(paths::kConfigDir) + "/jails/arkham.yaml";

}  // namespace

void PolicyTest::SetUp() {
    SshTest::SetUp();
    policy_ = machine::read_file(kFile);
}

void PolicyTest::TearDown() {
    machine::write_file(kFile, policy_);
    EXPECT_EQ(run({"jail-provision", "build", "arkham"}).exit_status(), 0);
    SshTest::TearDown();
}

void PolicyTest::change(const std::string& policy) {
    machine::write_file(kFile, policy);
    const Outcome built = run({"jail-provision", "build", "arkham"});
    ASSERT_EQ(built.exit_status(), 0) << built.errors;
}

}  // namespace jail::testing
