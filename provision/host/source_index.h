// SPDX-License-Identifier: Apache-2.0
// The hash of each of the host's files, and its state at that time: a file that still looks the same is
// not read again. A cache: losing it costs time, never correctness.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "libjail/base/result.h"
#include "provision/host/file_states.h"

namespace jail::provision {

std::string encode_state(const FileState& state);
bool decode_state(std::string_view& line, FileState& state);  // removes what it read

class SourceIndex {
public:
    explicit SourceIndex(std::string path);

    // The file's hash, or empty when it changed or was never seen.
    std::string find(const std::string& source, const FileState& now) const;
    void remember(const std::string& source, const FileState& state, const std::string& hash);
    Result<> save();

private:
    struct Known {
        FileState state;
        std::string hash;
    };
    std::string path_;
    std::unordered_map<std::string, Known> known_;
    bool changed_ = false;
};

}  // namespace jail::provision
