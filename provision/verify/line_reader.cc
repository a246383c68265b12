// SPDX-License-Identifier: Apache-2.0
#include "provision/verify/line_reader.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>

#include "provision/base/problem.h"
#include "provision/base/signal_block.h"

namespace jail::provision {

namespace {

constexpr std::size_t kMostBytes = 256u << 10;
constexpr int kBetweenMs = 200;  // of two looks for an interruption

}  // namespace

Result<> read_lines(int descriptor, Time deadline, const std::function<bool(const std::string&)>& take) {
    std::string rest;
    std::size_t total = 0;
    char buffer[4096];
    for (;;) {
        pollfd waiting = {descriptor, POLLIN, 0};
        const int ready = ::poll(&waiting, 1, std::min(kBetweenMs, poll_timeout(deadline, now())));
        if (ready < 0 && errno != EINTR) return errno_error("poll");
        if (SignalBlock::interrupted()) return problem("interrupted");
        if (ready <= 0 && now() >= deadline) return Error(ETIMEDOUT, "wait for", "a probe");
        if (ready <= 0) continue;
        const ssize_t got = ::read(descriptor, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno_error("read", "the lines of a probe");
        if (got == 0) return success();
        total += static_cast<std::size_t>(got);
        if (total > kMostBytes) return problem("a probe says more than it may");
        rest.append(buffer, static_cast<std::size_t>(got));
        for (std::size_t end = 0; (end = rest.find('\n')) != std::string::npos; rest.erase(0, end + 1))
            if (!take(rest.substr(0, end))) return success();
    }
}

}  // namespace jail::provision
