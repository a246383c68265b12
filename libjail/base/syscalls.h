// SPDX-License-Identifier: Apache-2.0
// System calls that Debian 12's glibc (2.36) does not wrap.
#pragma once

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace jail {

// openat2(2). `resolve` is a set of RESOLVE_*; the descriptor is always close-on-exec.
inline int openat2(int directory, const char* path, std::uint64_t flags, std::uint64_t resolve,
                   std::uint64_t mode = 0) {
    open_how how = {};
    how.flags = flags | O_CLOEXEC;
    how.mode = mode;
    how.resolve = resolve;
    return static_cast<int>(::syscall(SYS_openat2, directory, path, &how, sizeof how));
}

// pidfd_send_signal(2); the header of 2.36 declares it without C linkage.
inline int send_signal(int pidfd, int signal) {
    return static_cast<int>(::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0));
}

}  // namespace jail
