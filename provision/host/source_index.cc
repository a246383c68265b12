// SPDX-License-Identifier: Apache-2.0
#include "provision/host/source_index.h"

#include <charconv>

#include "provision/base/file_io.h"
#include "provision/base/replacement.h"

namespace jail::provision {

namespace {

constexpr std::size_t kMaxIndexBytes = 256u << 20;
constexpr std::string_view kVersion = "jail source index 1\n";

template <class Number>
bool take_number(std::string_view& line, Number& number) {
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    if (error != std::errc() || end == line.data() + line.size() || *end != ' ') return false;
    line.remove_prefix(static_cast<std::size_t>(end - line.data()) + 1);
    return true;
}

}  // namespace

std::string encode_state(const FileState& state) {
    std::string line;
    const auto put = [&line](auto number) { line += std::to_string(number) + " "; };
    put(static_cast<unsigned>(state.kind));
    put(static_cast<unsigned>(state.listed));
    put(state.mode);
    put(state.device);
    put(state.inode);
    put(state.size);
    put(state.modified_ns);
    put(state.changed_ns);
    return line;
}

bool decode_state(std::string_view& line, FileState& state) {
    unsigned kind = 0, listed = 0;
    const bool good = take_number(line, kind) && take_number(line, listed) && take_number(line, state.mode) &&
                      take_number(line, state.device) && take_number(line, state.inode) &&
                      take_number(line, state.size) && take_number(line, state.modified_ns) &&
                      take_number(line, state.changed_ns);
    state.kind = static_cast<FileKind>(kind);
    state.listed = listed != 0;
    return good && kind <= static_cast<unsigned>(FileKind::kOther);
}

SourceIndex::SourceIndex(std::string path) : path_(std::move(path)) {
    const Result<std::string> text = read_file(path_, kMaxIndexBytes);
    if (!text || !text.value().starts_with(kVersion)) return;
    std::string_view rest = std::string_view(text.value()).substr(kVersion.size());
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        Known known;
        if (!decode_state(line, known.state) || line.size() < 66) continue;
        known.hash = line.substr(0, 64);
        known_[std::string(line.substr(65))] = std::move(known);
    }
}

std::string SourceIndex::find(const std::string& source, const FileState& now) const {
    const auto place = known_.find(source);
    return place != known_.end() && place->second.state.same_as(now) ? place->second.hash : "";
}

void SourceIndex::remember(const std::string& source, const FileState& state, const std::string& hash) {
    if (state.racy(now_ns()) || source.find('\n') != std::string::npos) return;
    known_[source] = {state, hash};
    changed_ = true;
}

Result<> SourceIndex::save() {
    if (!changed_) return success();
    std::string text(kVersion);
    for (const auto& [source, known] : known_)
        text += encode_state(known.state) + known.hash + " " + source + "\n";
    JAIL_TRY(replace_cache(path_, text));
    changed_ = false;
    return success();
}

}  // namespace jail::provision
