// SPDX-License-Identifier: Apache-2.0
// Names inside a jail by which its programs and the host's know each other.
#pragma once

namespace jail {

inline constexpr char kInstanceRecord[] = "/etc/jail/instance";
inline constexpr char kInbox[] = "/etc/jail/inbox";        // inbox.h
inline constexpr char kMailSocket[] = "/etc/jail/mail";    // mail_request.h
inline constexpr char kSendmail[] = "/usr/sbin/sendmail";  // likewise: of the host, and of a jail with mail
inline constexpr char kInfo[] = "/usr/bin/jail-info";      // of a jail with a shell

}  // namespace jail
