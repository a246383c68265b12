// SPDX-License-Identifier: Apache-2.0
#include "provision/host/reserved_paths.h"

namespace jail::provision {

namespace {

constexpr std::string_view kReserved[] = {
    "/dev",          "/proc",
    "/sys",          "/run",
    "/tmp",          "/etc/passwd",
    "/etc/group",    "/etc/hosts",
    "/etc/hostname", "/etc/resolv.conf",
    "/etc/jail",     "/etc/nsswitch.conf",
};

}  // namespace

bool is_or_below(std::string_view path, std::string_view directory) {
    if (directory.empty() || !path.starts_with(directory)) return false;
    return path.size() == directory.size() || path[directory.size()] == '/';
}

std::string reserved_place(std::string_view path, const std::vector<std::string>& homes) {
    for (const std::string_view place : kReserved)
        if (is_or_below(path, place)) return std::string(place);
    for (const std::string& home : homes)
        if (is_or_below(path, home)) return home;
    return {};
}

std::string reserved_below(std::string_view path, const std::vector<std::string>& homes) {
    for (const std::string_view place : kReserved)
        if (is_or_below(place, path)) return std::string(place);
    for (const std::string& home : homes)
        if (is_or_below(home, path)) return home;
    return {};
}

}  // namespace jail::provision
