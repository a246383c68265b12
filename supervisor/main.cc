// jail-supervisor UID: started by pam_jail or jailshell, never by hand. Says "ready" or one line of why not
// on its standard output, which it then lets go of.
// jail-supervisor --unbound UID: asked by systemd (config/systemd/user-of-jail.conf). Only the exit status
// counts: 0 when the account is in no jail for certain.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "libjail/base/process.h"
#include "libjail/confine/namespaces.h"
#include "libjail/policy/binding.h"
#include "libjail/policy/paths.h"
#include "libjail/policy/trusted_store.h"
#include "supervisor/instance/scope.h"
#include "supervisor/supervisor.h"

namespace jail::supervisor {
namespace {

// `uid` may be null.
Result<uid_t> parse_uid(const char* uid) {
    if (uid == nullptr) return Error(EINVAL, "read arguments,", "usage: jail-supervisor UID");
    char* end = nullptr;
    errno = 0;
    const unsigned long value = std::strtoul(uid, &end, 10);
    if (errno != 0 || end == uid || *end != '\0' || value >= UINT32_MAX || uid[0] == '-')
        return Error(EINVAL, "read uid", uid);
    return static_cast<uid_t>(value);
}

// Why the account has, or may have, a jail; success when it has none.
Result<> require_unbound(uid_t uid) {
    if (uid == 0) return success();
    const auto binding = find_binding(JAIL_TRY(name_service::account_of(uid)));
    if (binding) return Error(EPERM, "leave to systemd", binding.value().account + ", who is in a jail");
    return binding.error().code() == ENOENT ? success() : Result<>(binding.error());
}

// As an exit status. An account that there is not is bound for all that is known.
int tell_unbound(const char* argument) {
    const auto uid = parse_uid(argument);
    const auto unbound = uid ? require_unbound(uid.value()) : Result<>(uid.error());
    if (!unbound)
        ::syslog(LOG_INFO, "no systemd --user for %s: %s", argument, unbound.error().message().c_str());
    return unbound ? 0 : 1;
}

// Limits that the caller of a setuid jailshell chose must not make a step fail halfway. What cannot be raised
// is refused here, before anything exists.
Result<> require_resources() {
    constexpr struct {
        int resource;
        rlim_t needed;
        const char* name;
    } kNeeds[] = {{RLIMIT_NOFILE, 256, "open files"},     {RLIMIT_FSIZE, 64u << 20, "file size"},
                  {RLIMIT_AS, 1u << 30, "address space"}, {RLIMIT_DATA, 256u << 20, "data size"},
                  {RLIMIT_STACK, 1u << 20, "stack size"}, {RLIMIT_CPU, RLIM_INFINITY, "cpu time"},
                  {RLIMIT_NPROC, 64, "processes"}};
    for (const auto& need : kNeeds) {
        rlimit limit = {};
        if (::getrlimit(static_cast<__rlimit_resource>(need.resource), &limit) != 0)
            return errno_error("getrlimit", need.name);
        if (limit.rlim_cur >= need.needed) continue;
        limit.rlim_cur = std::max(need.needed, std::min(limit.rlim_max, need.needed));
        limit.rlim_max = std::max(limit.rlim_max, limit.rlim_cur);
        if (::setrlimit(static_cast<__rlimit_resource>(need.resource), &limit) != 0)
            return errno_error("raise the resource limit of", need.name);
    }
    return success();
}

// As large as the host allows: the record of a high uid in lastlog is far from its beginning.
Result<> take_room_in_files() {
    constexpr rlimit kAny = {RLIM_INFINITY, RLIM_INFINITY};
    rlimit limit = {};
    if (::setrlimit(RLIMIT_FSIZE, &kAny) == 0) return success();
    if (::getrlimit(RLIMIT_FSIZE, &limit) != 0) return errno_error("getrlimit", "file size");
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return errno_error("raise the resource limit of", "file size");
    return success();
}

// As many as the host allows: a session is up to five, and what one left running may keep two.
Result<> take_room_for_descriptors() {
    constexpr rlim_t kMany = 65536;
    rlimit limit = {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return errno_error("getrlimit", "open files");
    limit.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, kMany));
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return errno_error("raise the resource limit of", "open files");
    return success();
}

std::string host_resolv_conf(const Manifest& manifest) {
    if (manifest.network == Network::kNone) return "# this jail has no network\n";
    const FileDescriptor file(::open("/etc/resolv.conf", O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) return {};
    char content[8192];
    const ssize_t length = ::read(file.get(), content, sizeof content);
    // The file is for name look-ups alone: a login goes on without it.
    if (length < 0) ::syslog(LOG_WARNING, "%s", errno_error("read", "/etc/resolv.conf").message().c_str());
    return std::string(content, static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
}

Result<InstancePlan> make_plan(uid_t uid) {
    const AccountRecord record = JAIL_TRY(find_binding(JAIL_TRY(name_service::account_of(uid))));
    InstancePlan plan;
    plan.manifest = JAIL_TRY(load_manifest(record.jail));
    plan.identity = JAIL_TRY(look_up_identity(record));
    plan.etc = synthesise_etc(plan.identity, plan.manifest, host_resolv_conf(plan.manifest));
    return plan;
}

// The plan of a generation whose tree is there and stays: jail-provision gc may be removing the one that was
// current when the manifest was read.
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

Result<> start_clean() {
    JAIL_TRY(process::open_standard_descriptors());
    JAIL_TRY(process::close_from(3));
    process::reset_signals();
    return success();
}

// The table of contents: from a uid to a served instance. Empty: another supervisor serves it.
Result<std::optional<Supervisor>> prepare(uid_t uid) {
    if (uid == 0) return Error(EINVAL, "read uid", "0");
    JAIL_TRY(namespaces::join_hosts());
    JAIL_TRY(require_resources());
    JAIL_TRY(take_room_in_files());
    JAIL_TRY(take_room_for_descriptors());
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return errno_error("prctl PR_SET_DUMPABLE");
    std::optional<RunDirectory> run = JAIL_TRY(RunDirectory::acquire(uid));
    if (!run) return std::optional<Supervisor>();
    auto started = [&]() -> Result<Supervisor> {
        InstancePlan plan = JAIL_TRY(claim_plan(uid, *run));
        JailSockets sockets =
            JAIL_TRY(run->open_jail_sockets(plan.manifest.syslog_to_host, plan.manifest.mail));
        plan.inbox = run->inbox_path();
        if (sockets.log) plan.log_socket = run->log_socket_path();
        if (sockets.mail) plan.mail_socket = run->mail_socket_path();
        Cgroup cgroup = JAIL_TRY(make_cgroup(plan.identity, plan.manifest.limits));
        auto instance = Instance::start(plan, cgroup);
        // Out of the session that happened to be first, with whose end it would end, and with it every
        // session of the account; and out of the scope that it made, whose limits are not for it.
        const auto left = Cgroup::leave_session();
        auto listener = [&]() -> Result<FileDescriptor> {
            if (!instance) return instance.error();
            if (!left) return left.error();
            return run->listen();
        }();
        if (!listener) {
            if (instance) (void)instance.value().stop();  // the first error is the one to tell
            (void)cgroup.remove();
            return std::move(listener).error();
        }
        return Supervisor(std::move(plan), std::move(*run), std::move(cgroup), std::move(instance).value(),
                          std::move(listener).value(), std::move(sockets));
    }();
    if (started) return std::optional(std::move(started).value());
    run->remove();
    return std::move(started).error();
}

// Whoever started us reads until end of file.
void report(std::string_view word) {
    (void)!::write(STDOUT_FILENO, word.data(),
                   word.size());  // a door that is gone does not matter to the next one
    if (::dup2(STDIN_FILENO, STDOUT_FILENO) < 0) (void)::close(STDOUT_FILENO);
}

}  // namespace
}  // namespace jail::supervisor

int main(int argc, char** argv) {
    using namespace jail;
    using namespace jail::supervisor;
    const auto clean = start_clean();
    if (!clean) {
        report(clean.error().message());
        return 1;
    }
    // lastlog's record of a large uid is far into the file: a limit of our starter's is an error, not an end.
    (void)::signal(SIGXFSZ, SIG_IGN);
    // A starter that was killed reads no "ready": whoever came to wait for us meanwhile is served all the
    // same.
    (void)::signal(SIGPIPE, SIG_IGN);
    ::umask(077);
    ::openlog("jail-supervisor", LOG_PID, LOG_AUTHPRIV);
    if (argc == 3 && std::string_view(argv[1]) == "--unbound") return tell_unbound(argv[2]);
    const auto uid = parse_uid(argc == 2 ? argv[1] : nullptr);
    auto supervisor = uid ? prepare(uid.value()) : Result<std::optional<Supervisor>>(uid.error());
    if (!supervisor) {
        report(supervisor.error().message());
        return 1;
    }
    report("ready");
    if (!supervisor.value()) return 0;
    const auto result = supervisor.value()->run();
    if (!result) ::syslog(LOG_ERR, "uid %u: %s", uid.value(), result.error().message().c_str());
    return result ? 0 : 1;
}
