// SPDX-License-Identifier: Apache-2.0
// How much one account may make us write: so many at once, so many a minute in the long run. Events over
// that are counted, so that the log can report their number.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "libjail/base/clock.h"

namespace jail::supervisor {

class TokenBucket {
public:
    TokenBucket(int burst, int per_minute)
        : burst_(burst * kToken), per_minute_(per_minute), level_(burst * kToken) {}

    // Whether one more may pass; if not it is counted. `now` never goes back.
    bool take(Time now) {
        refill(now);
        if (level_ < kToken) {
            ++suppressed_;
            return false;
        }
        level_ -= kToken;
        return true;
    }

    // When it will be full; resume() makes a bucket of the same parameters that full.
    Time full_at(Time now) {
        refill(now);
        return now + Milliseconds((burst_ - level_ + per_minute_ - 1) / per_minute_);
    }
    void resume(Time full_at, Time now) {
        filled_at_ = now;
        const auto missing = std::clamp((full_at - now).count(), Rep(0), burst_ / per_minute_);
        level_ = burst_ - missing * per_minute_;
    }

    std::uint64_t suppressed() const { return suppressed_; }
    // The count, which then starts anew.
    std::uint64_t take_suppressed() { return std::exchange(suppressed_, 0); }

private:
    using Milliseconds = BootClock::duration;
    using Rep = Milliseconds::rep;
    static constexpr Rep kToken = 60'000;  // that part of it flows in each millisecond for 1 a minute

    void refill(Time now) {
        const Milliseconds passed = filled_at_ ? std::min<Milliseconds>(now - *filled_at_, 1h) : 0ms;
        level_ = std::min(burst_, level_ + passed.count() * per_minute_);
        filled_at_ = now;
    }

    Rep burst_, per_minute_, level_;
    std::optional<Time> filled_at_;
    std::uint64_t suppressed_ = 0;
};

}  // namespace jail::supervisor
