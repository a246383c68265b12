#include "provision/state_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <time.h>

#include "provision/file_io.h"
#include "provision/problem.h"

namespace jail::provision {

namespace {

constexpr long kPollNanoseconds = 20'000'000;
constexpr unsigned kPollsPerSecond = 50;

}  // namespace

Result<StateLock> StateLock::take(const Layout& layout, unsigned timeout_seconds,
                                  const std::function<void()>& on_wait) {
    JAIL_TRY(make_directories(layout.state_dir));
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
        const timespec pause = {0, kPollNanoseconds};
        (void)::nanosleep(&pause, nullptr);
    }
    return StateLock(std::move(file));
}

}  // namespace jail::provision
