// SPDX-License-Identifier: Apache-2.0
#include "provision/running/live_view.h"

#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "libjail/base/clock.h"
#include "provision/accounts/account_end.h"
#include "provision/accounts/freezer.h"
#include "provision/base/problem.h"
#include "provision/running/cpu_rates.h"
#include "provision/running/screen.h"
#include "provision/running/stop_signals.h"
#include "provision/running/top_lines.h"
#include "provision/running/top_view.h"

namespace jail::provision {

namespace {

constexpr int kSignalled = 128;  // as shells count

// The instance is the one that runs now, not when the row was read: it may be another instance of the
// account's.
std::string freeze_or_thaw(const Layout& layout, const Action& action) {
    for (const RunningInstance& instance : running_instances(layout)) {
        if (instance.account != action.account) continue;
        const bool is_freeze = action.deed == Deed::kFreeze;
        const Result<> done = is_freeze ? freeze(layout, instance) : thaw(layout, instance);
        if (!done) return describe(in_context(action.account, done.error()));
        return action.account + (is_freeze ? ": frozen" : ": goes on");
    }
    return action.account + ": no jail runs";
}

std::string end(const std::string& account) {
    const auto ended = end_account(account);
    return ended ? words_of(account, ended.value()) : describe(ended.error());
}

class LiveView {
public:
    LiveView(const Layout& layout, const Selection& selection, SortKey key, Screen& screen)
        : layout_(layout), selection_(selection), view_(key), screen_(screen) {}

    void look() {
        std::vector<InstanceRow> rows = instance_rows(layout_, selection_);
        rates_.apply(rows, now());
        view_.take(std::move(rows));
    }

    void draw() { screen_.show(view_.frame(screen_.size(), ::time(nullptr))); }

    // Whether to go on.
    bool obey_keys() {
        while (const auto key = screen_.key()) {
            const Action action = view_.press(*key, TopView::page_of(screen_.size()));
            if (action.deed == Deed::kQuit) return false;
            if (action.deed == Deed::kNone) continue;
            view_.say(ascii(action.account) + " ...");  // it can take seconds
            draw();
            view_.say(
                ascii(action.deed == Deed::kEnd ? end(action.account) : freeze_or_thaw(layout_, action)));
            look();
        }
        return true;
    }

private:
    const Layout& layout_;
    const Selection& selection_;
    CpuRates rates_;
    TopView view_;
    Screen& screen_;
};

// The signal that ends the program, if one has come.
std::optional<int> stopped_by(StopSignals& signals, Screen& screen) {
    while (const auto signal = signals.next()) {
        if (*signal != SIGWINCH) return signal;
        screen.resize();
    }
    return std::nullopt;
}

}  // namespace

Result<int> show_live(const Layout& layout, const Selection& selection, SortKey key,
                      std::chrono::milliseconds interval) {
    StopSignals signals = JAIL_TRY(StopSignals::catch_all());
    Screen screen = JAIL_TRY(Screen::open());  // ends before the signals work again
    LiveView view(layout, selection, key, screen);
    view.look();
    Time next = now() + std::min(kFirstLook, interval);
    for (;;) {
        view.draw();
        pollfd ready[] = {{STDIN_FILENO, POLLIN, 0}, {signals.descriptor(), POLLIN, 0}};
        if (::poll(ready, 2, poll_timeout(next, now())) < 0 && errno != EINTR)
            return errno_error("poll", "terminal");
        if (const auto signal = stopped_by(signals, screen)) return kSignalled + *signal;
        if ((ready[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) return kSignalled + SIGHUP;
        if (!view.obey_keys()) return 0;
        if (now() < next) continue;
        view.look();
        next = now() + interval;
    }
}

}  // namespace jail::provision
