// <state>/accounts/<uid>: which jail an account is bound to, and <uid>.shell: the login shell it had before.
#pragma once

#include <string>
#include <vector>

#include "libjail/manifest.h"
#include "provision/layout.h"

namespace jail::provision {

// ENOENT: not bound.
Result<AccountRecord> find_record(const Layout& layout, std::uint32_t uid);
// Those that can be read; the others' names go into `damaged`.
std::vector<AccountRecord> all_records(const Layout& layout, std::vector<std::string>& damaged);

// Binds: the record, and the shell to give back when the account leaves.
Result<> write_record(const Layout& layout, const AccountRecord& record, const std::string& previous_shell);
Result<> remove_record(const Layout& layout, std::uint32_t uid);

Result<std::string> remembered_shell(const Layout& layout, std::uint32_t uid);
void forget_shell(const Layout& layout, std::uint32_t uid);

}  // namespace jail::provision
