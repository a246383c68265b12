// SPDX-License-Identifier: Apache-2.0
// The two ways in which sshd serves sftp: inside its own user's child, and by a program that the login shell
// starts.
#pragma once

#include "ssh_fixture.h"

namespace jail::testing {

struct InternalSftp {
    static constexpr char kSubsystem[] = "internal-sftp";
};
struct SftpServerProgram {
    static constexpr char kSubsystem[] = "/usr/lib/openssh/sftp-server";
};
using SftpSubsystems = ::testing::Types<InternalSftp, SftpServerProgram>;

struct SubsystemName {
    template <class T>
    static std::string GetName(int) {
        return std::is_same_v<T, InternalSftp> ? "InternalSftp" : "SftpServer";
    }
};

template <class Subsystem>
class SubsystemTest : public SshTest {
protected:
    static void SetUpTestSuite() {
        SshServer::Options options;
        options.sftp = Subsystem::kSubsystem;
        SshTest::start_server(options);
    }
};

}  // namespace jail::testing
