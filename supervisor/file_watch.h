// inotify(7), as bells: something changed in what is watched. What, one looks up; events are not believed to
// be complete or in time. The kernel has few for a user, 128 unless told otherwise, and root's supervisors
// share them: one for all that a supervisor watches, and none before it watches something.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "libjail/file_descriptor.h"
#include "libjail/result.h"

namespace jail {

class FileWatch {
public:
    // The number of the bell.
    Result<int> add(const std::string& path, std::uint32_t events);
    // Readable (poll(2)) when one has rung; -1: nothing is watched.
    int descriptor() const { return inotify_.get(); }
    // Which have rung since the last time.
    std::set<int> rung();

private:
    FileDescriptor inotify_;
};

}  // namespace jail
