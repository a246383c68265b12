// SPDX-License-Identifier: Apache-2.0
// The options that an rsync client gives to the rsync at the other end (rsync(1), options.c of 3.0 to 3.5).
#pragma once

#include <string_view>

#include "libjail/base/result.h"

namespace jail::jailshell {

enum class RsyncOption {
    kAlone,      // --delete
    kWithValue,  // --temp-dir=DIR, or --temp-dir and DIR as the next word
};

// A word that begins with --. EINVAL: not among those, above all options that start a program or a daemon
// (--rsh, --rsync-path, --daemon, --config); or a value after an option that does not take one.
Result<RsyncOption> read_rsync_option(std::string_view word);

// A word that begins with one -, as -vlogDtprze.iLsfxCIvu: letters; digits after B and @; and the client's
// capabilities after the e, which to a client would be the command that connects. EINVAL as above. `secluded`
// becomes true with -s: then all paths follow in rsync's own protocol.
Result<> read_rsync_letters(std::string_view word, bool& secluded);

}  // namespace jail::jailshell
