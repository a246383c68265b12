// Between cgroup.cc and cgroup_limits.cc: the hierarchies and their files.
#pragma once

#include <cstdint>
#include <string>

#include "libjail/result.h"

namespace jail::cgroup_files {

inline constexpr char kParent[] = "/jail";

// Below the root; the place in the list is the bit in Cgroup::Place.
inline constexpr const char* kHierarchies[] = {"", "/memory", "/pids", "/cpu", "/blkio"};
enum Hierarchy : std::uint32_t { kUnified, kMemory, kPids, kCpu, kBlkio, kHierarchyCount };

bool unified(const std::string& root);
// False only where there certainly is none: a limit is not left out because nobody could look.
bool exists(const std::string& path);
// Whether v1 has this controller.
bool has_legacy(const std::string& root, std::uint32_t hierarchy);
// Whether v2 has this controller at its top.
bool has_unified(const std::string& root, const std::string& controller);

Result<std::string> read_value(const std::string& path);
Result<> write_value(const std::string& path, const std::string& value);

}  // namespace jail::cgroup_files
