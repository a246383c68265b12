// SPDX-License-Identifier: Apache-2.0
#include "libjail/session/inbox.h"

#include <sys/socket.h>
#include <sys/time.h>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/unix_address.h"

namespace jail {

Result<> send_to_inbox(std::string_view bytes, int patience_ms, const std::string& path) {
    const sockaddr_un address = JAIL_TRY(unix_address("send to", path));
    const FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) return errno_error("socket");
    const timeval patience = {patience_ms / 1000, patience_ms % 1000 * 1000};
    if (patience_ms > 0 &&
        ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0)
        return errno_error("setsockopt SO_SNDTIMEO");
    if (::sendto(socket.get(), bytes.data(), bytes.size(),
                 (patience_ms > 0 ? 0 : MSG_DONTWAIT) | MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
        return errno_error("send to", path);
    return success();
}

}  // namespace jail
