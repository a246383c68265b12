// SPDX-License-Identifier: Apache-2.0
// dnotify (fcntl(2), F_NOTIFY): the kernel reports that a directory has changed, and no more than that: the
// caller reads the state again, and does not rely on the reports being complete or in time. Not inotify(7):
// by default the kernel allows 128 inotify instances for all of root's processes, and the supervisors, one
// for each account that is logged in, would use them up. dnotify has no such limit; each directory costs one
// descriptor.
#pragma once

#include <string>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail::supervisor {

enum class Change {
    kTerminals,  // one was made or given back in some instance
    kLogind,     // some session of the host's changed
};

class FileWatch {
public:
    // Reports when an entry is made, removed or renamed in the directory, as long as the descriptor, which is
    // the directory's, is open. EINVAL: the host has switched dnotify off (/proc/sys/fs/dir-notify-enable).
    Result<FileDescriptor> add(const std::string& directory, Change change);
    // Readable (poll(2)) when a change is reported; -1: no directory is watched yet.
    int descriptor() const { return signals_.get(); }

    struct Changes {
        bool terminals = false;
        bool logind = false;
    };
    // The changes since the last call.
    Changes take();

private:
    FileDescriptor signals_;
};

}  // namespace jail::supervisor
