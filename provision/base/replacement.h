// SPDX-License-Identifier: Apache-2.0
// Changes of the state directory that can be taken back: files put in the place of others, names taken away.
// A reader sees the old or the new one, whole, also after a crash; what was replaced is kept under a
// temporary name until the Replacement ends, so that going back needs no space on the disk.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "libjail/base/result.h"
#include "provision/base/undo.h"

namespace jail::provision {

struct NewFile {
    std::string path;
    std::string bytes;
    mode_t mode = 0600;  // root alone: a manifest has what `environment: set` says
};

class Replacement {
public:
    Replacement() = default;
    ~Replacement();  // what was replaced goes for good
    Replacement(const Replacement&) = delete;
    Replacement& operator=(const Replacement&) = delete;

    // Each of these is on the disk when it returns. An error changes no file: the effects of the earlier
    // calls are taken back too. All names of one call lie in one directory.
    Result<> put(const std::vector<NewFile>& files);  // they become visible in their order
    Result<> put_link(const std::string& existing, const std::string& path);
    Result<> remove(const std::vector<std::string>& paths);  // those that are there

    // The first failure, if any; everything is tried.
    Result<> take_back();

private:
    enum class Change { kNothing, kAdded, kSwapped, kTaken, kFinal };
    struct Step {
        std::string path, temporary;
        Change change = Change::kNothing;
    };

    Result<> prepare(const std::vector<NewFile>& files);
    Result<> put_in_place(std::size_t first);
    Result<> take(const std::vector<std::string>& paths);
    Result<> or_back(Result<> done);

    std::vector<Step> steps_;
};

// A change that `undo` takes back with everything else.
Replacement& undoable(Undo& undo);

// Temporary file beside it, fsync, rename, fsync of the directory.
Result<> replace_file(const std::string& path, std::string_view bytes, mode_t mode = 0644);
// Several files of one directory in the same way, at the cost of one: all or not at all.
Result<> replace_files(const std::vector<NewFile>& files);
// The same without waiting for the disk: for data that can be computed again.
Result<> replace_cache(const std::string& path, std::string_view bytes);

// Temporary files that a killed run left in the directory.
void remove_temporaries(const std::string& directory);

}  // namespace jail::provision
