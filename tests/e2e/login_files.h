// SPDX-License-Identifier: Apache-2.0
// The host's records of logins as who(1), last(1) and lastlog(8) tell them: a line begins with the account's
// name. Debian 13 has no last and no lastlog, and its who asks logind: there the files are read here, and
// told in the same words.
#pragma once

#include <string>
#include <vector>

namespace jail::testing::login_files {

// Fresh, empty ones.
void make();

std::string who(bool with_pids = false);
std::string last();
std::string lastlog(const std::string& account);

// Of these the lines of one account.
std::vector<std::string> lines_of(const std::string& account, const std::string& text);

// Entries of utmp whose logout is not recorded, also of processes that are gone: who(1) leaves those out.
std::string open_in_utmp();

}  // namespace jail::testing::login_files
