// SPDX-License-Identifier: Apache-2.0
#include "jailshell/info/places.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>

#include "jailshell/info/numbers.h"
#include "libjail/base/directory.h"
#include "libjail/base/files.h"

namespace jail::jailshell {
namespace {

constexpr std::size_t kMostTable = 4u << 20;

bool has_option(std::string_view options, std::string_view wanted) {
    while (!options.empty()) {
        const std::string_view option = options.substr(0, options.find(','));
        if (option == wanted) return true;
        options.remove_prefix(std::min(options.size(), option.size() + 1));
    }
    return false;
}

bool is_of_files(std::string_view type) {
    return type != "proc" && type != "devpts" && type.substr(0, 6) != "cgroup" && type != "mqueue";
}

// "\040" is a space (proc_pid_mountinfo(5)).
std::string without_escapes(std::string_view text) {
    std::string path;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto digit = [&](std::size_t at) { return static_cast<unsigned>(text[at] - '0'); };
        if (text[i] != '\\' || i + 3 >= text.size() || digit(i + 1) > 3 || digit(i + 2) > 7 ||
            digit(i + 3) > 7) {
            path += text[i];
            continue;
        }
        path += static_cast<char>(64 * digit(i + 1) + 8 * digit(i + 2) + digit(i + 3));
        i += 3;
    }
    return path;
}

std::optional<MountPlace> parse_mount(std::string_view line) {
    constexpr std::size_t kPlace = 4, kOptions = 5;
    const std::vector<std::string_view> fields = words_of(line);
    const auto dash = std::find(fields.begin(), fields.end(), "-");
    if (dash - fields.begin() <= static_cast<std::ptrdiff_t>(kOptions) || fields.end() - dash < 4)
        return std::nullopt;
    if (!is_of_files(dash[1])) return std::nullopt;
    const bool writable = has_option(fields[kOptions], "rw") && has_option(dash[3], "rw");
    return MountPlace{without_escapes(fields[kPlace]), writable, !has_option(fields[kOptions], "noexec")};
}

bool is_program(const std::string& path) {
    struct stat status = {};
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 0111) != 0;
}

bool is_directory(const std::string& path) {
    struct stat status = {};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace

std::vector<MountPlace> parse_mounts(std::string_view table) {
    std::vector<MountPlace> places;
    while (!table.empty()) {
        const std::string_view line = table.substr(0, table.find('\n'));
        table.remove_prefix(std::min(table.size(), line.size() + 1));
        auto place = parse_mount(line);
        if (!place) continue;
        const auto after = std::lower_bound(
            places.begin(), places.end(), *place,
            [](const MountPlace& one, const MountPlace& other) { return one.path < other.path; });
        if (after != places.end() && after->path == place->path)
            *after = *std::move(place);
        else
            places.insert(after, *std::move(place));
    }
    return places;
}

std::vector<MountPlace> writable_places(std::uint32_t uid) {
    const auto table = read_small_file("/proc/self/mountinfo", kMostTable);
    std::vector<MountPlace> places = table ? parse_mounts(table.value()) : std::vector<MountPlace>();
    for (MountPlace& place : places)
        if (place.path == "/run") place.path += "/user/" + std::to_string(uid);
    const auto is_closed = [](const MountPlace& place) {
        return !place.writable || !is_directory(place.path) || ::access(place.path.c_str(), W_OK | X_OK) != 0;
    };
    places.erase(std::remove_if(places.begin(), places.end(), is_closed), places.end());
    return places;
}

std::optional<Room> room_of(const std::string& path) {
    struct statvfs status = {};
    if (::statvfs(path.c_str(), &status) != 0) return std::nullopt;
    const std::uint64_t block = status.f_frsize;
    // The blocks that are kept for root are neither of the account's size nor left for it.
    const std::uint64_t kept = status.f_bfree - std::min(status.f_bfree, status.f_bavail);
    return Room{path, block * (status.f_blocks - std::min<std::uint64_t>(status.f_blocks, kept)),
                block * status.f_bavail};
}

std::vector<std::string> list_commands(std::string_view directories, const std::string& root) {
    std::vector<std::string> names;
    while (!directories.empty()) {
        const std::string_view directory = directories.substr(0, directories.find(':'));
        directories.remove_prefix(std::min(directories.size(), directory.size() + 1));
        if (directory.empty() || directory[0] != '/') continue;
        const std::string path = root + std::string(directory);
        const auto entries = directory::list(path);
        if (!entries) continue;
        for (const directory::Entry& entry : entries.value())
            if (entry.name != "jailshell" && is_program(path + "/" + entry.name)) names.push_back(entry.name);
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

bool has_command(const std::vector<std::string>& commands, const char* name) {
    return std::binary_search(commands.begin(), commands.end(), std::string(name));
}

}  // namespace jail::jailshell
