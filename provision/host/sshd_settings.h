// SPDX-License-Identifier: Apache-2.0
// sshd's settings for PAM.
#pragma once

#include <string>
#include <string_view>

#include "libjail/base/result.h"

namespace jail::provision {

struct SshdSettings {
    bool use_pam = true;
    std::string service = "sshd";  // PAMServiceName, of OpenSSH 9.8 and later
    bool by_account = false;       // a Match block has a PAMServiceName
    bool has_match = false;        // there is a Match block
    // By sshd -T alone:
    bool internal_sftp = false;  // the sftp subsystem is sshd's own
    std::string forced_command;  // ForceCommand, or empty
};

struct SshdPlaces {
    std::string program = "/usr/sbin/sshd";
    std::string config = "/etc/ssh/sshd_config";
};

// The settings for connections of this account (empty: of any), by sshd -T where that works, else by reading
// the configuration, without its Match blocks. Connections' addresses are not known: one of this host is
// assumed.
SshdSettings sshd_settings(const SshdPlaces& places, const std::string& account);

// By sshd -T, for this account. An error: sshd is not there, or does not answer.
Result<SshdSettings> sshd_settings_of(const SshdPlaces& places, const std::string& account);

// Whether the configuration has a Match block, so that connections of different accounts can differ.
bool sshd_distinguishes(const SshdPlaces& places);

// From a configuration's text before the first Match. `use_pam` is sshd's own default, no, unless the text
// sets it. Files that it includes are read.
SshdSettings read_sshd_config(const SshdPlaces& places, std::string_view text);

// Of the output of sshd -T.
SshdSettings read_sshd_test(std::string_view output);

}  // namespace jail::provision
