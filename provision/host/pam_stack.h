// SPDX-License-Identifier: Apache-2.0
// The stacks of PAM services as libpam puts them together from /etc/pam.d and /usr/lib/pam.d: pam.conf(5),
// with Debian's @include. No module is loaded or run.
#pragma once

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libjail/base/result.h"

namespace jail::provision::pam {

enum class Phase { kAccount, kSession };

// libpam's reaction to a module's result: a positive number jumps over so many entries.
enum Action : int { kIgnore = 0, kBad = -1, kDie = -2, kOk = -3, kDone = -4, kReset = -5 };

// Results of modules, by their numbers (pam_modules.h).
inline constexpr int kResults = 32;
inline constexpr int kSuccess = 0, kPermDenied = 6, kNewAuthtokReqd = 12, kAcctExpired = 13, kSessionErr = 14,
                     kIgnored = 25, kIncomplete = 31;

struct Entry {
    enum class Kind {
        kModule,
        kSubstack,  // begins one: its entries follow with a higher level
        kFails,     // a line that libpam cannot use: it counts as a module that refuses
    };
    Kind kind = Kind::kModule;
    std::string module;   // the file's name: "pam_jail.so"
    std::string control;  // as it is written
    std::array<int, kResults> actions = {};
    int level = 0;  // of substacks
    std::string file;
    int line = 0;
};

struct Stack {
    std::vector<Entry> entries;      // flattened, in their order
    std::set<std::string> included;  // names of the files that were
    // "/etc/pam.d/su:12", a line that libpam 1.5 and 1.7 read differently; the entries are those of 1.5.
    std::string unclear;
};

// Where services are looked for; the first directory that has a file of the name counts.
using Directories = std::vector<std::string>;
const Directories& host_directories();

// The file of a service. ENOENT: it does not exist, and libpam takes the service "other".
Result<std::string> file_of(const Directories& directories, const std::string& service);

// The entries of one phase. An error is a sentence that names a file that cannot be read, or includes too
// much: libpam refuses every login by such a service.
Result<Stack> read_stack(const Directories& directories, const std::string& service, Phase phase);

// Of one file's text, which includes files from `directories`.
Result<Stack> read_text(const Directories& directories, const std::string& file, std::string_view text,
                        Phase phase);

}  // namespace jail::provision::pam
