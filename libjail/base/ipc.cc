// SPDX-License-Identifier: Apache-2.0
#include "libjail/base/ipc.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace jail {

Result<Pipe> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return errno_error("pipe2");
    return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

Result<SocketPair> make_socket_pair() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return errno_error("socketpair");
    return SocketPair{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

}  // namespace jail
