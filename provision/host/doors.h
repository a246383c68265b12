// SPDX-License-Identifier: Apache-2.0
// The doors of this host: the PAM services through which an account gets processes, and which of them lead
// into its jail. Rows with stable codes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "provision/host/pam_stack.h"
#include "provision/host/sshd_settings.h"

namespace jail::provision {

struct DoorFinding {
    // pam.SERVICE.missing, .control, .skipped, .order, .unclear, .broken; the same of the account phase as
    // pam.SERVICE.account.missing, ...; sshd.usepam.
    std::string code;
    std::string text;  // the cause and the cure, without the door's name: "end /etc/pam.d/su with ..."
    std::string file;  // to write to
    std::string line;  // to write there; empty where lines are to be moved or changed
};

struct Door {
    std::string service;
    std::string file;       // of the service
    bool is_sshd = false;   // the one that this host's sshd takes
    bool leads_in = false;  // pam_jail takes sessions in, and its stack has no findings
    bool lets_nobody_in = false;
    std::vector<DoorFinding> findings;

    bool open() const { return !findings.empty(); }
};

struct DoorPlaces {
    pam::Directories pam = pam::host_directories();
    SshdPlaces sshd;
    std::string jailshell;  // its mode says whether it enters jails by itself
};

// All doors of this host. Read once; the sshd of an account is asked for where its configuration makes a
// difference between accounts.
class Doors {
public:
    explicit Doors(DoorPlaces places);

    // sshd first, then the other services by name. Empty account: any.
    std::vector<Door> of(const std::string& account);

    // False: neither sshd nor a service of its name, so that it is not a way in.
    bool has_sshd() const { return has_sshd_; }
    // Whether sshd's PAM service differs between accounts.
    bool by_account() const { return sshd_.by_account; }
    // jailshell as a login shell takes what sshd starts by it into the jail (mode 4711): shells, commands,
    // the external sftp-server; not internal-sftp, nor forwards.
    bool jailshell_enters() const { return jailshell_enters_; }

private:
    const Door& service(const std::string& name);

    DoorPlaces places_;
    SshdSettings sshd_;
    bool has_sshd_ = false;
    bool jailshell_enters_ = false;
    std::vector<std::string> others_;  // services, without sshd's
    std::map<std::string, Door> known_;
};

// The row of sshd among these, or null.
const Door* sshd_among(const std::vector<Door>& doors);
// Whether a service of this name is there and open.
bool is_open(const std::vector<Door>& doors, const std::vector<std::string>& services);

}  // namespace jail::provision
