// SPDX-License-Identifier: Apache-2.0
// A child of a verification's, which never outlives it: the kernel ends it with its parent, and so does this.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail::provision {

class VerifyChild {
public:
    // Runs `body` in the child, which then exits with its value. All signals are at their defaults there.
    static Result<VerifyChild> start(const std::function<int()>& body);

    VerifyChild() = default;
    VerifyChild(VerifyChild&&) noexcept;
    VerifyChild& operator=(VerifyChild&&) noexcept;
    ~VerifyChild() { end(); }

    pid_t pid() const { return pid_; }
    int pidfd() const { return pidfd_.get(); }
    // Whether it has ended within that time; then its wait status is in `status`.
    bool wait(std::chrono::milliseconds patience, int& status);
    // SIGTERM, and SIGKILL after a while.
    void end();

private:
    pid_t pid_ = -1;
    FileDescriptor pidfd_;
};

}  // namespace jail::provision
