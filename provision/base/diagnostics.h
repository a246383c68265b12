// SPDX-License-Identifier: Apache-2.0
// Everything that is wrong with the configuration, collected: an administrator corrects all of it in one go.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jail::provision {

// Where in a YAML file something was written. Lines and columns count from 1; line 0 means the file as a
// whole.
struct Position {
    std::shared_ptr<const std::string> file;
    int line = 0;
    int column = 0;
};

template <class T>
struct Located {
    T value{};
    Position at;
};

class Diagnostics {
public:
    void add(const Position& at, std::string_view text);
    bool empty() const { return count_ == 0; }
    std::size_t size() const { return count_; }  // of everything that was added
    // "file:line:column: text", in the order of discovery, each once; a hostile file gets a bounded answer.
    const std::vector<std::string>& lines() const { return lines_; }
    // A remark that is not an error.
    void note(const Position& at, std::string_view text);
    const std::vector<std::string>& notes() const { return notes_; }
    std::string joined() const;

private:
    std::vector<std::string> lines_;
    std::vector<std::string> notes_;
    std::size_t count_ = 0;
};

std::string to_string(const Position& at);

}  // namespace jail::provision
