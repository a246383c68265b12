// SPDX-License-Identifier: Apache-2.0
// Between cgroup.cc and cgroup_limits.cc: the hierarchies and their files.
#pragma once

#include <cstdint>
#include <string>

#include "libjail/base/result.h"
#include "libjail/policy/manifest.h"

namespace jail::cgroup_files {

inline constexpr char kParent[] = "/jail";

// Below the root; the place in the list is the bit in Cgroup::Place.
inline constexpr const char* kHierarchies[] = {"", "/memory", "/pids", "/cpu", "/blkio"};
enum Hierarchy : std::uint32_t { kUnified, kMemory, kPids, kCpu, kBlkio, kHierarchyCount };

bool unified(const std::string& root);
// False only if it certainly does not exist: a failed look must not leave out a limit.
bool exists(const std::string& path);
// Whether v1 has this controller.
bool has_legacy(const std::string& root, std::uint32_t hierarchy);
// Whether v2 has this controller at its top.
bool has_unified(const std::string& root, const std::string& controller);

// Whether groups of ours can be made below: containers often have the hierarchies read-only.
bool is_writable(const std::string& hierarchy);
// Whether v2's top has this controller and can hand it on: the top of a container's, which is a group like
// any other, cannot while processes are in it.
bool hands_on(const std::string& root, const std::string& controller);

// Whether swap is limited beside memory, and there is any to limit: a kernel may be built without.
bool limits_swap(const Limits& limits);
// Whether memory.swap.max of this group of v2 must have the limit. A kernel that does not count swap
// (swapaccount=0 before Linux 6.1) does not have the file: then a default is left out, and writing a limit
// that was asked for fails.
bool needs_swap_max(const Limits& limits, const std::string& group);
// Without the defaults that this host cannot hold; ENOTSUP for a limit that was asked for and cannot be held.
Result<Limits> enforceable(const Limits& limits, const std::string& root);

Result<std::string> read_value(const std::string& path);
Result<> write_value(const std::string& path, const std::string& value);

}  // namespace jail::cgroup_files
