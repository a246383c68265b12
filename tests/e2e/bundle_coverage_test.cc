// SPDX-License-Identifier: Apache-2.0
// No bundle is shipped that no test uses, and they agree with each other.
#include <filesystem>
#include <set>

#include "bundle_fixture.h"
#include "libjail/policy/paths.h"

namespace jail::testing {
namespace {

std::set<std::string> shipped_bundles() {
    std::set<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(std::string(paths::kShareDir) + "/bundles"))
        names.insert(file.path().stem());
    return names;
}

TEST(ShippedBundles, EachHasATestInsideAJail) {
    std::set<std::string> tested;
    const ::testing::UnitTest& all = *::testing::UnitTest::GetInstance();
    for (int i = 0; i < all.total_test_suite_count(); ++i)
        if (const std::string name = bundle_of(all.GetTestSuite(i)->name()); !name.empty())
            tested.insert(name);
    EXPECT_EQ(shipped_bundles(), tested);
}

TEST(ShippedBundles, AllFitIntoOneJail) {
    std::string include;
    for (const std::string& name : shipped_bundles()) include += (include.empty() ? "" : ", ") + name;
    const std::string policy = std::string(machine::kRunDir) + "/everything.yaml";
    machine::write_file(policy, "jail: everything\ninclude: [" + include + "]\n");
    const Outcome checked = run({"jail-provision", "check", policy});
    EXPECT_EQ(checked.exit_status(), 0) << checked.output << checked.errors;
}

}  // namespace
}  // namespace jail::testing
