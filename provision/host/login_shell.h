// SPDX-License-Identifier: Apache-2.0
// Accounts' login shells in the host's passwd file.
#pragma once

#include <string>
#include <vector>

#include "provision/base/layout.h"
#include "provision/host/account.h"

namespace jail::provision {

struct ShellChange {
    Account account;
    std::string shell;
};

// Sets all of them or fails without a change, under the same lock as passwd(1) takes (lckpwdf) and with the
// same atomic replacement: usermod(8) rereads and rewrites six databases for each account. Returns the names
// of those that are not in the file: a directory service keeps their shells, and only its administrator
// changes them.
Result<std::vector<std::string>> set_login_shells(const Layout& layout,
                                                  const std::vector<ShellChange>& changes);

// Whether the account's shell is kept in the file, and can be set there.
bool has_local_shell(const Layout& layout, const Account& account);

// The text of a passwd file with these shells; names that it does not have go into `absent`.
Result<std::string> with_shells(const std::string& text, const std::vector<ShellChange>& changes,
                                std::vector<std::string>& absent);

}  // namespace jail::provision
