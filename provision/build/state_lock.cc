// SPDX-License-Identifier: Apache-2.0
#include "provision/build/state_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <time.h>

#include "libjail/base/clock.h"
#include "libjail/policy/trusted_store.h"
#include "provision/base/file_io.h"
#include "provision/base/problem.h"

namespace jail::provision {

namespace {

constexpr auto kPollPause = 20ms;
constexpr unsigned kPollsPerSecond = 1s / kPollPause;

// Every login would refuse a record that others could change: refuse to publish it there.
Result<> require_trust(const Layout& layout) {
    if (layout.state_dir != paths::kStateDir)
        return success();  // a test's own directory, which is not root's
    for (const char* below : {"", "/accounts", "/generations", "/manifests", "/store", "/trees"}) {
        const auto directory = open_trusted_directory(layout.state_dir + below);
        if (!directory && directory.error().code() != ENOENT)
            return problem(directory.error().message() +
                           "; give it, and what is above it, to root and run chmod go-w");
    }
    return success();
}

}  // namespace

Result<StateLock> StateLock::take(const Layout& layout, unsigned timeout_seconds,
                                  const std::function<void()>& on_wait) {
    JAIL_TRY(make_directories(layout.state_dir));
    JAIL_TRY(require_trust(layout));
    const std::string path = layout.state_dir + "/lock";
    FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) return errno_error("open", path);
    for (unsigned poll = 0; ::flock(file.get(), LOCK_EX | LOCK_NB) != 0; ++poll) {
        if (errno != EWOULDBLOCK && errno != EINTR) return errno_error("lock", path);
        if (poll == 0) on_wait();
        if (poll >= timeout_seconds * kPollsPerSecond)
            return problem("another jail-provision has held " + path + " for " +
                           std::to_string(timeout_seconds) +
                           " s; try again later, or with a longer --lock-timeout");
        pause_for(kPollPause);
    }
    return StateLock(std::move(file));
}

}  // namespace jail::provision
