// SPDX-License-Identifier: Apache-2.0
// pam_jail(8): the door for everything that speaks PAM. account: refuses an account with a damaged jail while
// there is still a conversation for the message. session: moves the calling process, and so all that it
// starts, into the jail. Must be the last session module: later modules run inside.
//
// This code runs as root in sshd's monitor, su, login or cron. It keeps no state but the lease, which lives
// in PAM's data so that the kernel or pam_end(3) closes it, whichever comes first; pam_close_session has no
// effect, since sshd calls it while session processes still run.
#include <pwd.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <security/pam_modutil.h>
#include <stdlib.h>
#include <syslog.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "libjail/base/foreign_socket.h"
#include "libjail/confine/refused_process.h"
#include "libjail/events/door_log.h"
#include "libjail/events/event.h"
#include "libjail/policy/binding.h"
#include "libjail/policy/passed_variables.h"
#include "libjail/policy/paths.h"
#include "libjail/policy/trusted_store.h"
#include "libjail/session/client.h"
#include "libjail/session/session_end.h"
#include "pam_jail/job_files.h"
#include "pam_jail/login_terminal.h"

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

constexpr char kSessionKey[] = "pam_jail_session";

std::string item(const pam_handle_t* handle, int type) {
    const void* value = nullptr;
    if (pam_get_item(handle, type, &value) != PAM_SUCCESS || value == nullptr) return {};
    return static_cast<const char*>(value);
}

void tell(pam_handle_t* handle, int flags, const std::string& line) {
    if ((flags & PAM_SILENT) == 0) (void)pam_error(handle, "%s", line.c_str());
}

// Reports the reason to the logs, and the denial to the person. `hook` is the module's, as pam_syslog(3)
// names it.
void report(pam_handle_t* handle, int flags, const jail::Error& error, const char* account, const char* hook,
            const jail::DoorLog& log) {
    if (error.code() == EUSERS)
        return tell(handle, flags, error.message());  // the supervisor has recorded it
    const std::string event = jail::new_event_id();
    jail::Event record("denial");
    (void)record.text("event_id", event)
        .text("account", account)
        .text("cause", error.message())
        .text("source", "pam_jail")
        .text("door", item(handle, PAM_SERVICE))
        .text("tty", item(handle, PAM_TTY))
        .text("rhost", item(handle, PAM_RHOST));
    const std::string line = "event " + event + ": login of " + account + " denied: " + error.message();
    const std::string named = "pam_jail(" + item(handle, PAM_SERVICE) + ":" + hook + "): " + line;
    if (!log.record(record, {LOG_ERR, program_invocation_short_name, named}))
        pam_syslog(handle, LOG_ERR, "%s", line.c_str());
    tell(handle, flags, jail::refusal(event));
}

int deny_account(pam_handle_t* handle, int flags, const jail::Error& error, const char* account) {
    report(handle, flags, error, account, "account", jail::DoorLog());
    return PAM_PERM_DENIED;
}

// sshd goes on after a session that was not opened (`ssh -N` stays, terminals are the host's), and sudo takes
// PAM_SESSION_ERR for harmless: the code is one that no application passes over, and the process cannot
// become a session any more, whatever the application does with the code.
int end_session_phase() {
    jail::forbid_session();
    return PAM_SYSTEM_ERR;
}

int deny_session(pam_handle_t* handle, int flags, const jail::Error& error, const char* account,
                 const jail::DoorLog& log = jail::DoorLog()) {
    report(handle, flags, error, account, "session", log);
    return end_session_phase();
}

// An unknown argument may be meant as a protection: refuse.
jail::Result<> check_arguments(int argc, const char** argv) {
    if (argc == 0) return jail::success();
    return jail::refused(EINVAL, std::string("pam_jail takes no module arguments, found ") + argv[0]);
}

// The account's binding; empty when it belongs to no jail. An account with the login shell jailshell is meant
// to belong to one: otherwise it is refused, not let through.
jail::Result<std::optional<jail::AccountRecord>> find_record(const passwd& entry) {
    auto record = jail::find_binding(
        {entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir, entry.pw_gecos, entry.pw_shell});
    if (!record && record.error().code() == ENOENT &&
        std::string_view(entry.pw_shell) != jail::paths::kJailshell)
        return std::optional<jail::AccountRecord>();
    if (!record) return std::move(record).error();
    return std::optional(std::move(record).value());
}

// atd(8) unlinks a job and opens its spool file by their paths after the session phase, which it cannot see
// inside.
jail::Result<> check_service(const pam_handle_t* handle) {
    if (item(handle, PAM_SERVICE) != "atd") return jail::success();
    return jail::refused(ENOTSUP, "atd runs no job of an account in a jail; cron does");
}

// All that can be known to be wrong before the session phase, the limits and the start of an instance
// included: here sshd still shows the reason, while a refused session phase is the end of its connection.
jail::Result<> check_jail(const pam_handle_t* handle, const jail::AccountRecord& record,
                          const passwd& entry) {
    JAIL_TRY(check_service(handle));
    const jail::Manifest manifest = JAIL_TRY(jail::load_manifest(record.jail));
    JAIL_TRY(jail::open_trusted_directory(std::string(jail::paths::kStateDir) + "/trees/" + manifest.tree));
    // A directory's account may have its home made when it first logs in (pam_mkhomedir(8)), by a session
    // module before this one; PID 1 looks again.
    const auto home = jail::open_home(entry.pw_dir, entry.pw_uid);
    const bool to_be_made = !home && home.error().code() == ENOENT && !jail::load_account(entry.pw_uid);
    if (!home && !to_be_made) return home.error();
    // internal-sftp and forwards do not start jailshell: an account without any permission is refused here.
    if (!manifest.access.any()) return jail::refused(EACCES, "the policy allows no kind of session");
    if (to_be_made) return jail::success();
    return jail::client::could_attach(record.uid, item(handle, PAM_SERVICE), item(handle, PAM_TTY),
                                      item(handle, PAM_RHOST));
}

// The data of the session that the application's handle keeps.
struct Opened {
    jail::client::Lease lease;
    std::string account;
    jail::pam_jail::LoginTerminal terminal = {};
    bool inside = false;  // all the way
};

void drop(pam_handle_t*, void* data, int) {
    delete static_cast<Opened*>(data);
}

struct Login {
    const passwd* entry = nullptr;
    std::optional<jail::AccountRecord> record;
};

// The account that logs in, and whether that is any of our business. Sets `login`, or returns an error.
jail::Result<> find_login(pam_handle_t* handle, int argc, const char** argv, Login& login) {
    JAIL_TRY(check_arguments(argc, argv));
    const char* name = nullptr;
    if (pam_get_user(handle, &name, nullptr) != PAM_SUCCESS || name == nullptr)
        return jail::refused(EINVAL, "PAM does not say who logs in");
    login.entry = pam_modutil_getpwnam(handle, name);
    if (login.entry == nullptr) return jail::Error(ENOENT, "look up account", name);
    if (login.entry->pw_uid != 0) login.record = JAIL_TRY(find_record(*login.entry));
    return jail::success();
}

// Variables that pam_env and others took from files of the host's, or of the account's (user_readenv=1): su,
// cron and sshd hand them to the program that they start, which need not be jailshell. XDG_SESSION_ID is
// pam_systemd's own, for its close.
jail::Result<> keep_passed_variables(pam_handle_t* handle, const jail::Manifest& manifest) {
    char** const list = pam_getenvlist(handle);
    if (list == nullptr) return jail::Error(ENOMEM, "read", "PAM's environment");
    bool cleared = true;
    for (char** entry = list; *entry != nullptr; ++entry) {
        const std::string name(*entry, strcspn(*entry, "="));
        if (!jail::passes(manifest, name) && name != "XDG_SESSION_ID")
            cleared = pam_putenv(handle, name.c_str()) == PAM_SUCCESS && cleared;
        free(*entry);
    }
    free(list);
    return cleared ? jail::success() : jail::Result<>(jail::Error(ENOMEM, "change", "PAM's environment"));
}

// For jailshell, which reports with it how the session's program ended.
jail::Result<> name_session(pam_handle_t* handle, const std::string& session) {
    const std::string entry = jail::kSessionVariable + ("=" + session);
    if (pam_putenv(handle, entry.c_str()) == PAM_SUCCESS) return jail::success();
    return jail::Error(ENOMEM, "change", "PAM's environment");
}

jail::Result<> open_session(pam_handle_t* handle, const jail::AccountRecord& record) {
    JAIL_TRY(check_service(handle));
    const char* logind = pam_getenv(handle, "XDG_SESSION_ID");  // pam_systemd's
    auto opened = std::make_unique<Opened>(
        Opened{JAIL_TRY(jail::client::take_lease(record.uid, item(handle, PAM_SERVICE), item(handle, PAM_TTY),
                                                 item(handle, PAM_RHOST), logind == nullptr ? "" : logind)),
               item(handle, PAM_USER)});
    Opened& held = *opened;
    if (pam_set_data(handle, kSessionKey, opened.get(), drop) != PAM_SUCCESS)
        return jail::Error(ENOMEM, "keep", "the session's lease");
    (void)opened.release();  // PAM's now
    held.terminal =
        JAIL_TRY(jail::pam_jail::LoginTerminal::prepare(item(handle, PAM_SERVICE), held.lease.init.get()));
    JAIL_TRY(jail::client::join_cgroup(held.lease));
    const jail::client::WhenInside enter_mounts = {
        [](void* terminal) { return static_cast<jail::pam_jail::LoginTerminal*>(terminal)->enter(); },
        &held.terminal};
    const jail::InstanceRecord record_inside = JAIL_TRY(jail::client::enter(held.lease, enter_mounts));
    // su's standard descriptors become the session's: from a service that systemd started for a connection,
    // such a socket would lead to the host's network (connect(2), AF_UNSPEC).
    if (jail::has_foreign_socket())
        return jail::refused(EPERM, "a standard descriptor is a socket of another network than the jail's");
    JAIL_TRY(keep_passed_variables(handle, record_inside.manifest));
    JAIL_TRY(name_session(handle, held.lease.session));
    held.inside = true;
    return jail::success();
}

// Listed twice in the stack, or asked again. A session that failed halfway cannot become one: the
// process may be inside already.
int opened_before(const pam_handle_t* handle, const void* data) {
    const auto* opened = static_cast<const Opened*>(data);
    const bool same = opened->inside && opened->account == item(handle, PAM_USER);
    return same ? PAM_SUCCESS : end_session_phase();
}

}  // namespace

EXPORT int pam_sm_acct_mgmt(pam_handle_t* handle, int flags, int argc, const char** argv) {
    Login login;
    const auto found = find_login(handle, argc, argv, login);
    const char* name = login.entry == nullptr ? "(unknown)" : login.entry->pw_name;
    if (!found) return deny_account(handle, flags, found.error(), name);
    if (!login.record) return PAM_IGNORE;
    const auto could_open = check_jail(handle, *login.record, *login.entry);
    return could_open ? PAM_SUCCESS : deny_account(handle, flags, could_open.error(), name);
}

EXPORT int pam_sm_open_session(pam_handle_t* handle, int flags, int argc, const char** argv) {
    const void* present = nullptr;
    if (pam_get_data(handle, kSessionKey, &present) == PAM_SUCCESS) return opened_before(handle, present);
    Login login;
    const auto found = find_login(handle, argc, argv, login);
    const char* name = login.entry == nullptr ? "(unknown)" : login.entry->pw_name;
    if (!found) return deny_session(handle, flags, found.error(), name);
    if (!login.record) return PAM_IGNORE;
    const auto replaced =
        jail::pam_jail::replace_job_files(login.record->uid);  // before we open files of our own
    const jail::DoorLog log;                                   // while it can be seen
    const auto opened = replaced ? open_session(handle, *login.record) : replaced;
    return opened ? PAM_SUCCESS : deny_session(handle, flags, opened.error(), name, log);
}

EXPORT int pam_sm_close_session(pam_handle_t* handle, int, int, const char**) {
    const void* present = nullptr;
    return pam_get_data(handle, kSessionKey, &present) == PAM_SUCCESS ? PAM_SUCCESS : PAM_IGNORE;
}
