// SPDX-License-Identifier: Apache-2.0
#include "provision/base/file_copy.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "provision/base/content_hash.h"
#include "provision/base/file_io.h"

namespace jail::provision {

namespace {

constexpr std::size_t kBufferBytes = 256u
                                     << 10;  // stays in the processor's cache between read, hash and write
constexpr std::uint64_t kMaxFileBytes = 4ull << 30;

// Where the next data begins, at `offset` or after it; the end of the file if no data follows.
Result<off_t> next_data(int file, off_t offset, const std::string& name) {
    const off_t data = ::lseek(file, offset, SEEK_DATA);
    if (data >= 0) return data;
    if (errno != ENXIO) return errno_error("seek in", name);
    const off_t end = ::lseek(file, 0, SEEK_END);
    if (end < 0) return errno_error("seek in", name);
    return std::max(end, offset);
}

// A hole stays a hole: an empty sparse file takes no room in the store, however long it is.
Result<> copy_hole(int target, std::uint64_t bytes, ContentHash& hash, const std::string& name) {
    static const std::vector<char> zeros(kBufferBytes);
    for (std::uint64_t left = bytes; left > 0;) {
        const std::size_t part = std::min<std::uint64_t>(left, zeros.size());
        hash.update({zeros.data(), part});
        left -= part;
    }
    if (target < 0) return success();
    const off_t end = ::lseek(target, static_cast<off_t>(bytes), SEEK_CUR);
    if (end < 0 || ::ftruncate(target, end) != 0) return errno_error("write", "the copy of " + name);
    return success();
}

}  // namespace

Result<CopiedContent> copy_content(int source, int target, const std::string& name) {
    static std::vector<char> buffer(kBufferBytes);
    // A reflink is a snapshot: then the copy is hashed, and changes of the host's file meanwhile do not
    // matter.
    const bool cloned = target >= 0 && ::ioctl(target, FICLONE, source) == 0;
    const int from = cloned ? target : source;
    ContentHash hash;
    CopiedContent copied;
    for (off_t offset = 0;; offset = static_cast<off_t>(copied.bytes)) {
        const off_t data = JAIL_TRY(next_data(from, offset, name));
        if (static_cast<std::uint64_t>(data) > kMaxFileBytes) return Error(EFBIG, "copy", name);
        if (data > offset) {
            const auto hole = static_cast<std::uint64_t>(data - offset);
            JAIL_TRY(copy_hole(cloned ? -1 : target, hole, hash, name));
            copied.bytes += hole;
            continue;
        }
        const ssize_t got = ::pread(from, buffer.data(), buffer.size(), offset);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno_error("read", name);
        if (got == 0) break;
        const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
        hash.update(bytes);
        if (target >= 0 && !cloned) JAIL_TRY(write_all(target, bytes, "the copy of " + name));
        copied.bytes += bytes.size();
        if (copied.bytes > kMaxFileBytes) return Error(EFBIG, "copy", name);
    }
    if (target >= 0) (void)::sync_file_range(target, 0, 0, SYNC_FILE_RANGE_WRITE);
    copied.hash = hash.hex();
    return copied;
}

}  // namespace jail::provision
