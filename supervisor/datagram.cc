#include "supervisor/datagram.h"

#include <sys/uio.h>

#include <cerrno>
#include <cstring>

namespace jail {
namespace {

bool take_credentials(msghdr& header, ucred& sender) {
    const cmsghdr* part = CMSG_FIRSTHDR(&header);
    if (part == nullptr || part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_CREDENTIALS ||
        part->cmsg_len != CMSG_LEN(sizeof(ucred)))
        return false;
    std::memcpy(&sender, CMSG_DATA(part), sizeof sender);
    return true;
}

}  // namespace

Datagram::Got Datagram::receive(int socket) {
    iovec part = {bytes_, sizeof bytes_};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))] = {};
    msghdr header = {};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    // Room for the credentials and not for a descriptor: the kernel closes those that a sender puts in.
    header.msg_controllen = CMSG_LEN(sizeof(ucred));
    const ssize_t count = ::recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (count < 0) return errno == EINTR ? Got::kNotThisTime : Got::kNone;
    size_ = static_cast<std::size_t>(count);
    return take_credentials(header, sender_) ? Got::kOne : Got::kNotThisTime;
}

}  // namespace jail
