#include "provision/config/limit_reader.h"

#include <cstdint>

namespace jail::provision {

namespace {

using Node = YamlNode;
using Reader = FieldReader;

constexpr std::uint64_t kLeastMemory = 4u << 20;  // below, not even a shell starts
constexpr std::uint64_t kLeastIdle = 10;          // seconds; the kernel notes a terminal's use to 8

using ReadNumber = void (Reader::*)(const Node&, std::uint64_t&, Range);

void read_limit(Reader& in, const Node& value, Located<std::uint64_t>& limit, ReadNumber read, Range range) {
    const std::size_t before = in.diagnostics().size();
    range.or_none = true;
    (in.*read)(value, limit.value, range);
    if (in.diagnostics().size() == before) limit.at = value.at;
}

constexpr std::uint64_t kMostBytes = 1ull << 60;
constexpr Range kBytesASecond = {4096, kMostBytes};

constexpr Field<LimitRequest> kIoFields[] = {
    {"read", [](Reader& in, const Node& value,
                LimitRequest& l) { read_limit(in, value, l.io_read_bytes, &Reader::size, kBytesASecond); }},
    {"write", [](Reader& in, const Node& value,
                 LimitRequest& l) { read_limit(in, value, l.io_write_bytes, &Reader::size, kBytesASecond); }},
};

void read_io(Reader& in, const Node& value, LimitRequest& limits) {
    if (value.kind == Node::Kind::kScalar && value.scalar == "none")
        limits.io_read_bytes = limits.io_write_bytes = {kNotLimited, value.at};
    else
        read_fields<LimitRequest>(in, value, kIoFields, limits);
}

constexpr Field<LimitRequest> kLimitFields[] = {
    {"memory",
     [](Reader& in, const Node& value, LimitRequest& l) {
         read_limit(in, value, l.memory_bytes, &Reader::size, {kLeastMemory, kMostBytes});
     }},
    {"swap",
     [](Reader& in, const Node& value, LimitRequest& l) {
         read_limit(in, value, l.swap_bytes, &Reader::size, {0, kMostBytes});
     }},
    {"tasks",
     [](Reader& in, const Node& value, LimitRequest& l) {
         read_limit(in, value, l.tasks, &Reader::count, {4, 4'194'304});
     }},
    {"cpu",
     [](Reader& in, const Node& value, LimitRequest& l) {
         read_limit(in, value, l.cpu_percent, &Reader::percentage, {1, 100'000});
     }},
    {"cpu_time", [](Reader& in, const Node& value,
                    LimitRequest& l) { read_limit(in, value, l.cpu_seconds, &Reader::duration, {1}); }},
    {"io", read_io, keys_of<kIoFields>},
    {"open_files",
     [](Reader& in, const Node& value, LimitRequest& l) {
         read_limit(in, value, l.open_files, &Reader::count, {16, 1'048'576});
     }},
    {"file_size",
     [](Reader& in, const Node& value, LimitRequest& l) {
         read_limit(in, value, l.file_size_bytes, &Reader::size, {1, kMostBytes});
     }},
    {"sessions",
     [](Reader& in, const Node& value, LimitRequest& l) {
         read_limit(in, value, l.sessions, &Reader::count, {1, 65'535});
     }},
    {"idle", [](Reader& in, const Node& value,
                LimitRequest& l) { read_limit(in, value, l.idle_seconds, &Reader::duration, {kLeastIdle}); }},
    {"session_time",
     [](Reader& in, const Node& value, LimitRequest& l) {
         read_limit(in, value, l.session_seconds, &Reader::duration, {kLeastIdle});
     }},
};

}  // namespace

void read_limits(FieldReader& reader, const YamlNode& node, LimitRequest& limits) {
    read_fields<LimitRequest>(reader, node, kLimitFields, limits);
}

std::vector<std::string> limit_keys() {
    return list_keys(kLimitFields);
}

}  // namespace jail::provision
