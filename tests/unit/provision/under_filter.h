// SPDX-License-Identifier: Apache-2.0
// The answers of system calls under a filter that jail-provision would compile.
#pragma once

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <string>

#include "provision/syscalls/seccomp_filter.h"

namespace jail::provision {

// The number of the first call that behaved otherwise than expected, from a child that loaded the filter; 0:
// all as expected.
inline int under_program(const std::string& program, const std::function<int()>& calls) {
    const pid_t child = ::fork();
    if (child == 0) {
        sock_fprog filter = {static_cast<unsigned short>(program.size() / sizeof(sock_filter)),
                             const_cast<sock_filter*>(reinterpret_cast<const sock_filter*>(program.data()))};
        if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) ::_exit(200);
        if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0) ::_exit(201);
        ::_exit(calls());
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

inline int under_filter(const SyscallPolicy& policy, const std::function<int()>& calls) {
    const Result<std::string> program = compile_seccomp_filter(policy, false);
    EXPECT_TRUE(program);
    return under_program(program.value(), calls);
}

template <class... Arguments>
bool fails_with(int code, long number, Arguments... arguments) {
    errno = 0;
    return ::syscall(number, arguments...) == -1 && errno == code;
}

}  // namespace jail::provision
