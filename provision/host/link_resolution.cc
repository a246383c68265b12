// SPDX-License-Identifier: Apache-2.0
#include "provision/host/link_resolution.h"

#include <algorithm>

namespace jail::provision {

namespace {

constexpr std::size_t kMaxSymlinks = 40;

}  // namespace

ResolvedPath resolve_links(const std::string& path,
                           const std::function<std::optional<std::string>(const std::string&)>& target_of) {
    ResolvedPath resolved;
    std::string& current = resolved.path;
    for (std::string rest = path;;) {
        const std::size_t start = rest.find_first_not_of('/');
        if (start == std::string::npos) break;
        const std::size_t end = std::min(rest.find('/', start), rest.size());
        const std::string component = rest.substr(start, end - start);
        rest.erase(0, end);
        if (component == ".") continue;
        if (component == "..") {
            current.resize(current.empty() ? 0 : current.rfind('/'));
            continue;
        }
        const std::string next = current + "/" + component;
        const std::optional<std::string> target = target_of(next);
        if (!target) {
            current = next;
            continue;
        }
        if (resolved.links.size() >= kMaxSymlinks) return {};
        resolved.links.push_back(next);
        if (target->starts_with('/')) current.clear();
        rest = *target + rest;
    }
    return resolved;
}

}  // namespace jail::provision
