#include "provision/file_copy.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <vector>

#include "provision/content_hash.h"
#include "provision/file_io.h"

namespace jail::provision {

namespace {

constexpr std::size_t kBufferBytes = 256u
                                     << 10;  // stays in the processor's cache between read, hash and write
constexpr std::uint64_t kMaxFileBytes = 4ull << 30;

}  // namespace

Result<CopiedContent> copy_content(int source, int target, const std::string& name) {
    static std::vector<char> buffer(kBufferBytes);
    // A reflink is a snapshot: what is hashed then is the copy, whatever happens to the host's file
    // meanwhile.
    const bool cloned = target >= 0 && ::ioctl(target, FICLONE, source) == 0;
    const int from = cloned ? target : source;
    ContentHash hash;
    CopiedContent copied;
    for (off_t offset = 0;; offset = static_cast<off_t>(copied.bytes)) {
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
