// SPDX-License-Identifier: Apache-2.0
#include "supervisor/reports/terminal_line.h"

namespace jail::supervisor {
namespace {

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 10 &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string terminal_line(unsigned index, uid_t uid, std::uint32_t session) {
    return "pts/" + std::to_string(index) + "@" + std::to_string(uid) +
           (session == 0 ? "" : "." + std::to_string(session));
}

std::string_view owner_of(std::string_view line) {
    constexpr std::string_view kStart = "pts/";
    const std::size_t at = line.find('@');
    if (at == std::string_view::npos || line.substr(0, kStart.size()) != kStart) return {};
    const std::string_view whose = line.substr(at + 1);
    const std::string_view owner = whose.substr(0, whose.find('.'));
    const bool ours = is_number(line.substr(kStart.size(), at - kStart.size())) && is_number(owner) &&
                      (owner.size() == whose.size() || is_number(whose.substr(owner.size() + 1)));
    return ours ? owner : std::string_view();
}

}  // namespace jail::supervisor
