// SPDX-License-Identifier: Apache-2.0
#include "provision/accounts/instance_hold.h"

#include <time.h>

#include <optional>

#include "libjail/base/clock.h"
#include "libjail/session/run_lock.h"
#include "provision/accounts/running_jail.h"
#include "provision/base/file_io.h"

namespace jail::provision {

namespace {

constexpr int kRounds = 5000;  // of 2 ms, as a supervisor waits

// Locked, and still the file of that name. Empty: a supervisor has it, or has just removed it. It is to be
// asked for again when the directory was removed in between.
Result<std::optional<FileDescriptor>> try_lock(const std::string& run_dir, const std::string& directory) {
    Result<> made = make_directory(run_dir, 0700);
    if (made) made = make_directory(directory, 0700);
    if (!made && made.error().code() == ENOENT) return std::optional<FileDescriptor>();
    if (!made) return made.error();
    auto lock = run_lock::take(directory);
    if (lock ? !lock.value() : lock.error().code() == ENOENT) return std::optional<FileDescriptor>();
    if (!lock) return lock.error();
    return std::optional(std::move(lock).value());
}

}  // namespace

Result<InstanceHold> InstanceHold::take(const Layout& layout, std::uint32_t uid, const std::string& account) {
    const std::string directory = layout.run_dir + "/" + std::to_string(uid);
    for (int round = 0; round < kRounds; ++round) {
        auto lock = JAIL_TRY(try_lock(layout.run_dir, directory));
        if (lock) return InstanceHold(directory, std::move(*lock));
        // Empty: the supervisor is just starting or ending.
        if (JAIL_TRY(end_running_jail(uid, account))) continue;
        pause_for(2ms);
    }
    return Error(ETIMEDOUT, "end the jail of", account);
}

// Files that a killed supervisor left go too.
InstanceHold::~InstanceHold() {
    if (lock_) run_lock::remove(path_);  // else it was moved from
}

}  // namespace jail::provision
