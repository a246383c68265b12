// SPDX-License-Identifier: Apache-2.0
// The command line of sendmail(8), as programs that send mail write it: cron, git send-email, PHP, mail(1).
#pragma once

#include "libjail/base/result.h"
#include "libjail/session/mail_request.h"

namespace jail::jailshell {

// Only options that submit one message have an effect: the recipients, -t, -F. It accepts and ignores -bm,
// -i, -o and the options about 8 bits, delivery and tracing, also -f and -r (the sender is the account) and a
// -F of other characters than is_full_name() takes. EINVAL: another mode (-bs, -bp, -q ...), an unknown
// option, no recipient, or one that is not an address.
Result<MailRequest> parse_sendmail_arguments(int argc, const char* const* argv);

}  // namespace jail::jailshell
