// SPDX-License-Identifier: Apache-2.0
// jail-provision on a host of the sandbox, with a state directory that can be put back in a moment.
#pragma once

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <map>
#include <string>
#include <vector>

#include "libjail/base/file_descriptor.h"

namespace jail::testing {

struct Ended {
    int status = 0;      // as waitpid(2)
    std::string output;  // both streams
    rusage used = {};

    int exit_status() const;  // -1: a signal ended it
};

struct Started {
    pid_t pid = -1;
    int error = EMFILE;  // of starting it; 0: it runs
    FileDescriptor output;
};

// A program with these arguments, and with these variables besides our own; in one step or in two.
Started start(const std::vector<std::string>& arguments, const std::vector<std::string>& environment = {});
Ended finish(const Started& started);
Ended run(const std::vector<std::string>& arguments, const std::vector<std::string>& environment = {});
Ended shell(const std::string& command);

std::string content_of(const std::string& path);

// What the state directory and /etc/passwd say. Paths below the state directory with what they are; a tree is
// one entry, with all that is in it.
using Snapshot = std::map<std::string, std::string>;
Snapshot take_snapshot();
// The entries that begin with one of these.
Snapshot part(const Snapshot& snapshot, const std::vector<std::string>& prefixes);
// The differences, for messages.
std::string difference(const Snapshot& a, const Snapshot& b);

class ProvisionHost : public ::testing::Test {
protected:
    static constexpr char kState[] = "/var/lib/jail";

    void SetUp() override;
    void TearDown() override;

    static void policy(const std::string& name, const std::string& text);
    static Ended provision(std::vector<std::string> arguments,
                           const std::vector<std::string>& environment = {});
    static Started start_provision(std::vector<std::string> arguments,
                                   const std::vector<std::string>& environment = {});
    static void must(const std::vector<std::string>& arguments);  // provision(), and it succeeds

    // The state now, to come back to.
    static void keep_state();
    static void restore_state();
};

}  // namespace jail::testing
