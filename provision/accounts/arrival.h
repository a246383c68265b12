// SPDX-License-Identifier: Apache-2.0
// The checks before accounts and groups come into a jail: whether this host's doors lead there, and what an
// account has outside. Used by `add` and `apply`; read-only, without output.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "provision/accounts/account_binding.h"
#include "provision/base/layout.h"
#include "provision/host/doors.h"
#include "provision/host/outside.h"

namespace jail::provision {

struct ArrivalOptions {
    bool force = false;        // ignore obstacles
    bool end_outside = false;  // processes outside are not obstacles: they will be ended

    Outside outside() const {
        return force && !end_outside ? Outside::kLeave : end_outside ? Outside::kEnd : Outside::kRefuse;
    }
};

class Arrivals {
public:
    Arrivals(const Layout& layout, ArrivalOptions options);

    // Why the account must not come into its jail now, a sentence each. The findings are kept for
    // findings().
    Result<std::vector<std::string>> obstacles(const Binding& binding);
    // Likewise, if sshd does not lead there. Null: for the members of a group, who keep login shells of their
    // own.
    std::vector<std::string> door_obstacles(const Binding* binding);

    std::vector<Door> doors_of(const Binding& binding) { return doors_.of(binding.account.name); }
    std::vector<Door> doors() { return doors_.of(""); }
    const std::vector<OutsideFinding>& findings() const { return findings_; }

    // Whether sshd's sessions are led in by the account's login shell, where PAM does not.
    bool by_shell(const Binding& binding) const;

private:
    const Layout& layout_;
    ArrivalOptions options_;
    Doors doors_;
    std::optional<ProcessTable> processes_;
    std::vector<OutsideFinding> findings_;
};

// "su is open: end /etc/pam.d/su with the line '@include jail'", a line for each thing that is wrong.
// `by_shell`: of sshd, as Arrivals has it.
std::vector<std::string> sentences(const Door& door, bool by_shell);

}  // namespace jail::provision
