// SPDX-License-Identifier: Apache-2.0
// One sshd for a test suite, and after every test the host as it was before.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "connection.h"
#include "log_collector.h"
#include "machine.h"
#include "process.h"
#include "ssh_server.h"

namespace jail::testing {

class SshTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() { start_server({}); }
    static void TearDownTestSuite();
    // For the SetUpTestSuite of a derived fixture.
    static void start_server(const SshServer::Options& options);

    void SetUp() override;
    void TearDown() override;

    static SshServer& server() { return *server_; }
    static LogCollector& log() { return *log_; }
    // The stock client's run of one command.
    static Outcome ssh(const std::string& account, const std::vector<std::string>& arguments,
                       std::string_view input = {}) {
        return run(server().ssh(account, arguments), input);
    }

private:
    static std::unique_ptr<LogCollector> log_;
    static std::unique_ptr<SshServer> server_;
    static std::size_t descriptors_before_;
    std::string mounts_before_;
    std::size_t messages_before_ = 0;
};

// For what follows a message of the day.
inline bool ends_with(const std::string& text, const std::string& end) {
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// Bytes of all values in an order with a long period.
std::string binary_data(std::size_t size);

}  // namespace jail::testing
