// SPDX-License-Identifier: Apache-2.0
// While this lives, signals that would end the program, and SIGWINCH, can be read from a descriptor instead:
// curses' terminal is put back before the program ends.
#pragma once

#include <signal.h>

#include <optional>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail::provision {

class StopSignals {
public:
    static Result<StopSignals> catch_all();
    StopSignals(StopSignals&& other) noexcept;
    StopSignals& operator=(StopSignals&&) = delete;
    ~StopSignals();

    int descriptor() const { return signals_.get(); }
    // The next one that has come.
    std::optional<int> next();

private:
    StopSignals(FileDescriptor signals, const sigset_t& before)
        : signals_(std::move(signals)), before_(before) {}

    FileDescriptor signals_;
    sigset_t before_;
};

}  // namespace jail::provision
