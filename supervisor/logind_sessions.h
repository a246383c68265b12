// Which sessions systemd-logind has ended (loginctl terminate-session): their processes are in the jail's
// control group, where it does not find them.
#pragma once

#include <string>

#include "libjail/file_descriptor.h"

namespace jail {

class LogindSessions {
public:
    // Without logind there is nothing to watch, and nothing is ever ended.
    LogindSessions();

    // Readable (poll(2)) when some session of the host changed; -1: never.
    int descriptor() const { return changes_.get(); }
    void drain() const;

    // Whether logind is ending, or has ended, the session of this XDG_SESSION_ID. An id that is none: false.
    bool ended(const std::string& id) const;

private:
    FileDescriptor changes_;
};

}  // namespace jail
