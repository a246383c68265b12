// SPDX-License-Identifier: Apache-2.0
// One datagram of a socket that a jail sees, and its sender as the kernel reports it (SCM_CREDENTIALS,
// unix(7)).
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <cstddef>
#include <string_view>

namespace jail::supervisor {

class Datagram {
public:
    enum class Got { kOne, kNone, kNotThisTime };

    // Never waits. The socket has SO_PASSCRED. kNotThisTime: there may be more. Descriptors that a sender
    // puts in are closed by a process that is made for it.
    Got receive(int socket);

    // The bytes that were sent, at most 4 KiB; valid until the next receive().
    std::string_view bytes() const { return {bytes_, size_}; }
    // Ids and pid as the host counts them.
    const ucred& sender() const { return sender_; }
    // Whether the last one had any, which costs more than others.
    bool had_descriptors() const { return had_descriptors_; }

private:
    char bytes_[4096];
    std::size_t size_ = 0;
    ucred sender_ = {};
    bool had_descriptors_ = false;
};

}  // namespace jail::supervisor
