// SPDX-License-Identifier: Apache-2.0
#include "supervisor/recorder/syslog_message.h"

#include <syslog.h>

#include <algorithm>
#include <cctype>
#include <cstddef>

#include "libjail/base/escape.h"

namespace jail::supervisor {
namespace {

constexpr std::size_t kMaxText = 1900;
constexpr int kDefault = LOG_USER | LOG_NOTICE;  // of a message without a priority (RFC 3164, 4.3.3)
constexpr int kMost = LOG_LOCAL7 | LOG_DEBUG;

// Takes "<N>" off the front. Anything but a priority stays text.
int take_priority(std::string_view& text) {
    const std::size_t end = text.substr(0, 5).find('>');
    if (text.empty() || text[0] != '<' || end == std::string_view::npos || end < 2) return kDefault;
    int priority = 0;
    for (const char digit : text.substr(1, end - 1)) {
        if (digit < '0' || digit > '9') return kDefault;
        priority = 10 * priority + (digit - '0');
    }
    if (priority > kMost) return kDefault;
    text.remove_prefix(end + 1);
    return priority;
}

// "Jan  2 03:04:05 ": the sender's idea of the time.
void drop_timestamp(std::string_view& text) {
    constexpr std::string_view kShape = "Aaa _0 00:00:00 ";
    if (text.size() < kShape.size()) return;
    const bool is_one = std::equal(kShape.begin(), kShape.end(), text.begin(), [](char shape, char c) {
        const auto byte = static_cast<unsigned char>(c);
        if (shape == 'A' || shape == 'a') return std::isalpha(byte) != 0;
        if (shape == '_') return c == ' ' || std::isdigit(byte) != 0;
        return shape == '0' ? std::isdigit(byte) != 0 : c == shape;
    });
    if (is_one) text.remove_prefix(kShape.size());
}

}  // namespace

std::string forwarded_message(std::string_view received, const LogSender& sender, const std::string& name,
                              const std::string& timestamp) {
    while (!received.empty() && (received.back() == '\n' || received.back() == '\0'))
        received.remove_suffix(1);
    int priority = take_priority(received);
    if (sender.root) return "<" + std::to_string(priority) + ">" + printable(received, kMaxText);
    drop_timestamp(received);
    priority = LOG_USER | std::max(LOG_PRI(priority), LOG_ERR);
    return "<" + std::to_string(priority) + ">" + timestamp + " jail[" + std::to_string(sender.pid) +
           "]: " + name + ": " + printable(received, kMaxText);
}

}  // namespace jail::supervisor
