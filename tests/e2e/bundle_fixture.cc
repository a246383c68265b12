// SPDX-License-Identifier: Apache-2.0
#include "bundle_fixture.h"

#include <cctype>
#include <filesystem>
#include <set>

#include "https_server.h"
#include "libjail/policy/paths.h"
#include "log_collector.h"

namespace jail::testing {
namespace {

struct Host {
    LogCollector log;
    std::unique_ptr<SshServer> sshd;
    std::unique_ptr<HttpsServer> https;
    std::set<std::string> jails;
    std::size_t messages = 0;
};
std::unique_ptr<Host> host;

class HostEnvironment : public ::testing::Environment {
    void SetUp() override {
        host = std::make_unique<Host>();
        machine::prepare();
        host->https = std::make_unique<HttpsServer>(std::string(machine::kRunDir) + "/https");
        host->sshd = std::make_unique<SshServer>(SshServer::Options{});
    }
    void TearDown() override { host.reset(); }
};
const auto* const kEnvironment = ::testing::AddGlobalTestEnvironment(new HostEnvironment);

void build_jail(const std::string& bundle, const std::vector<std::string>& accounts,
                const std::string& more) {
    if (host->jails.contains(bundle)) return;
    std::string policy = "jail: " + accounts[0] + "\ninclude: [" + bundle + "]\n" + more + "accounts:\n";
    for (const std::string& name : accounts) policy += "  - " + name + "\n";
    machine::write_file(std::string(paths::kConfigDir) + "/jails/" + accounts[0] + ".yaml", policy);
    for (const std::string& name : accounts) {
        if (machine::uid_of(name) == static_cast<uid_t>(-1)) machine::add_account(name);
        const Outcome added = run({"jail-provision", "add", name});
        ASSERT_EQ(added.exit_status(), 0) << policy << added.output << added.errors;
    }
    host->jails.insert(bundle);
}

}  // namespace

std::string bundle_of(const std::string& suite) {
    const std::size_t end = suite.rfind("Bundle");
    if (end == std::string::npos || end + 6 != suite.size()) return {};
    std::string name;
    for (const char c : suite.substr(0, end)) {
        if (std::isupper(static_cast<unsigned char>(c)) != 0 && !name.empty()) name += '-';
        name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return name;
}

SshServer& BundleTest::sshd() {
    return *host->sshd;
}

int BundleTest::https_port() {
    return host->https->port();
}

std::string BundleTest::web_root() {
    return host->https->directory();
}

void BundleTest::SetUp() {
    const std::string bundle =
        bundle_of(::testing::UnitTest::GetInstance()->current_test_info()->test_suite_name());
    account_ = "b-" + bundle;
    host->messages = host->log.find("").size();
    std::vector<std::string> accounts = {account_};
    if (needs_other_account()) accounts.push_back(other_account());
    build_jail(bundle, accounts, "commands: [" + commands() + "]\n" + policy());
    if (HasFatalFailure()) return;
    connection_ = std::make_unique<Connection>(sshd(), account_);
    ASSERT_TRUE(connection_->logged_in()) << connection_->error();
    ASSERT_EQ(inside("echo $HOSTNAME$HOST"), account_ + "\n") << "not in the jail";
}

void BundleTest::TearDown() {
    connection_.reset();
    if (!HasFailure()) return;
    const std::vector<std::string> messages = host->log.find("");
    std::printf("the log of this test:\n");
    for (std::size_t i = host->messages; i < messages.size(); ++i) std::printf("  %s\n", messages[i].c_str());
}

std::string BundleTest::inside(const std::string& script) const {
    const Finished finished = connection_->execute("exec 2>&1\n" + script);
    EXPECT_EQ(finished.exit_status, 0) << script << "\n" << finished.output << finished.errors;
    return finished.output;
}

std::unique_ptr<Channel> BundleTest::terminal(const std::string& command) const {
    auto channel = connection_->open();
    EXPECT_TRUE(channel->request_terminal(80, 24, "xterm-256color"));
    EXPECT_TRUE(channel->set_environment("LANG", "C.UTF-8"));
    EXPECT_TRUE(command.empty() ? channel->start_shell() : channel->execute(command));
    return channel;
}

void OutgoingTest::SetUp() {
    NetworkBundleTest::SetUp();
    machine::write_home_file(account(), ".ssh/id_ed25519",
                             machine::read_file(std::string(machine::kRunDir) + "/id"));
    machine::write_home_file(account(), ".ssh/config",
                             "Host *\n  Port " + std::to_string(sshd().port()) +
                                 "\n  StrictHostKeyChecking accept-new\n  BatchMode yes\n  LogLevel ERROR\n");
}

}  // namespace jail::testing
