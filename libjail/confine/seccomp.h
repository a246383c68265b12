// SPDX-License-Identifier: Apache-2.0
// Loading a system-call filter (seccomp(2)) that was compiled before: by jail-provision for the processes of
// a jail, by the build for our own.
#pragma once

#include <linux/filter.h>

#include <cstddef>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail::seccomp {

// For this process and its descendants, for good. Needs no_new_privs or CAP_SYS_ADMIN. With a listener the
// result is its descriptor. EBUSY then: a manager that runs this host as a container has a listener for its
// own filter; the kernel has one for each.
Result<FileDescriptor> load_filter(const sock_filter* program, std::size_t count, bool with_listener = false);

}  // namespace jail::seccomp
