// SPDX-License-Identifier: Apache-2.0
// The doctor's checks of a host, by group, read-only. Each also reports the facts that are in order.
#pragma once

#include <string>

#include "libjail/base/result.h"
#include "provision/accounts/account_records.h"
#include "provision/base/layout.h"
#include "provision/doctor/finding.h"
#include "provision/host/doors.h"

namespace jail::provision {

// The facts that all groups need, read once.
struct Host {
    explicit Host(const Layout& layout);

    const Layout& layout;
    Doors doors;
    std::vector<AccountRecord> accounts;
    std::vector<std::string> damaged;  // files of records that cannot be read
};

// All groups; `only`: the doors, the host, and this account alone. Findings that the YAML skips are notes.
Result<Findings> inspect_all(Host& host, const std::string& only, bool trees);

// PAM's services, and sshd.
Findings inspect_doors(Host& host);
// Whether each account in a jail can log in, and what it has outside. `only`: of one account; empty: all.
Result<Findings> inspect_accounts(Host& host, const std::string& only);
// Whether each jail can be built, is up to date and limited. `trees`: reads every file of their trees.
Findings inspect_jails(Host& host, bool trees);
// The kernel, the control groups, PID 1, room on the disk, logs, installed files.
Findings inspect_host(Host& host);

}  // namespace jail::provision
