// dnotify (fcntl(2), F_NOTIFY), as bells: something changed in a directory. A bell says no more than that:
// the caller reads the state again, and does not rely on bells being complete or in time. Not inotify(7): the
// kernel has 128 instances of that for all of root's processes unless told otherwise, and with a supervisor
// for each account that is logged in there would be none left for them. This is counted for nobody; a bell
// costs one descriptor.
#pragma once

#include <string>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail::supervisor {

enum class Bell {
    kTerminals,  // one was made or given back in some instance
    kLogind,     // some session of the host's changed
};

class FileWatch {
public:
    // Rings when something is made, removed or renamed in the directory, as long as the descriptor, which is
    // the directory's, is open. EINVAL: the host has switched it off (/proc/sys/fs/dir-notify-enable).
    Result<FileDescriptor> add(const std::string& directory, Bell bell);
    // Readable (poll(2)) when one has rung; -1: nothing was watched yet.
    int descriptor() const { return signals_.get(); }

    struct Rung {
        bool terminals = false;
        bool logind = false;
    };
    // Which have rung since the last time.
    Rung rung();

private:
    FileDescriptor signals_;
};

}  // namespace jail::supervisor
