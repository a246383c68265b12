// SPDX-License-Identifier: Apache-2.0
// Whole files, directories and their names.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/files.h"
#include "libjail/base/result.h"

namespace jail::provision {

// A regular file that is not a symbolic link, of at most `bound` bytes. EFBIG when it is larger.
Result<std::string> read_file(const std::string& path, std::size_t bound);

// Makes the directory and the missing ones above it, 0755 whatever the umask says; their names are on the
// disk.
Result<> make_directories(const std::string& path);
// One, without waiting for the disk.
Result<> make_directory(const std::string& path, mode_t mode);
Result<> sync_directory(const std::string& path);

// Names in the directory without . and .., sorted.
Result<std::vector<std::string>> read_names(const std::string& path);
// For optional directories: one that is missing, or cannot be read, counts as empty.
std::vector<std::string> names_in(const std::string& path);

// 16 random hexadecimal digits, for names of temporary things.
std::string random_name();

}  // namespace jail::provision
