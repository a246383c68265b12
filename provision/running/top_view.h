// SPDX-License-Identifier: Apache-2.0
// The view and the wishes of a person at top, apart from any terminal: which row is selected, which question
// is open, and what a key does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "provision/running/instance_row.h"
#include "provision/running/row_order.h"

namespace jail::provision {

// Keys besides characters.
enum : int { kKeyUp = 1000, kKeyDown, kKeyPageUp, kKeyPageDown, kKeyHome, kKeyEnd, kKeyOther };

enum class Deed { kNone, kQuit, kEnd, kFreeze, kThaw };

struct Action {
    Deed deed = Deed::kNone;
    std::string account = {};  // whose
};

struct FrameLine {
    enum class Style { kPlain, kBold, kReverse };
    std::string text;
    Style style = Style::kPlain;
};

struct ScreenSize {
    std::size_t lines = 0, columns = 0;
};

class TopView {
public:
    explicit TopView(SortKey key) : key_(key) {}

    // Sorts the rows. The selection stays with its account wherever that moves; when its jail has ended the
    // row that took its place is selected, and a question about it is over.
    void take(std::vector<InstanceRow> rows);

    // An action only where a question was answered by y. `page`: rows of a page.
    Action press(int key, std::size_t page);

    void say(const std::string& message) { message_ = message; }

    // As many lines as the screen has, each at most as long as it is wide. `now`: seconds since 1970.
    std::vector<FrameLine> frame(ScreenSize size, std::int64_t now);

    // Rows that a screen has room for.
    static std::size_t page_of(ScreenSize size);

    const std::vector<InstanceRow>& rows() const { return rows_; }

private:
    void sort(SortKey key);
    void select(std::size_t index);
    void ask(Deed deed);
    Action answer(int key);
    std::string last_line() const;

    SortKey key_;
    std::vector<InstanceRow> rows_;
    std::size_t selected_ = 0;  // of rows_, if there is any
    std::size_t first_ = 0;     // that is shown
    std::optional<Action> question_;
    std::string message_;
};

}  // namespace jail::provision
