// SPDX-License-Identifier: Apache-2.0
// While this lives, SIGINT, SIGTERM, SIGHUP and SIGQUIT wait: a change is made whole or undone whole.
#pragma once

#include <signal.h>

namespace jail::provision {

class SignalBlock {
public:
    SignalBlock() {
        sigset_t stop = stopping();
        (void)::sigprocmask(SIG_BLOCK, &stop, &before_);
    }
    ~SignalBlock() {
        (void)::sigprocmask(SIG_SETMASK, &before_, nullptr);
    }  // one that waits is delivered here
    SignalBlock(const SignalBlock&) = delete;
    SignalBlock& operator=(const SignalBlock&) = delete;

    static bool interrupted() {
        sigset_t pending;
        (void)::sigpending(&pending);
        for (const int signal : kStopping)
            if (::sigismember(&pending, signal) == 1) return true;
        return false;
    }

private:
    static constexpr int kStopping[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    static sigset_t stopping() {
        sigset_t set;
        (void)::sigemptyset(&set);
        for (const int signal : kStopping) (void)::sigaddset(&set, signal);
        return set;
    }
    sigset_t before_;
};

}  // namespace jail::provision
