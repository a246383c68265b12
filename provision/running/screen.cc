// SPDX-License-Identifier: Apache-2.0
#include "provision/running/screen.h"

#define NCURSES_NOMACROS  // erase, move, timeout, ... are functions
#include <curses.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "provision/base/problem.h"

namespace jail::provision {

namespace {

constexpr int kEscapeDelay = 25;  // ms within which the rest of an arrow key's sequence comes

attr_t attributes_of(FrameLine::Style style) {
    switch (style) {
        case FrameLine::Style::kBold:
            return A_BOLD;
        case FrameLine::Style::kReverse:
            return A_REVERSE;
        case FrameLine::Style::kPlain:
            break;
    }
    return A_NORMAL;
}

int key_of(int code) {
    switch (code) {
        case KEY_UP:
            return kKeyUp;
        case KEY_DOWN:
            return kKeyDown;
        case KEY_PPAGE:
            return kKeyPageUp;
        case KEY_NPAGE:
            return kKeyPageDown;
        case KEY_HOME:
            return kKeyHome;
        case KEY_END:
            return kKeyEnd;
        default:
            return code >= KEY_MIN ? static_cast<int>(kKeyOther) : code;
    }
}

}  // namespace

Result<Screen> Screen::open() {
    if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1) return Error(ENOTTY, "open", "terminal");
    // Not initscr(), which ends the program when it fails.
    SCREEN* const terminal = ::newterm(nullptr, stdout, stdin);
    const char* const kind = std::getenv("TERM");
    if (terminal == nullptr)
        return problem("a terminal of the kind '" + printable(kind == nullptr ? "" : kind) +
                       "' (TERM) is not known, or cannot be drawn on");
    (void)::set_term(terminal);
    (void)::cbreak();
    (void)::noecho();
    (void)::nonl();
    (void)::keypad(stdscr, TRUE);
    (void)::nodelay(stdscr, TRUE);
    (void)::set_escdelay(kEscapeDelay);
    (void)::curs_set(0);  // ERR where a terminal cannot hide it
    return Screen(terminal);
}

Screen::Screen(Screen&& other) noexcept : terminal_(std::exchange(other.terminal_, nullptr)) {}

Screen::~Screen() {
    if (terminal_ == nullptr) return;
    (void)::endwin();
    ::delscreen(static_cast<SCREEN*>(terminal_));
}

ScreenSize Screen::size() const {
    const int lines = ::getmaxy(stdscr), columns = ::getmaxx(stdscr);
    return {static_cast<std::size_t>(lines < 0 ? 0 : lines),
            static_cast<std::size_t>(columns < 0 ? 0 : columns)};
}

void Screen::resize() {
    winsize now = {};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &now) != 0 || now.ws_row == 0 || now.ws_col == 0) return;
    (void)::resizeterm(now.ws_row, now.ws_col);
    (void)::clearok(stdscr, TRUE);  // terminals move what they show when they change
}

void Screen::show(const std::vector<FrameLine>& lines) {
    (void)::werase(stdscr);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        (void)::wattrset(stdscr, static_cast<int>(attributes_of(lines[i].style)));
        // ERR at the last place of the screen, where the cursor has no next one.
        (void)::mvwaddnstr(stdscr, static_cast<int>(i), 0, lines[i].text.c_str(),
                           static_cast<int>(lines[i].text.size()));
    }
    (void)::wattrset(stdscr, A_NORMAL);
    (void)::wrefresh(stdscr);
}

std::optional<int> Screen::key() {
    const int code = ::wgetch(stdscr);
    return code == ERR ? std::nullopt : std::optional(key_of(code));
}

}  // namespace jail::provision
