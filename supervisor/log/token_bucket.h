// How much one account may make us write: so many at once, so many a minute in the long run. What is over
// that is counted, so that the log says how much it does not say.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

namespace jail::supervisor {

class TokenBucket {
public:
    TokenBucket(long long burst, long long per_minute)
        : burst_(burst * kToken), per_minute_(per_minute), level_(burst * kToken) {}

    // Whether one more may pass; if not it is counted. `now_ms` never goes back.
    bool take(long long now_ms) {
        refill(now_ms);
        if (level_ < kToken) {
            ++suppressed_;
            return false;
        }
        level_ -= kToken;
        return true;
    }

    // When it will be full, or was, by the same clock; resume() makes a bucket of the same parameters that
    // full.
    long long full_at_ms(long long now_ms) {
        refill(now_ms);
        return now_ms + (burst_ - level_ + per_minute_ - 1) / per_minute_;
    }
    void resume(long long full_at_ms, long long now_ms) {
        filled_at_ms_ = now_ms;
        const long long missing_ms = std::clamp(full_at_ms - now_ms, 0LL, burst_ / per_minute_);
        level_ = burst_ - missing_ms * per_minute_;
    }

    std::uint64_t suppressed() const { return suppressed_; }
    // The count, which then starts anew.
    std::uint64_t take_suppressed() { return std::exchange(suppressed_, 0); }

private:
    static constexpr long long kToken = 60'000;  // that part of it flows in each millisecond for 1 a minute

    void refill(long long now_ms) {
        const long long passed = filled_at_ms_ == 0 ? 0 : std::min(now_ms - filled_at_ms_, 3'600'000LL);
        level_ = std::min(burst_, level_ + passed * per_minute_);
        filled_at_ms_ = now_ms;
    }

    long long burst_, per_minute_, level_;
    long long filled_at_ms_ = 0;
    std::uint64_t suppressed_ = 0;
};

}  // namespace jail::supervisor
