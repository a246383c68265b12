// SPDX-License-Identifier: Apache-2.0
// Files and streams that are read or written whole.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "libjail/base/result.h"

namespace jail {

// Everything up to the end of file. EFBIG: there are more than `bound` bytes. `name` is for errors.
Result<std::string> read_all(int fd, std::size_t bound, std::string_view name);

// The content of a file, most often one of /proc or /sys, where root alone gives names. It never waits for
// the other end of a FIFO. (policy/trusted_store.h: where an account could have put something.)
Result<std::string> read_small_file(const std::string& path, std::size_t bound = 64u << 10);
Result<std::string> read_small_file(int directory, const std::string& name, std::size_t bound = 64u << 10);

Result<> write_all(int fd, std::string_view bytes, std::string_view name);

}  // namespace jail
