// SPDX-License-Identifier: Apache-2.0
// A datagram socket in the file system, of which the test has the path.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/unix_address.h"

namespace jail {

class BoundSocketTest : public ::testing::Test {
protected:
    void TearDown() override { std::filesystem::remove(path_); }

    FileDescriptor bound() const {
        FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        const sockaddr_un address = unix_address("bind", path_).value();
        EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        return socket;
    }

    const std::string path_ = "/tmp/bound-socket-test-" + std::to_string(::getpid());
};

}  // namespace jail
