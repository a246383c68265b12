// SPDX-License-Identifier: Apache-2.0
// `mail: true`: how /usr/sbin/sendmail of a jail hands a mail to the host. The program connects to
// kMailSocket, writes the request and the message, shuts its side down and reads one line: the exit status,
// as sysexits.h has them, of the host's sendmail, or of the carrier that did not run it.
//
// The supervisor only accepts the connection; the carrier (supervisor/jail_mail.cc), which has no privilege,
// reads it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libjail/base/result.h"
#include "libjail/policy/jail_paths.h"

namespace jail {

// A job of cron's with as much output as its file holds (job_files.h) fits, with cron's headers.
inline constexpr std::size_t kMostMailBytes = 17u << 20;
inline constexpr std::size_t kMostRecipients = 100;  // of a request, or of a message's header

struct MailRequest {
    std::vector<std::string> recipients;
    bool recipients_in_header = false;  // sendmail's -t
    std::string full_name;              // -F; empty: not given
};

// A name or name@domain of letters, digits and ._%+=- that begins with a letter or digit, at most 254 bytes:
// an MTA does not read it as an option, a file or a program.
bool is_mail_address(std::string_view text);

// Letters, digits, blanks, dots and dashes, at most 128.
bool is_full_name(std::string_view text);

// At least as many as the addresses to which an MTA sends this message by its header: each recipient field,
// and each comma, semicolon and < in one, counts.
std::size_t recipients_in_header(std::string_view message);

std::string encode(const MailRequest& request);
// The request at the beginning of `bytes`; removes it, so that the message is left. EBADMSG: it is not one,
// or not whole.
Result<MailRequest> take_mail_request(std::string_view& bytes);

}  // namespace jail
