// SPDX-License-Identifier: Apache-2.0
#include "provision/running/top_view.h"

#include <algorithm>

#include "provision/running/top_lines.h"

namespace jail::provision {

namespace {

constexpr std::size_t kOtherLines = 3;  // title, header, last line
constexpr char kKeys[] = "c cpu  m memory  t tasks  a account  up down  k kill  f freeze/thaw  q quit";

std::string question_of(const Action& action) {
    const std::string account = ascii(action.account);
    if (action.deed == Deed::kEnd) return "End all sessions and processes of " + account + "? y/n";
    if (action.deed == Deed::kFreeze) return "Freeze all that " + account + " runs? y/n";
    return "Let " + account + " go on? y/n";
}

}  // namespace

void TopView::take(std::vector<InstanceRow> rows) {
    const std::string account = rows_.empty() ? std::string() : rows_[selected_].instance.account;
    rows_ = std::move(rows);
    sort_rows(rows_, key_);
    const auto named = [&](const std::string& name) {
        return std::find_if(rows_.begin(), rows_.end(),
                            [&](const InstanceRow& row) { return row.instance.account == name; });
    };
    const auto same = named(account);
    select(same != rows_.end() ? static_cast<std::size_t>(same - rows_.begin()) : selected_);
    if (question_ && named(question_->account) == rows_.end()) {
        say(ascii(question_->account) + ": its jail has ended");
        question_.reset();
    }
}

void TopView::select(std::size_t index) {
    selected_ = rows_.empty() ? 0 : std::min(index, rows_.size() - 1);
}

void TopView::sort(SortKey key) {
    key_ = key;
    take(std::vector(rows_));  // a copy: the account that is selected is looked up among the old ones
}

void TopView::ask(Deed deed) {
    if (rows_.empty()) return say("no jail runs");
    const InstanceRow& row = rows_[selected_];
    if (deed == Deed::kFreeze && row.frozen) deed = Deed::kThaw;
    question_ = Action{deed, row.instance.account};
}

Action TopView::answer(int key) {
    const Action asked = *std::exchange(question_, std::nullopt);
    if (key == 'y' || key == 'Y') return asked;
    say("nothing was done");
    return {};
}

Action TopView::press(int key, std::size_t page) {
    if (question_) return answer(key);
    message_.clear();
    const std::size_t step = std::max<std::size_t>(page, 1);
    switch (key) {
        case 'q':
            return {Deed::kQuit};
        case 'c':
            sort(SortKey::kCpu);
            break;
        case 'm':
            sort(SortKey::kMemory);
            break;
        case 't':
            sort(SortKey::kTasks);
            break;
        case 'a':
            sort(SortKey::kAccount);
            break;
        case kKeyUp:
            select(selected_ - std::min<std::size_t>(selected_, 1));
            break;
        case kKeyDown:
            select(selected_ + 1);
            break;
        case kKeyPageUp:
            select(selected_ - std::min(selected_, step));
            break;
        case kKeyPageDown:
            select(selected_ + step);
            break;
        case kKeyHome:
            select(0);
            break;
        case kKeyEnd:
            select(rows_.size());
            break;
        case 'k':
            ask(Deed::kEnd);
            break;
        case 'f':
            ask(Deed::kFreeze);
            break;
        default:
            break;
    }
    return {};
}

std::size_t TopView::page_of(ScreenSize size) {
    return size.lines > kOtherLines ? size.lines - kOtherLines : 0;
}

std::string TopView::last_line() const {
    if (question_) return question_of(*question_);
    return message_.empty() ? kKeys : message_;
}

std::vector<FrameLine> TopView::frame(ScreenSize size, std::int64_t now) {
    using Style = FrameLine::Style;
    const std::size_t page = page_of(size);
    if (selected_ < first_) first_ = selected_;
    if (page != 0 && selected_ >= first_ + page) first_ = selected_ - page + 1;
    if (rows_.size() <= page) first_ = 0;
    std::vector<FrameLine> lines = {{title_line(rows_, key_, now), Style::kBold},
                                    {"  " + header_line(), Style::kReverse}};
    for (std::size_t i = first_; i < std::min(first_ + page, rows_.size()); ++i)
        // The mark is for terminals that have no attributes.
        lines.push_back({(i == selected_ ? "> " : "  ") + row_line(rows_[i], now),
                         i == selected_ ? Style::kReverse : Style::kPlain});
    // The last line has the question: it is there also where there is room for nothing else.
    lines.resize(size.lines == 0 ? 0 : size.lines - 1);
    if (size.lines != 0) lines.push_back({last_line(), question_ ? Style::kBold : Style::kPlain});
    for (FrameLine& line : lines) line.text = line.text.substr(0, size.columns);
    return lines;
}

}  // namespace jail::provision
