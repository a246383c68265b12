// inotify(7), as a bell: something changed in what is watched. What, one looks up; events are not believed to
// be complete or in time.
#pragma once

#include <cstdint>
#include <string>

#include "libjail/file_descriptor.h"
#include "libjail/result.h"

namespace jail {

class FileWatch {
public:
    static Result<FileWatch> create();
    Result<> add(const std::string& path, std::uint32_t events);
    int descriptor() const { return inotify_.get(); }
    void clear();  // forgets what has rung so far

private:
    explicit FileWatch(FileDescriptor inotify) : inotify_(std::move(inotify)) {}
    FileDescriptor inotify_;
};

}  // namespace jail
