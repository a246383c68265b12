// SPDX-License-Identifier: Apache-2.0
#include "supervisor/startup.h"

#include <sys/prctl.h>
#include <syslog.h>

#include "libjail/confine/namespaces.h"
#include "libjail/policy/paths.h"
#include "libjail/policy/trusted_store.h"
#include "supervisor/instance/scope.h"
#include "supervisor/privilege.h"
#include "supervisor/resources.h"

namespace jail::supervisor {
namespace {

// The plan of a generation with a tree that exists and stays: jail-provision gc may be removing the one that
// was current when the manifest was read.
Result<InstancePlan> claim_plan(uid_t uid, const RunDirectory& run) {
    InstancePlan plan = JAIL_TRY(make_plan(uid));
    for (int attempt = 0; attempt < 3; ++attempt) {
        JAIL_TRY(run.claim(plan.manifest.tree));
        const auto tree =
            open_trusted_directory(std::string(paths::kStateDir) + "/trees/" + plan.manifest.tree);
        if (tree || tree.error().code() != ENOENT) return plan;
        plan = JAIL_TRY(make_plan(uid));
    }
    return Error(ENOENT, "find tree", plan.manifest.tree);
}

// systemd's where it can be had; one of our own holds the same limits where its bus is silent.
Result<Cgroup> make_cgroup(const Identity& identity, const Limits& limits) {
    for (const std::string& key : unenforceable(limits))
        if (is_default(limits, key))
            ::syslog(LOG_WARNING, "jail of %s: this host cannot limit %s; it runs without that default",
                     identity.account.c_str(), key.c_str());
    if (scope::available()) {
        auto made = scope::start(identity, limits);
        if (made || made.error().code() == ENOTSUP) return made;
        ::syslog(LOG_WARNING, "jail of %s: %s; it has a control group without a scope",
                 identity.account.c_str(), made.error().message().c_str());
    }
    return Cgroup::create(identity.uid, limits, identity.home);
}

// Undoes what it began, in reverse, unless it was finished.
class Startup {
public:
    explicit Startup(RunDirectory run) : run_(std::move(run)) {}
    ~Startup() {
        if (instance_) (void)instance_->stop();  // the first error is the one to report
        if (cgroup_) (void)cgroup_->remove();
        if (run_) run_->remove();
    }
    Startup(const Startup&) = delete;
    Startup& operator=(const Startup&) = delete;

    // The plan, with the sockets that the jail is shown.
    Result<> decide(uid_t uid) {
        plan_ = JAIL_TRY(claim_plan(uid, *run_));
        sockets_ = JAIL_TRY(run_->open_jail_sockets(plan_.manifest.syslog_to_host, plan_.manifest.mail));
        plan_.inbox = run_->inbox_path();
        if (sockets_.log) plan_.log_socket = run_->log_socket_path();
        if (sockets_.mail) plan_.mail_socket = run_->mail_socket_path();
        return success();
    }

    Result<> start_instance() {
        cgroup_ = JAIL_TRY(make_cgroup(plan_.identity, plan_.manifest.limits));
        auto started = Instance::start(plan_, *cgroup_);
        // Leaves the session that happened to be first: the supervisor would end with it, and with the
        // supervisor every session of the account. Leaves also the scope that it made, since the limits are
        // not for it. Before the scope is removed, too.
        const auto left = Cgroup::leave_session();
        instance_ = JAIL_TRY(std::move(started));
        return left;
    }

    Result<> drop_privilege() const { return supervisor::drop_privilege(plan_.manifest); }

    Result<Supervisor> finish() {
        FileDescriptor listener = JAIL_TRY(run_->listen());
        return Supervisor(std::move(plan_), *std::exchange(run_, std::nullopt),
                          *std::exchange(cgroup_, std::nullopt), *std::exchange(instance_, std::nullopt),
                          std::move(listener), std::move(sockets_));
    }

private:
    std::optional<RunDirectory> run_;
    InstancePlan plan_;
    JailSockets sockets_;
    std::optional<Cgroup> cgroup_;
    std::optional<Instance> instance_;
};

}  // namespace

// The table of contents.
Result<std::optional<Supervisor>> start(uid_t uid) {
    if (uid == 0) return Error(EINVAL, "read uid", "0");
    JAIL_TRY(namespaces::join_hosts());
    JAIL_TRY(take_resources());
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return errno_error("prctl PR_SET_DUMPABLE");
    std::optional<RunDirectory> run = JAIL_TRY(RunDirectory::acquire(uid));
    if (!run) return std::optional<Supervisor>();
    Startup startup(std::move(*run));
    JAIL_TRY(startup.decide(uid));
    JAIL_TRY(startup.start_instance());
    JAIL_TRY(startup.drop_privilege());
    return std::optional(JAIL_TRY(startup.finish()));
}

}  // namespace jail::supervisor
