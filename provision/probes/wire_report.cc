// SPDX-License-Identifier: Apache-2.0
#include "provision/probes/wire_report.h"

#include <algorithm>
#include <iterator>

#include "libjail/base/escape.h"

namespace jail::provision {

namespace {

constexpr std::size_t kMostDetail = 300;

constexpr std::string_view kWays[] = {
    "login",       "exec",  "shell", "terminal",     "sftp-subsystem",    "sftp-command", "scp-to",
    "scp-from",    "rsync", "git",   "forward-host", "dynamic",           "remote",       "forward-inside",
    "streamlocal", "agent", "x11",   "environment",  "environment-other",
};

constexpr std::string_view kSeen[] = {"inside", "outside", "open", "refused", "absent", "untried"};

std::string_view next_field(std::string_view& line) {
    const std::size_t end = std::min(line.find('\t'), line.size());
    const std::string_view field = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return field;
}

}  // namespace

std::span<const std::string_view> wire_ways() {
    return kWays;
}

std::string encode(const WireReport& report) {
    return report.way + "\t" + std::string(kSeen[static_cast<std::size_t>(report.seen)]) + "\t" +
           ::jail::printable(report.detail, kMostDetail) + "\n";
}

std::optional<WireReport> decode_wire_report(std::string_view line) {
    const std::string_view way = next_field(line), seen = next_field(line);
    const auto known = std::find(std::begin(kWays), std::end(kWays), way);
    const auto word = std::find(std::begin(kSeen), std::end(kSeen), seen);
    if ((known == std::end(kWays) && way != kTimedLogin) || word == std::end(kSeen)) return std::nullopt;
    return WireReport{std::string(way), static_cast<Seen>(word - std::begin(kSeen)),
                      ::jail::printable(line, kMostDetail)};
}

}  // namespace jail::provision
