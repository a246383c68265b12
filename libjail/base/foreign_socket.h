// SPDX-License-Identifier: Apache-2.0
// Sockets of another network namespace than the calling process's. Its holder can connect it to
// AF_UNSPEC and then to anything which that namespace reaches, without any privilege: in a jail it would be a
// way to the host's network.
#pragma once

namespace jail {

// Whether `fd` is one. Not so are listeners and connections of unix sockets (stream, seqpacket): they cannot
// be connected to anything else. One of which that cannot be found out counts as foreign (SO_NETNS_COOKIE,
// Linux 5.14).
bool is_foreign_socket(int fd);

// Whether one of descriptors 0-2 is.
bool has_foreign_socket();

}  // namespace jail
