// SPDX-License-Identifier: Apache-2.0
#include "supervisor/recorder/datagram.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/process.h"

namespace jail::supervisor {
namespace {

constexpr std::size_t kMostDescriptors = 253;  // of a message: SCM_MAX_FD of the kernel

// The last close of a TCP socket takes as long as its sender likes (socket(7), SO_LINGER), but in a process
// that ends. So another process has the descriptors too when ours are closed, and ends then.
void discard(std::vector<FileDescriptor> received) {
    const auto last = process::fork_into(0);
    if (last && last.value().pid == 0) {
        (void)::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        for (;;) (void)::pause();
    }
    received.clear();
    if (!last) return;
    (void)::kill(last.value().pid, SIGKILL);  // ours, and not waited for yet
    (void)process::wait_for(last.value().pid);
}

std::vector<FileDescriptor> take_descriptors(const cmsghdr& part) {
    std::vector<FileDescriptor> received;
    for (std::size_t at = CMSG_LEN(0); at + sizeof(int) <= part.cmsg_len; at += sizeof(int)) {
        int descriptor = -1;
        std::memcpy(&descriptor, reinterpret_cast<const char*>(&part) + at, sizeof descriptor);
        received.emplace_back(descriptor);
    }
    return received;
}

}  // namespace

Datagram::Got Datagram::receive(int socket) {
    iovec part = {bytes_, sizeof bytes_};
    // Room for all descriptors that can arrive: the kernel closes the others in this process.
    alignas(
        cmsghdr) char control[CMSG_SPACE(sizeof(ucred)) + CMSG_SPACE(kMostDescriptors * sizeof(int))] = {};
    msghdr header = {};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    had_descriptors_ = false;
    const ssize_t count = ::recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (count < 0) return errno == EINTR ? Got::kNotThisTime : Got::kNone;
    size_ = static_cast<std::size_t>(count);
    bool has_sender = false;
    for (cmsghdr* item = CMSG_FIRSTHDR(&header); item != nullptr; item = CMSG_NXTHDR(&header, item)) {
        if (item->cmsg_level != SOL_SOCKET) continue;
        if (item->cmsg_type == SCM_RIGHTS) {
            had_descriptors_ = true;
            discard(take_descriptors(*item));
        } else if (item->cmsg_type == SCM_CREDENTIALS && item->cmsg_len == CMSG_LEN(sizeof(ucred))) {
            std::memcpy(&sender_, CMSG_DATA(item), sizeof sender_);
            has_sender = true;
        }
    }
    return has_sender ? Got::kOne : Got::kNotThisTime;
}

}  // namespace jail::supervisor
