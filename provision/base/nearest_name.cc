// SPDX-License-Identifier: Apache-2.0
#include "provision/base/nearest_name.h"

#include <algorithm>
#include <vector>

namespace jail::provision {

namespace {

constexpr std::size_t kLongestName = 64;  // a longer one is not a mistyped known name

}  // namespace

unsigned edit_distance(std::string_view a, std::string_view b) {
    std::vector<unsigned> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) above[j] = static_cast<unsigned>(j);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = static_cast<unsigned>(i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, above);
        std::swap(above, row);
    }
    return above[b.size()];
}

std::string nearest_name(std::string_view name, std::span<const std::string> known) {
    if (name.empty() || name.size() > kLongestName) return {};
    unsigned best = static_cast<unsigned>(std::max<std::size_t>(1, name.size() / 3)) + 1;
    std::string nearest;
    for (const std::string& candidate : known) {
        if (candidate.size() > name.size() + best || name.size() > candidate.size() + best) continue;
        const unsigned distance = edit_distance(name, candidate);
        if (distance < best) {
            best = distance;
            nearest = candidate;
        }
    }
    return nearest;
}

std::string did_you_mean(std::string_view name, std::span<const std::string> known) {
    const std::string nearest = nearest_name(name, known);
    return nearest.empty() ? "" : ", did you mean '" + nearest + "'?";
}

}  // namespace jail::provision
