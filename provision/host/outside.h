// SPDX-License-Identifier: Apache-2.0
// Findings about an account besides its logins: processes, jobs, and rights by which it, or what it
// left running, is not held by a jail. Rows with stable codes; read-only, without output.
#pragma once

#include <string>
#include <vector>

#include "provision/host/account.h"
#include "provision/host/account_processes.h"
#include "provision/host/doors.h"

namespace jail::provision {

struct OutsideFinding {
    std::string account;
    // outside.process, .crontab, .at, .linger, .sudo, .group
    std::string code;
    std::string text;                       // "joker is currently used by process 1234 (python3)"
    std::string cure;                       // "end it, say --kill"
    bool note = false;                      // for the administrator; not a reason to refuse
    std::vector<AccountProcess> processes;  // of outside.process
};

struct OutsidePlaces {
    std::vector<std::string> crontabs = {"/var/spool/cron/crontabs", "/var/spool/cron"};
    std::vector<std::string> at_jobs = {"/var/spool/cron/atjobs", "/var/spool/at"};
    std::string lingering = "/var/lib/systemd/linger";
    // By which no manager starts for an account with a record: config/systemd.
    std::string manager_condition = "/usr/lib/systemd/system/user@.service.d/user-of-jail.conf";
    std::string sudo = "/usr/bin/sudo";
};

// Of processes: those that go on when the account is bound. `doors` are the account's.
Result<std::vector<OutsideFinding>> find_outside(const OutsidePlaces& places, const Account& account,
                                                 const std::vector<Door>& doors,
                                                 const ProcessTable& processes);

// The processes alone.
std::vector<OutsideFinding> processes_outside(const Account& account, const ProcessTable& processes,
                                              bool manager_counts);

}  // namespace jail::provision
