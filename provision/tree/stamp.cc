// SPDX-License-Identifier: Apache-2.0
#include "provision/tree/stamp.h"

#include <cstdint>

#include "provision/base/file_io.h"
#include "provision/base/replacement.h"
#include "provision/base/version.h"
#include "provision/config/default_limits.h"
#include "provision/host/source_index.h"

namespace jail::provision {

namespace {

constexpr std::size_t kMaxStampBytes = 64u << 20;

std::string stamp_file(const Layout& layout, const std::string& jail) {
    return layout.state_dir + "/stamps/" + jail;
}

// Includes an input that is not a file: the default limit changes with the machine's memory.
std::string header(const Layout& layout) {
    const Result<std::uint64_t> memory = default_memory(layout);
    return "jail stamp 3 " + std::to_string(memory ? memory.value() : 0) + " " + kVersion + "\n";
}

}  // namespace

bool stamp_holds(const Layout& layout, const std::string& jail) {
    const Result<std::string> text = read_file(stamp_file(layout, jail), kMaxStampBytes);
    const std::string expected = header(layout);
    if (!text || !text.value().starts_with(expected)) return false;
    std::string_view rest = std::string_view(text.value()).substr(expected.size());
    std::size_t files = 0;
    while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        if (end == std::string_view::npos) return false;
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end + 1);
        FileState then;
        if (!decode_state(line, then) || !then.same_as(read_state(std::string(line)))) return false;
        ++files;
    }
    return files > 0;
}

Result<> save_stamp(const Layout& layout, const std::string& jail, const FileStates& states) {
    std::string text = header(layout);
    const std::int64_t now = now_ns();
    for (const auto& [path, state] : states.all()) {
        // Our own files are only ever replaced by new inodes, so theirs are never ambiguous.
        const bool own = path.starts_with(layout.state_dir + "/");
        if ((!own && state.racy(now)) || path.find('\n') != std::string::npos) return success();
        text += encode_state(state) + path + "\n";
    }
    JAIL_TRY(make_directories(layout.state_dir + "/stamps"));
    return replace_cache(stamp_file(layout, jail), text);
}

}  // namespace jail::provision
