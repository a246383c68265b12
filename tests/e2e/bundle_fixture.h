// SPDX-License-Identifier: Apache-2.0
// One jail for each bundle that is tested: bash, the bundle and what a test adds, so that what a bundle lacks
// shows. A suite is named after its bundle: PhpCliBundle tests php-cli.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "connection.h"
#include "machine.h"

namespace jail::testing {

// "PhpCliBundle" -> "php-cli"; empty for a suite that is not of a bundle.
std::string bundle_of(const std::string& suite);

class BundleTest : public ::testing::Test {
protected:
    // sshd and a https server of the host on its loopback, a certificate authority that the host trusts,
    // accounts.
    static SshServer& sshd();
    static int https_port();
    // What the https server serves; below it, git/ holds repositories for git's own protocol.
    static std::string web_root();

    // What the jail has beside the bundle: a list of commands, and more lines of its policy.
    virtual std::string commands() const { return "bash"; }
    virtual std::string policy() const { return {}; }
    virtual bool needs_other_account() const { return false; }
    void SetUp() override;  // builds the jail, unless it is there, and logs in
    void TearDown() override;

    std::string account() const { return account_; }
    std::string other_account() const { return account_ + "-2"; }  // in the same jail, where a test needs it
    std::string home() const { return machine::home_of(account_); }
    const Connection& connection() const { return *connection_; }

    // What a shell script prints inside, standard error with it; the test fails when its status is not 0.
    std::string inside(const std::string& script) const;
    // A program or, for "", the login shell on a terminal of 80x24 that is an xterm-256color and speaks
    // UTF-8.
    std::unique_ptr<Channel> terminal(const std::string& command) const;

private:
    std::string account_;
    std::unique_ptr<Connection> connection_;
};

// Bundles that are of no use without other hosts.
class NetworkBundleTest : public BundleTest {
protected:
    std::string policy() const override { return "network: {mode: host}\n"; }
};

// The account has a key with which it logs in to all others of this host.
class OutgoingTest : public NetworkBundleTest {
protected:
    void SetUp() override;
    static std::string https(const std::string& path) {
        return "https://localhost:" + std::to_string(https_port()) + path;
    }
    std::string url_of_other_account(const std::string& scheme) const {  // without a path
        return scheme + "://" + other_account() + "@127.0.0.1:" + std::to_string(sshd().port());
    }
};

}  // namespace jail::testing
