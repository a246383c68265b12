// SPDX-License-Identifier: Apache-2.0
#include "provision/base/progress.h"

#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace jail::provision {

namespace {

constexpr std::size_t kWidestBar = 40;
constexpr std::size_t kNarrowestBar = 8;
constexpr char kEraseLine[] = "\r\033[K";

std::int64_t now_ms() {
    timespec now = {};
    (void)::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1'000'000;
}

std::size_t columns(int terminal) {
    winsize size = {};
    const bool known = ::ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : 80;
}

}  // namespace

std::string progress_line(const std::string& what, std::size_t done, std::size_t total, std::size_t columns) {
    done = std::min(done, total);
    const std::string count = std::to_string(done) + "/" + std::to_string(total) + " files";
    const std::size_t around = what.size() + count.size() + 7;  // blanks, brackets and the last column
    if (total == 0 || columns < around + kNarrowestBar) return {};
    const std::size_t width = std::min(columns - around, kWidestBar);
    const std::size_t filled = width * done / total;
    return what + "  [" + std::string(filled, '#') + std::string(width - filled, '-') + "]  " + count;
}

Progress::Progress() : clock_(now_ms) {}

void Progress::begin(const std::string& what, std::size_t total) {
    clear();
    what_ = what;
    total_ = total;
    started_ms_ = clock_();
    drawn_ms_ = started_ms_ - kBetweenMs;
}

void Progress::advance(std::size_t done) {
    const std::int64_t now = clock_();
    if (now - started_ms_ < kPatienceMs || now - drawn_ms_ < kBetweenMs) return;
    drawn_ms_ = now;
    draw(done);
}

void Progress::draw(std::size_t done) {
    if (::isatty(output_) == 0) return;
    const std::string line = progress_line(what_, done, total_, columns(output_));
    if (line.empty()) return;
    (void)::dprintf(output_, "\r%s", line.c_str());
    shown_ = true;
}

void Progress::clear() {
    if (!shown_) return;
    (void)::dprintf(output_, "%s", kEraseLine);
    shown_ = false;
}

}  // namespace jail::provision
