// SPDX-License-Identifier: Apache-2.0
// A message that a jailed process wrote to the jail's /dev/log, as the host's /dev/log is to have it (RFC
// 3164, section 4.1, as syslog(3) writes it). No byte of an account decides more than the text and, within
// bounds, the severity.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace jail::supervisor {

// As the kernel vouches for (SCM_CREDENTIALS, unix(7)).
struct LogSender {
    bool root = false;  // sshd's monitor, su: what holds root inside is a door
    pid_t pid = 0;      // as the host counts
};

// Of root: the message as it is, but for control characters. Of any other sender: facility user, so that it
// never stands among authentication messages; severity err at most, since many hosts show worse ones on every
// terminal; and the sender stands before the text: "jail[4711]: arkham/harlequin: text". `timestamp`
// is the present, as "Jan  2 03:04:05". At most 2 KiB.
std::string forwarded_message(std::string_view received, const LogSender& sender, const std::string& name,
                              const std::string& timestamp);

}  // namespace jail::supervisor
