// SPDX-License-Identifier: Apache-2.0
#include "verify_fixture.h"

#include <filesystem>

#include "libjail/policy/paths.h"
#include "tests/closed_doors.h"

namespace jail::testing {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr char kServicesBefore[] = "/run/pam.d.before";

}  // namespace

void VerifyTest::SetUpTestSuite() {
    PolicyTest::SetUpTestSuite();
    fs::copy("/etc/pam.d", kServicesBefore);
    close_doors();
}

void VerifyTest::TearDownTestSuite() {
    fs::copy(kServicesBefore, "/etc/pam.d", fs::copy_options::overwrite_existing);
    fs::remove_all(kServicesBefore);
    PolicyTest::TearDownTestSuite();
}

json Verified::check(const std::string& code) const {
    if (!said.is_object()) return json::object();
    for (const json& one : said["checks"])
        if (one["code"] == code) return one;
    return json::object();
}

std::vector<std::string> Verified::in_state(const std::string& state) const {
    std::vector<std::string> codes;
    if (said.is_object())
        for (const json& one : said["checks"])
            if (one["state"] == state) codes.push_back(one["code"]);
    return codes;
}

Verified VerifyTest::verify(const std::string& account) {
    const Outcome outcome = run({"jail-provision", "verify", "--json", account});
    return {outcome.exit_status(), json::parse(outcome.output, nullptr, false), outcome.errors};
}

std::string VerifyTest::left_behind() {
    std::string left;
    for (const auto& entry : fs::directory_iterator("/run"))
        if (entry.path().filename().string().starts_with("jail-verify")) left += entry.path().string() + "\n";
    for (const pid_t pid : machine::all_processes())
        if (const std::string line = machine::command_line_of(pid);
            line.find("jail-verify") != std::string::npos)
            left += line + "\n";
    return left;
}

void VerifyTest::make(const std::string& account, const std::string& policy) {
    if (machine::uid_of(account) != static_cast<uid_t>(-1)) return;
    machine::add_account(account);
    machine::write_file(std::string(paths::kConfigDir) + "/jails/" + account + ".yaml",
                        "jail: " + account + "\naccounts: [" + account + "]\ngrace: 0s\n" + policy);
    const Outcome added = run({"jail-provision", "add", account});
    ASSERT_EQ(added.exit_status(), 0) << added.output << added.errors;
}

void VerifyTest::TearDown() {
    EXPECT_EQ(left_behind(), "");
    PolicyTest::TearDown();
}

}  // namespace jail::testing
