// SPDX-License-Identifier: Apache-2.0
// Which paths a process, and all that it starts, looks for. The kernel stops each system call that names a
// path, tells this process, and goes on with it unchanged (seccomp_unotify(2)): no tracer is attached, so the
// programs behave as in a session.
#pragma once

#include <seccomp.h>
#include <sys/types.h>

#include <functional>
#include <string>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail::provision {

// For the process that is to be watched, root and before any filter that refuses seccomp(2): from here on
// each such call waits for the owner of the returned descriptor. Programs inherit it.
Result<FileDescriptor> install_look_filter();

// One path, as absolute as its process sees it.
struct Look {
    pid_t pid = 0;
    std::string path;
    bool executes = false;
};

class LookWatch {
public:
    explicit LookWatch(FileDescriptor listener);
    ~LookWatch();
    LookWatch(const LookWatch&) = delete;
    LookWatch& operator=(const LookWatch&) = delete;

    int descriptor() const { return listener_.get(); }
    // When it is readable: the next call, seen while it waits, then let go on. Success also where the process
    // ended meanwhile.
    Result<> handle(const std::function<void(const Look&)>& see);

private:
    FileDescriptor listener_;
    seccomp_notif* request_ = nullptr;
    seccomp_notif_resp* answer_ = nullptr;
};

}  // namespace jail::provision
