// SPDX-License-Identifier: Apache-2.0
#include "ssh_fixture.h"

#include <cstdio>
#include <random>
#include <thread>

namespace jail::testing {

std::unique_ptr<LogCollector> SshTest::log_;
std::unique_ptr<SshServer> SshTest::server_;
std::size_t SshTest::descriptors_before_ = 0;

void SshTest::start_server(const SshServer::Options& options) {
    log_ = std::make_unique<LogCollector>();
    machine::prepare();
    server_ = std::make_unique<SshServer>(options);
    // The child that served the constructor's connection, and the listener's pipe to it, go first.
    EXPECT_TRUE(eventually([] { return machine::children_of(server_->pid()).empty(); }));
    EXPECT_TRUE(eventually([] {
        std::size_t before = machine::open_descriptors_of(server_->pid());
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return before == machine::open_descriptors_of(server_->pid());
    }));
    descriptors_before_ = machine::open_descriptors_of(server_->pid());
}

void SshTest::TearDownTestSuite() {
    // A listener that has accepted a connection drops its descriptors when the child has started.
    EXPECT_TRUE(eventually([] {
        return machine::open_descriptors_of(server_->pid()) == descriptors_before_;
    })) << machine::open_descriptors_of(server_->pid())
        << " descriptors in sshd, before " << descriptors_before_;
    server_.reset();
    log_.reset();
}

void SshTest::SetUp() {
    if (HasFatalFailure()) return;
    messages_before_ = log_->find("").size();
    mounts_before_ = machine::mounts();
}

void SshTest::TearDown() {
    EXPECT_TRUE(machine::no_traces());
    EXPECT_EQ(machine::mounts(), mounts_before_);
    if (!HasFailure()) return;
    const std::vector<std::string> messages = log_->find("");
    std::printf("the log of this test:\n");
    for (std::size_t i = messages_before_; i < messages.size(); ++i)
        std::printf("  %s\n", messages[i].c_str());
}

std::string binary_data(std::size_t size) {
    std::mt19937_64 random(1939);
    std::string data(size, '\0');
    for (char& byte : data) byte = static_cast<char>(random());
    return data;
}

}  // namespace jail::testing
