// SPDX-License-Identifier: Apache-2.0
// The configuration of the temporary sshd: the host's own, as it is in force for one account, but for what
// says where it listens, by which keys one logs in, and how bytes are encrypted.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jail::provision {

// Keywords in small letters with their values, as sshd -T prints them; one may be there several times.
using SshdConfig = std::vector<std::pair<std::string, std::string>>;

SshdConfig read_effective_config(std::string_view output);

// The first value, or empty.
std::string value_of(const SshdConfig& config, std::string_view keyword);
// The command of the subsystem sftp, or empty.
std::string sftp_subsystem(const SshdConfig& config);

struct TemporaryListener {
    int port = 0;
    std::string host_key, authorized_keys;  // files
    bool for_root = false;                  // the login that is measured beside the account's: /bin/true
};
// The text of a flat sshd_config.
std::string flat_config(const SshdConfig& effective, const TemporaryListener& listener);

}  // namespace jail::provision
