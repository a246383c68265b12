// SPDX-License-Identifier: Apache-2.0
#include "libjail/session/protocol.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>

namespace jail::protocol {
namespace {

constexpr std::uint32_t kMagic = 0x6c69616a;  // "jail"

template <std::size_t N>
void copy_text(char (&field)[N], std::string_view text) {
    text.copy(field, N - 1);  // the rest is zero already
}

template <std::size_t N>
bool terminated(const char (&field)[N]) {
    return std::memchr(field, '\0', N) != nullptr;
}

template <class Message>
Result<Message> decode(std::string_view bytes) {
    Message message;
    std::uint32_t start[2] = {};
    if (bytes.size() >= sizeof start) std::memcpy(start, bytes.data(), sizeof start);
    if (start[0] != kMagic) return refused(EBADMSG, "the message is not of this protocol");
    if (start[1] != kVersion)
        return refused(EPROTONOSUPPORT, "the other side speaks version " + std::to_string(start[1]) +
                                            ", this one " + std::to_string(kVersion));
    if (bytes.size() != sizeof message)
        return refused(EBADMSG, "the message has " + std::to_string(bytes.size()) + " bytes, not " +
                                    std::to_string(sizeof message));
    std::memcpy(&message, bytes.data(), sizeof message);
    return message;
}

}  // namespace

Request make_request(std::string_view door, std::string_view terminal, std::string_view peer,
                     std::string_view logind) {
    Request request = {};
    request.magic = kMagic;
    request.version = kVersion;
    copy_text(request.door, door);
    copy_text(request.terminal, terminal);
    copy_text(request.peer, peer);
    copy_text(request.logind, logind);
    return request;
}

Reply make_reply(std::uint32_t status, std::uint32_t network, std::string_view message,
                 std::string_view cgroup, std::uint32_t hierarchies, std::string_view session) {
    Reply reply = {};
    reply.magic = kMagic;
    reply.version = kVersion;
    reply.status = status;
    reply.network = network;
    reply.hierarchies = hierarchies;
    copy_text(reply.session, session);
    copy_text(reply.cgroup, cgroup);
    copy_text(reply.message, message);
    return reply;
}

Result<Request> decode_request(std::string_view bytes) {
    const Request request = JAIL_TRY(decode<Request>(bytes));
    if (!terminated(request.door) || !terminated(request.terminal) || !terminated(request.peer) ||
        !terminated(request.logind))
        return refused(EBADMSG, "a text of the message is not terminated");
    if (request.purpose > static_cast<std::uint32_t>(Purpose::kQuestion))
        return refused(EBADMSG, "the message has the unknown purpose " + std::to_string(request.purpose));
    return request;
}

Result<Reply> decode_reply(std::string_view bytes) {
    const Reply reply = JAIL_TRY(decode<Reply>(bytes));
    if (!terminated(reply.message) || !terminated(reply.cgroup) || !terminated(reply.session))
        return refused(EBADMSG, "a text of the message is not terminated");
    return reply;
}

std::string encode_end(int wait_status) {
    const bool by_signal = WIFSIGNALED(wait_status);
    const int number = by_signal ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
    return {by_signal ? 'k' : 'x', static_cast<char>(number)};
}

std::optional<ProgramEnd> decode_end(std::string_view bytes) {
    if (bytes.size() != 2 || (bytes[0] != 'k' && bytes[0] != 'x')) return std::nullopt;
    const ProgramEnd end = {bytes[0] == 'k', static_cast<std::uint8_t>(bytes[1])};
    const bool possible = !end.by_signal || (end.number >= 1 && end.number < NSIG);
    return possible ? std::optional(end) : std::nullopt;
}

Result<> send(int socket, const void* message, std::size_t size, int descriptor) {
    iovec part = {const_cast<void*>(message), size};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr header = {};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (descriptor >= 0) {
        header.msg_control = control;
        header.msg_controllen = sizeof control;
        cmsghdr* rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
    }
    ssize_t sent;
    do sent = ::sendmsg(socket, &header, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0) return errno_error("sendmsg", "control socket");
    return success();
}

Result<Received> receive(int socket) {
    char bytes[1024];
    iovec part = {bytes, sizeof bytes};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr header = {};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = CMSG_LEN(sizeof(int));  // not CMSG_SPACE, whose padding would let a second one in
    ssize_t count;
    do count = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
    while (count < 0 && errno == EINTR);
    if (count < 0) return errno_error("recvmsg", "control socket");
    Received received;
    for (cmsghdr* part_of = CMSG_FIRSTHDR(&header); part_of != nullptr;
         part_of = CMSG_NXTHDR(&header, part_of)) {
        if (part_of->cmsg_level != SOL_SOCKET || part_of->cmsg_type != SCM_RIGHTS ||
            part_of->cmsg_len != CMSG_LEN(sizeof(int)))
            continue;  // there is room for one descriptor: the kernel has closed any other (MSG_CTRUNC)
        int descriptor = -1;
        std::memcpy(&descriptor, CMSG_DATA(part_of), sizeof descriptor);
        received.descriptor.reset(descriptor);
    }
    if (count == 0) return Error(ECONNRESET, "recvmsg", "control socket");
    received.bytes.assign(bytes, static_cast<std::size_t>(count));
    return received;
}

}  // namespace jail::protocol
