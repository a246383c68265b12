// SPDX-License-Identifier: Apache-2.0
#include "libjail/confine/fakeroot.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

#include "libjail/base/file_descriptor.h"
#include "libjail/confine/credentials.h"
#include "libjail/confine/namespaces.h"

namespace jail::fakeroot {
namespace {

// Those of chown(2)'s that this machine has.
constexpr unsigned kChanges[] = {
#ifdef SYS_chown
    SYS_chown,
#endif
#ifdef SYS_lchown
    SYS_lchown,
#endif
    SYS_fchown,
    SYS_fchownat,
};
constexpr std::size_t kCount = sizeof kChanges / sizeof kChanges[0];

sock_filter answer(unsigned value) {
    return BPF_STMT(BPF_RET | BPF_K, value);
}

// A second filter on top of the policy's: setns(2) fails from here on, and chown(2) and the like succeed
// without effect. It need not check the architecture: the first filter refuses all but one.
Result<> pretend_to_change_owners() {
    sock_filter program[kCount + 6] = {};
    std::size_t at = 0;
    constexpr std::size_t kLie = kCount + 3, kRefuse = kCount + 4;  // where the answers are
    const auto jump = [&](unsigned number, std::size_t to) {
        program[at] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, static_cast<unsigned char>(to - at - 1), 0);
        ++at;
    };
    program[at++] = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
    for (const unsigned change : kChanges) jump(change, kLie);
    jump(SYS_setns, kRefuse);
    program[at++] = answer(SECCOMP_RET_ALLOW);
    program[at++] = answer(SECCOMP_RET_ERRNO | 0);
    program[at++] = answer(SECCOMP_RET_ERRNO | EPERM);
    const sock_fprog filter = {static_cast<unsigned short>(at), program};
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0)
        return errno_error("load the filter of fakeroot");
    return success();
}

// The namespace is put behind a descriptor of ours by the supervisor, once it has said yes.
Result<> join() {
    const FileDescriptor place(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!place) return errno_error("open", "/dev/null");
    return namespaces::join_user(place.get());
}

Result<> verify_root() {
    uid_t uids[3] = {};
    gid_t gids[3] = {};
    if (::getresuid(&uids[0], &uids[1], &uids[2]) != 0) return errno_error("getresuid");
    if (::getresgid(&gids[0], &gids[1], &gids[2]) != 0) return errno_error("getresgid");
    for (const uid_t uid : uids)
        if (uid != 0)
            return refused(EPERM, "cannot become root of the account's own files: a user id is not 0");
    for (const gid_t gid : gids)
        if (gid != 0)
            return refused(EPERM, "cannot become root of the account's own files: a group id is not 0");
    return success();
}

}  // namespace

Result<> enter() {
    JAIL_TRY(join());
    JAIL_TRY(credentials::renounce_capabilities());
    JAIL_TRY(verify_root());
    return pretend_to_change_owners();
}

}  // namespace jail::fakeroot
