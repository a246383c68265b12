// SPDX-License-Identifier: Apache-2.0
#include "supervisor/instance/plan.h"

#include <syslog.h>

#include "libjail/base/files.h"
#include "libjail/policy/binding.h"
#include "libjail/policy/trusted_store.h"

namespace jail::supervisor {
namespace {

// A file of the host for name look-ups; a login goes on without it.
std::string host_file(const char* path) {
    auto content = read_small_file(path);
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
    const bool is_alone = plan.manifest.network == Network::kNone;
    plan.etc = synthesise_etc(plan.identity, plan.manifest,
                              is_alone ? "# this jail has no network\n" : host_file("/etc/resolv.conf"),
                              is_alone ? std::string() : host_file("/etc/hosts"));
    return plan;
}

}  // namespace jail::supervisor
