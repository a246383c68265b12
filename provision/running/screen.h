// SPDX-License-Identifier: Apache-2.0
// The terminal as curses draws on it (ncurses(3X)). While a Screen lives the terminal is in curses' modes;
// its end puts back what was there.
#pragma once

#include <optional>
#include <vector>

#include "libjail/base/result.h"
#include "provision/running/top_view.h"

namespace jail::provision {

class Screen {
public:
    // Standard input and output. ENOTTY: one of them is no terminal. EINVAL: of a kind that curses does not
    // know, or that cannot be drawn on.
    static Result<Screen> open();
    Screen(Screen&& other) noexcept;
    Screen& operator=(Screen&&) = delete;
    ~Screen();

    ScreenSize size() const;
    // After SIGWINCH.
    void resize();
    void show(const std::vector<FrameLine>& lines);
    // A character, or kKeyUp, ...; nullopt: no key waits. Never waits itself, but for the rest of a sequence.
    std::optional<int> key();

private:
    explicit Screen(void* terminal) : terminal_(terminal) {}

    void* terminal_;  // curses' SCREEN: its header's macros stay out of ours
};

}  // namespace jail::provision
