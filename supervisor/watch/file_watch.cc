// SPDX-License-Identifier: Apache-2.0
#include "supervisor/watch/file_watch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace jail::supervisor {
namespace {

// These signals are not queued: however often a directory changes, its signal is pending once. The kernel
// falls back on SIGIO.
constexpr int kTerminals = SIGUSR1, kLogind = SIGUSR2, kEither = SIGIO;

Result<FileDescriptor> take_signals() {
    sigset_t set;
    (void)::sigemptyset(&set);
    for (const int signal : {kTerminals, kLogind, kEither}) (void)::sigaddset(&set, signal);
    // For good: they would end the process.
    if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return errno_error("sigprocmask");
    FileDescriptor signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals) return errno_error("signalfd");
    return signals;
}

}  // namespace

Result<FileDescriptor> FileWatch::add(const std::string& directory, Change change) {
    constexpr long kChanges = DN_CREATE | DN_DELETE | DN_RENAME;
    if (!signals_) signals_ = JAIL_TRY(take_signals());
    FileDescriptor watched(
        ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!watched) return errno_error("open", directory);
    if (::fcntl(watched.get(), F_SETSIG, change == Change::kTerminals ? kTerminals : kLogind) != 0 ||
        ::fcntl(watched.get(), F_NOTIFY, kChanges | static_cast<long>(DN_MULTISHOT)) != 0)
        return errno_error("watch", directory);
    return watched;
}

FileWatch::Changes FileWatch::take() {
    Changes changes;
    signalfd_siginfo information = {};
    while (::read(signals_.get(), &information, sizeof information) == sizeof information) {
        changes.terminals = changes.terminals || information.ssi_signo != kLogind;
        changes.logind = changes.logind || information.ssi_signo != kTerminals;
    }
    return changes;
}

}  // namespace jail::supervisor
