// Files of the state directory: written so that a reader sees the old or the new one, whole, also after a
// crash.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "libjail/file_descriptor.h"
#include "libjail/result.h"

namespace jail::provision {

Result<> write_all(int fd, std::string_view bytes, const std::string& name);

// At most `bound` bytes. EFBIG when the file is larger.
Result<std::string> read_file(const std::string& path, std::size_t bound);

// Temporary file beside it, fsync, rename, fsync of the directory.
Result<> replace_file(const std::string& path, std::string_view bytes, mode_t mode = 0644);
// Several files of one directory in the same way, for the price of one; they become visible in their order.
struct NewFile {
    std::string path;
    std::string bytes;
    mode_t mode = 0644;
};
Result<> replace_files(const std::vector<NewFile>& files);
// The same without waiting for the disk: for what can be computed again.
Result<> replace_cache(const std::string& path, std::string_view bytes);

// Temporary files that a killed run left in the directory.
void remove_temporaries(const std::string& directory);

// Makes the directory and the missing ones above it, 0755 whatever the umask says.
Result<> make_directories(const std::string& path);
Result<> make_directory(const std::string& path, mode_t mode);
Result<> sync_directory(const std::string& path);

// Names in the directory without . and .., sorted; a directory that is missing is empty.
std::vector<std::string> names_in(const std::string& path);

// 16 random hexadecimal digits, for names of temporary things.
std::string random_name();

}  // namespace jail::provision
