// SPDX-License-Identifier: Apache-2.0
// Steps to take back, last first, unless everything went well.
#pragma once

#include <functional>
#include <vector>

namespace jail::provision {

class Undo {
public:
    Undo() = default;
    ~Undo() {
        for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) (*step)();
    }
    Undo(const Undo&) = delete;
    Undo& operator=(const Undo&) = delete;

    void push(std::function<void()> step) { steps_.push_back(std::move(step)); }
    void keep() { steps_.clear(); }

private:
    std::vector<std::function<void()>> steps_;
};

}  // namespace jail::provision
