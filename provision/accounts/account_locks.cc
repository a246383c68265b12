// SPDX-License-Identifier: Apache-2.0
#include "provision/accounts/account_locks.h"

#include <sys/stat.h>
#include <unistd.h>

#include "libjail/policy/account_lock.h"
#include "provision/base/file_io.h"
#include "provision/base/replacement.h"

namespace jail::provision {

namespace {

std::string path_of(const Layout& layout, std::uint32_t uid) {
    return account_lock_path(uid, layout.state_dir);
}

}  // namespace

bool is_locked(const Layout& layout, std::uint32_t uid) {
    return ::access(path_of(layout, uid).c_str(), F_OK) == 0;
}

Result<> lock_account(const Layout& layout, std::uint32_t uid, const std::string& reason) {
    const std::string path = path_of(layout, uid), directory = path.substr(0, path.rfind('/'));
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return errno_error("mkdir", directory);
    return replace_file(path, reason, 0600);
}

Result<> unlock_account(const Layout& layout, std::uint32_t uid) {
    const std::string path = path_of(layout, uid);
    if (::unlink(path.c_str()) != 0) return errno_error("unlink", path);
    return sync_directory(path.substr(0, path.rfind('/')));
}

}  // namespace jail::provision
