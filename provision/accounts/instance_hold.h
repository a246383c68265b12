// SPDX-License-Identifier: Apache-2.0
// Keeps the jail of one account from starting.
#pragma once

#include <cstdint>
#include <string>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"
#include "provision/base/layout.h"

namespace jail::provision {

// As long as it lives no supervisor serves this uid, by the lock that each of them takes first
// (supervisor/run_directory.h): the account has no session in a jail and cannot start one. Logins wait
// meanwhile, for ten seconds at most. The kernel lets go of it when this process ends.
class InstanceHold {
public:
    // Ends all instances and sessions of the uid, until the lock is ours. ETIMEDOUT: logins go on starting
    // it.
    static Result<InstanceHold> take(const Layout& layout, std::uint32_t uid, const std::string& account);

    ~InstanceHold();
    InstanceHold(InstanceHold&& other) = default;
    InstanceHold(const InstanceHold&) = delete;
    InstanceHold& operator=(const InstanceHold&) = delete;

private:
    InstanceHold(std::string path, FileDescriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}

    std::string path_;
    FileDescriptor lock_;
};

}  // namespace jail::provision
