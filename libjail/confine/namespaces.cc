// SPDX-License-Identifier: Apache-2.0
#include "libjail/confine/namespaces.h"

#include <fcntl.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libjail/base/file_descriptor.h"

namespace jail::namespaces {
namespace {

Result<> bring_loopback_up() {
    const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) return errno_error("socket", "for the loopback interface");
    struct ifreq request = {};
    std::memcpy(request.ifr_name, "lo", 3);
    request.ifr_flags = IFF_UP;
    if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) return errno_error("bring up", "lo");
    return success();
}

}  // namespace

int to_create(Network network) {
    return kAlways | (network == Network::kNone ? CLONE_NEWNET : 0);
}

Result<> configure(Network network, const std::string& hostname) {
    if (::unshare(CLONE_NEWCGROUP) != 0) return errno_error("unshare", "cgroup namespace");
    if (::sethostname(hostname.data(), hostname.size()) != 0) return errno_error("sethostname", hostname);
    constexpr std::string_view kNoDomain = "(none)";  // hides the host's NIS domain inside
    if (::setdomainname(kNoDomain.data(), kNoDomain.size()) != 0)
        return errno_error("setdomainname", kNoDomain);
    if (network == Network::kNone) JAIL_TRY(bring_loopback_up());
    return success();
}

Result<> join_hosts() {
    constexpr struct {
        const char* name;
        int flag;
    } kShared[] = {{"mnt", CLONE_NEWNS}, {"net", CLONE_NEWNET}};
    for (const auto& [name, flag] : kShared) {
        const std::string path = std::string("/proc/1/ns/") + name;
        const FileDescriptor host(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!host) return errno_error("open", path);
        struct stat theirs = {}, ours = {};
        if (::fstat(host.get(), &theirs) != 0 ||
            ::stat((std::string("/proc/self/ns/") + name).c_str(), &ours) != 0)
            return errno_error("stat", path);
        if (theirs.st_ino != ours.st_ino && ::setns(host.get(), flag) != 0) return errno_error("setns", path);
    }
    if (::chdir("/") != 0) return errno_error("chdir", "/ of the host");
    return success();
}

Result<> join(int pidfd) {
    // The network namespace too where it is the host's: a door may be in another one.
    if (::setns(pidfd, kAlways | CLONE_NEWNET | CLONE_NEWCGROUP) != 0)
        return errno_error("setns", "the jail's namespaces");
    if (::chdir("/") != 0) return errno_error("chdir", "/ of the jail");
    return success();
}

Result<> join_mounts(int descriptor, const char* name) {
    if (::setns(descriptor, CLONE_NEWNS) != 0) return errno_error("setns", name);
    if (::chdir("/") != 0) return errno_error("chdir", std::string("/ of ") + name);
    return success();
}

Result<> join_user(int user_namespace) {
    if (::setns(user_namespace, CLONE_NEWUSER) != 0) return errno_error("setns", "the jail's user namespace");
    return success();
}

}  // namespace jail::namespaces
