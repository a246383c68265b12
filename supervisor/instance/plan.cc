// SPDX-License-Identifier: Apache-2.0
#include "supervisor/instance/plan.h"

#include <syslog.h>

#include "libjail/base/files.h"
#include "libjail/policy/binding.h"
#include "libjail/policy/trusted_store.h"

namespace jail::supervisor {
namespace {

std::string host_resolv_conf(const Manifest& manifest) {
    if (manifest.network == Network::kNone) return "# this jail has no network\n";
    auto content = read_small_file("/etc/resolv.conf");
    // The file is for name look-ups alone: a login goes on without it.
    if (!content && content.error().code() != ENOENT)
        ::syslog(LOG_WARNING, "%s", content.error().message().c_str());
    return content ? std::move(content).value() : std::string();
}

}  // namespace

Result<InstancePlan> make_plan(uid_t uid) {
    const AccountRecord record = JAIL_TRY(find_binding(JAIL_TRY(name_service::account_of(uid))));
    InstancePlan plan;
    plan.manifest = JAIL_TRY(load_manifest(record.jail));
    plan.identity = JAIL_TRY(look_up_identity(record));
    plan.etc = synthesise_etc(plan.identity, plan.manifest, host_resolv_conf(plan.manifest));
    return plan;
}

}  // namespace jail::supervisor
