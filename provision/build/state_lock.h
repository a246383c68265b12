// SPDX-License-Identifier: Apache-2.0
// One jail-provision at a time changes the state directory.
#pragma once

#include <functional>
#include <string>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"
#include "provision/base/layout.h"

namespace jail::provision {

// Held until destroyed, also by a crash: the kernel drops it with the descriptor.
class StateLock {
public:
    // `on_wait` is called once when another process holds it. Fails after timeout_seconds.
    static Result<StateLock> take(const Layout& layout, unsigned timeout_seconds,
                                  const std::function<void()>& on_wait);

    // For a run without changes (--dry-run, --check).
    static StateLock none() { return StateLock(FileDescriptor()); }

private:
    explicit StateLock(FileDescriptor file) : file_(std::move(file)) {}
    FileDescriptor file_;
};

}  // namespace jail::provision
