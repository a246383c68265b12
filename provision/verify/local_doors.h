// SPDX-License-Identifier: Apache-2.0
// The ways in that need no network: su(1), and the PAM services of cron, at and login.
#pragma once

#include <functional>
#include <string>

#include "libjail/policy/manifest.h"
#include "provision/host/account.h"
#include "provision/verify/one_time_files.h"
#include "provision/verify/row.h"

namespace jail::provision {

Rows try_local_doors(const Account& account, const Manifest& manifest, const OneTimeFiles& files,
                     const std::function<void(const std::string&)>& progress);

}  // namespace jail::provision
