// SPDX-License-Identifier: Apache-2.0
#include "provision/base/diagnostics.h"

#include <algorithm>

namespace jail::provision {

namespace {

constexpr std::size_t kMostLines = 200;  // enough for one round of corrections

// The text that was found is quoted from the file; it must not be able to drive the administrator's terminal.
std::string printable(std::string_view text) {
    std::string result;
    for (const unsigned char c : text) result += c < 0x20 || c == 0x7f ? '?' : static_cast<char>(c);
    return result;
}

void add_line(std::vector<std::string>& lines, const Position& at, std::string_view text) {
    const std::string place = to_string(at);
    std::string line = printable((place.empty() ? "" : place + ": ") + std::string(text));
    if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(std::move(line));
}

}  // namespace

std::string to_string(const Position& at) {
    std::string place = at.file ? *at.file : "";
    if (at.line > 0) place += ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
    return place;
}

void Diagnostics::add(const Position& at, std::string_view text) {
    ++count_;
    if (lines_.size() > kMostLines) return;
    if (lines_.size() == kMostLines)
        return lines_.push_back("more errors are not shown; correct these first");
    add_line(lines_, at, text);
}

void Diagnostics::note(const Position& at, std::string_view text) {
    if (notes_.size() < kMostLines) add_line(notes_, at, text);
}

std::string Diagnostics::joined() const {
    std::string all;
    for (const std::string& line : lines_) all += line + "\n";
    return all;
}

}  // namespace jail::provision
