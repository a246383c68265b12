// SPDX-License-Identifier: Apache-2.0
// Addresses of sockets in the file system (unix(7)).
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <string>
#include <string_view>

#include "libjail/base/result.h"

namespace jail {

// ENAMETOOLONG: the path does not fit; `verb` is what was to be done there.
inline Result<sockaddr_un> unix_address(std::string_view verb, const std::string& path) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return Error(ENAMETOOLONG, verb, path);
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

}  // namespace jail
