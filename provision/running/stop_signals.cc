// SPDX-License-Identifier: Apache-2.0
#include "provision/running/stop_signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <utility>

namespace jail::provision {

Result<StopSignals> StopSignals::catch_all() {
    sigset_t wanted, before;
    (void)::sigemptyset(&wanted);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH}) (void)::sigaddset(&wanted, signal);
    FileDescriptor signals(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals) return errno_error("signalfd", "");
    (void)::sigprocmask(SIG_BLOCK, &wanted, &before);
    return StopSignals(std::move(signals), before);
}

StopSignals::StopSignals(StopSignals&& other) noexcept
    : signals_(std::move(other.signals_)), before_(other.before_) {}

StopSignals::~StopSignals() {
    if (!signals_) return;
    while (next()) {
    }  // those that would end the program now, after it was asked to
    (void)::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<int> StopSignals::next() {
    signalfd_siginfo signal = {};
    if (::read(signals_.get(), &signal, sizeof signal) != sizeof signal) return std::nullopt;
    return static_cast<int>(signal.ssi_signo);
}

}  // namespace jail::provision
