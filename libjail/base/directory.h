// SPDX-License-Identifier: Apache-2.0
// Making and walking directories by descriptor. Every component is opened with openat2(2) without following
// links.
#pragma once

#include <fcntl.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail::directory {

struct Entry {
    std::string name;
    unsigned char type = 0;  // DT_DIR, DT_REG, DT_LNK, ...
};

// All entries but "." and "..", in no order. E2BIG: there are more than `most`.
Result<std::vector<Entry>> list(int directory, std::string_view name_for_errors, std::size_t most = SIZE_MAX);
Result<std::vector<Entry>> list(const std::string& path);

// Descriptor, O_PATH by default, of `path` ("/a/b" or "a/b") below `root`, no component a link. "/" is `root`
// itself.
Result<FileDescriptor> open_below(int root, std::string_view path, std::uint64_t flags = O_PATH);

// As open_below; directories that are missing are made, root's, mode 0755.
Result<FileDescriptor> make_below(int root, std::string_view path);

// A new regular file of root's with this content.
Result<> write_file(int directory, const std::string& name, std::string_view content, unsigned mode);

// Owner and mode, whatever the umask was.
Result<> set_owner(int directory, const char* name, unsigned uid, unsigned gid, unsigned mode);

}  // namespace jail::directory
