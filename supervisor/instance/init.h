// SPDX-License-Identifier: Apache-2.0
// PID 1 of an instance, from its first instruction on.
#pragma once

#include <string_view>
#include <vector>

#include "libjail/base/file_descriptor.h"
#include "supervisor/instance/plan.h"

namespace jail::supervisor::init {

// The words between supervisor and PID 1, each one message.
inline constexpr char kEndAll[] = {'k'};     // end every process but yourself
inline constexpr char kTellEmpty[] = {'w'};  // say so when you are the only process
inline constexpr std::string_view kReady = "ready";
// Before the first kReady, each followed by a line for the log: the jail stands without something.
inline constexpr std::string_view kNote = "note ";
inline constexpr std::size_t kMostNotes = 64;       // further notes are only counted
inline constexpr std::size_t kMostWordBytes = 500;  // of any word; a longer one is cut

// Never returns: configures, sends its notes and kReady, or the error, then reaps until `control` ends, or
// until it has had SIGTERM from outside of its pid namespace and is alone in it.
//
// `entrances`: of the jail's control group (Cgroup::entrances()), where it was not born in it.
[[noreturn]] void run(const InstancePlan& plan, int control, const std::vector<FileDescriptor>& entrances);

}  // namespace jail::supervisor::init
