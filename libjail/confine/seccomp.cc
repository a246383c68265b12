// SPDX-License-Identifier: Apache-2.0
#include "libjail/confine/seccomp.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace jail::seccomp {

Result<FileDescriptor> load_filter(const sock_filter* program, std::size_t count, bool with_listener) {
    sock_fprog filter = {};
    filter.len = static_cast<unsigned short>(count);
    filter.filter = const_cast<sock_filter*>(program);
    const unsigned flags = with_listener ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
    const long listener = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
    if (listener < 0) return errno_error("load the seccomp filter");
    return FileDescriptor(with_listener ? static_cast<int>(listener) : -1);
}

}  // namespace jail::seccomp
