// SPDX-License-Identifier: Apache-2.0
// Facts of the jail that the account is in: places to write to, room on its disks, programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jail::jailshell {

struct MountPlace {
    std::string path;
    bool writable = false;
    bool programs = false;  // may be run from it
};

// Those of /proc/self/mountinfo that are mounts of files: neither devices nor the kernel's own file systems.
// In the order of their paths; of several on one path the last, which is the one that is seen.
std::vector<MountPlace> parse_mounts(std::string_view table);

// Those of them in which this process may make files, and the directory of this uid in /run, which is root's.
std::vector<MountPlace> writable_places(std::uint32_t uid);

struct Room {
    std::string path;
    std::uint64_t size = 0, left = 0;  // bytes; what the account may use

    std::uint64_t used() const { return size - (left < size ? left : size); }
};
std::optional<Room> room_of(const std::string& path);

// The programs in these directories ("/usr/bin:/bin"), each name once and in order. `root` is before each
// path.
std::vector<std::string> list_commands(std::string_view directories, const std::string& root = {});

// Whether one of them has it.
bool has_command(const std::vector<std::string>& commands, const char* name);

}  // namespace jail::jailshell
