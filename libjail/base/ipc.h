// SPDX-License-Identifier: Apache-2.0
// Pairs of descriptors between two processes.
#pragma once

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail {

struct Pipe {
    FileDescriptor read_end, write_end;
};
Result<Pipe> make_pipe();

// For messages (SOCK_SEQPACKET), both ways.
struct SocketPair {
    FileDescriptor ours, theirs;
};
Result<SocketPair> make_socket_pair();

}  // namespace jail
