// SPDX-License-Identifier: Apache-2.0
#include "provision/accounts/instance_state.h"

#include <sys/socket.h>
#include <unistd.h>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/unix_address.h"
#include "libjail/session/client.h"
#include "provision/base/file_io.h"

namespace jail::provision {

bool instance_runs(const Layout& layout, std::uint32_t uid) {
    const std::string path = layout.run_dir + "/" + std::to_string(uid) + "/control";
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return false;  // most of ten thousand accounts
    const auto address = unix_address("connect", path);
    if (!address) return false;
    // A datagram socket can never become a session of the supervisor, whose socket is of another type: the
    // kernel answers ECONNREFUSED if the socket is not open any more, EPROTOTYPE if it is.
    const FileDescriptor probe(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!probe) return false;
    const int code =
        ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address.value()), sizeof address.value());
    return code == 0 || errno == EPROTOTYPE;
}

bool has_sessions(const Layout& layout, std::uint32_t uid) {
    if (!instance_runs(layout, uid)) return false;
    const auto lease = client::find_running(uid);
    if (lease) return lease.value().sessions != 0;
    const int code = lease.error().code();
    return code != ENOENT && code != ECONNREFUSED && code != ECONNRESET;  // it has ended meanwhile
}

std::string how_to_end(const std::string& account) {
    return "jail-provision kill " + account + " ends it, or say --force";
}

std::set<std::string> trees_in_use(const Layout& layout) {
    std::set<std::string> trees;
    for (const std::string& uid : names_in(layout.run_dir)) {
        const Result<std::string> claim = read_file(layout.run_dir + "/" + uid + "/tree", 256);
        if (claim) trees.insert(claim.value());
    }
    return trees;
}

}  // namespace jail::provision
