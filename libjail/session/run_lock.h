// SPDX-License-Identifier: Apache-2.0
// <run>/<uid>: what a running instance has there, and the lock by which one process at a time has it: the
// account's supervisor, or jail-provision while no supervisor may start. The lock, not a file's existence,
// shows that it is in use; the files of a killed process are taken over.
#pragma once

#include <string>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail::run_lock {

inline constexpr char kControl[] = "/control";    // the supervisor's socket
inline constexpr char kTree[] = "/tree";          // the tree that the instance has as its root
inline constexpr char kSessions[] = "/sessions";  // supervisor/session_list.h
inline constexpr char kInboxSocket[] = "/inbox";
inline constexpr char kLogSocket[] = "/log";
inline constexpr char kMailSocket[] = "/mail";

// The lock file of a directory that there is, locked. Empty: another process holds it, or it was just
// removed. ENOENT: so was the directory. The kernel lets go of it when the descriptor is closed.
Result<FileDescriptor> take(const std::string& directory);

// Removes all that the directory has, itself, and the one above it where it is empty then: best effort, for
// the lock's owner, and in this order: a newcomer finds no socket, then a lock that is gone or held, then no
// directory.
void remove(const std::string& directory);

}  // namespace jail::run_lock
