// SPDX-License-Identifier: Apache-2.0
#include "supervisor/privilege.h"

#include <linux/capability.h>

#include <cstdint>
#include <iterator>

#include "libjail/confine/credentials.h"
#include "libjail/confine/seccomp.h"
#include "supervisor/own_filters.h"

namespace jail::supervisor {
namespace {

constexpr std::uint64_t capability(int number) {
    return std::uint64_t{1} << number;
}

constexpr std::uint64_t kNeeded =
    capability(CAP_KILL)            // processes of the account
    | capability(CAP_SYS_PTRACE)    // open terminals of sshd's monitor, sender of a fakeroot request
    | capability(CAP_DAC_OVERRIDE)  // terminals of the account, to report the end of a session
    | capability(CAP_CHOWN)         // group of a new audit log
    | capability(CAP_SYS_RESOURCE)  // oom_score_adj of openers
    | capability(CAP_SETUID) | capability(CAP_SETGID) | capability(CAP_SETPCAP);  // recorder, jail-mail

}  // namespace

Result<> drop_privilege(const Manifest& manifest) {
    // The host's mail program may be one that needs privilege, and has a bit for that on its file.
    const bool more_instances = manifest.instance_per_session;
    if (!more_instances)
        JAIL_TRY(seccomp::load_filter(kSupervisorFilter, std::size(kSupervisorFilter)));
    else
        JAIL_TRY(seccomp::load_filter(kInstanceMakerFilter, std::size(kInstanceMakerFilter)));
    if (!manifest.mail) JAIL_TRY(credentials::forbid_privilege());
    return more_instances ? success() : credentials::keep_capabilities(kNeeded);
}

}  // namespace jail::supervisor
