// SPDX-License-Identifier: Apache-2.0
#include "provision/accounts/reserved_terminal.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "libjail/confine/mount.h"

namespace jail::provision {
namespace {

constexpr char kTerminals[] = "/dev/pts";

Result<> show_instead(int devpts) {
    if (::unshare(CLONE_NEWNS) != 0) return errno_error("unshare", "the jail's mounts");
    const FileDescriptor target(::open(kTerminals, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!target) return errno_error("open", kTerminals);
    return mount::attach(devpts, target.get(), kTerminals);
}

}  // namespace

ReservedTerminal ReservedTerminal::prepare() {
    ReservedTerminal reserved;
    reserved.wanted_ = ::isatty(0) != 0 || ::isatty(1) != 0 || ::isatty(2) != 0;
    if (!reserved.wanted_) return reserved;
    // A failure only matters if the jail has no free terminal, and is reported then.
    if (auto made =
            mount::create("devpts", {{"ptmxmode", "0666"}, {"mode", "0620"}, {"gid", "5"}, {"max", "1"}},
                          MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC))
        reserved.devpts_ = std::move(made).value();
    return reserved;
}

Result<> ReservedTerminal::take() {
    if (!wanted_) return success();
    auto taken = take_terminal();
    if (!taken && taken.error().code() == ENOSPC && devpts_) {
        JAIL_TRY(show_instead(devpts_.get()));
        taken = take_terminal();
    }
    if (!taken) return std::move(taken).error();
    terminal_ = std::move(taken).value();
    return success();
}

}  // namespace jail::provision
