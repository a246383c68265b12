#include "supervisor/limit_watch.h"

#include <sys/inotify.h>

namespace jail {
namespace {

constexpr long long kQuietMs = 10000;

}  // namespace

void LimitWatch::start(const Usage& usage) {
    auto watch = FileWatch::create();
    if (!watch) return;  // all of the host's watches are taken
    for (const std::string& file : usage.event_files()) (void)watch->add(file, IN_MODIFY);
    watch_ = std::move(watch).value();
}

void LimitWatch::look(long long now_ms, const Usage& usage, EventLog& log, bool last) {
    if (!last && now_ms < quiet_until_ms_) return;
    quiet_until_ms_ = -1;
    if (watch_) watch_->clear();
    const LimitHits hits = usage.limit_hits();
    const struct {
        const char* name;
        std::uint64_t before, now;
    } limits[] = {{"memory", reported_.memory, hits.memory},
                  {"oom_kill", reported_.oom_kills, hits.oom_kills},
                  {"tasks", reported_.tasks, hits.tasks}};
    for (const auto& limit : limits) {
        if (limit.now <= limit.before) continue;
        log.limit_hit(limit.name, limit.now - limit.before);
        quiet_until_ms_ = now_ms + kQuietMs;
    }
    reported_ = hits;
}

}  // namespace jail
