// The terminals of an instance, as the host sees them. sshd allocates a session's terminal long after PAM,
// from the jail's devpts; its monitor, root's, keeps the master side open until the terminal is given back.
// So who logged in on which terminal is read off the monitor's own descriptors (proc(5)): nothing that the
// account says or does has a part in it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <vector>

#include "libjail/result.h"
#include "supervisor/file_watch.h"

namespace jail {

class Terminals {
public:
    // Of the instance whose PID 1 is `init`.
    static Result<Terminals> of(pid_t init);

    // Readable when a terminal was made or given back; -1: that cannot be watched.
    int descriptor() const { return watch_ ? watch_->descriptor() : -1; }
    void clear() {
        if (watch_) watch_->clear();
    }

    // The N of each /dev/pts/N of this instance whose master side the process has open, sorted.
    std::vector<unsigned> held_by(pid_t process) const;

private:
    Terminals(dev_t device, std::optional<FileWatch> watch) : device_(device), watch_(std::move(watch)) {}
    dev_t device_;  // of the jail's devpts: a terminal of the host's has another
    std::optional<FileWatch> watch_;
};

}  // namespace jail
