// An account's login shell in the host's passwd file.
#pragma once

#include <string>

#include "provision/account.h"
#include "provision/layout.h"

namespace jail::provision {

// Sets it. The plain case is done here, under the same lock as passwd(1) takes (lckpwdf) and with the same
// atomic replacement, because usermod(8) rereads and rewrites six databases for it: some 20 times slower.
// Whatever is unusual (nscd to be told, an account with more than one line) is left to usermod. An account
// that is not in the file (a directory service's) is an error that says what to do.
Result<> set_login_shell(const Layout& layout, const Account& account, const std::string& shell);

// The text of a passwd file with one field of one line changed. ENOENT: no such line; EEXIST: several.
Result<std::string> with_shell(const std::string& text, const Account& account, const std::string& shell);

}  // namespace jail::provision
