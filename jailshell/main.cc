// SPDX-License-Identifier: Apache-2.0
// jailshell(1): the login shell of every account in a jail. Inside the jail (pam_jail brought us here) it
// applies the account's policy and becomes the real shell. On the host it enters the jail itself, if it is
// setuid root, or refuses. It never gives an unjailed shell.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "jailshell/door.h"
#include "jailshell/invocation.h"
#include "jailshell/session.h"
#include "libjail/base/foreign_socket.h"
#include "libjail/base/process.h"
#include "libjail/confine/confinement.h"
#include "libjail/events/denial_rate.h"
#include "libjail/events/door_log.h"
#include "libjail/events/event.h"
#include "libjail/session/denial.h"
#include "libjail/session/relay.h"
#include "libjail/session/session_end.h"
#include "libjail/session/waiting_parent.h"

namespace {

// As sshd's, when a session may not open.
constexpr int kRefused = 254;

int tell(const std::string& line) {
    (void)std::fprintf(stderr, "jailshell: %s\n", line.c_str());
    return kRefused;
}

std::string line_of_log(const std::string& event, const std::string& cause) {
    return "jailshell: event " + event + ": login of uid " + std::to_string(::getuid()) + " denied: " + cause;
}

void tell_syslog(const std::string& line) {
    ::syslog(LOG_AUTHPRIV | LOG_ERR, "%s", line.c_str());
}

// The log has the cause, and both have the event id: sshd does not pass on a subsystem's standard error, so a
// message that is only printed may be lost.
//
// Inside a jail the supervisor has the log. If the supervisor is older or gone and does not listen, the jail
// may have a syslog; if not, only the printed line is left. On the host it is syslog alone: any account there
// can call us in a way that we refuse, as often as it likes.
int refuse(const std::string& why, const std::string& command = {}) {
    const std::string event = jail::new_event_id();
    const bool outside = ::geteuid() == 0;
    if (outside || !jail::send_denial({event, why, command})) tell_syslog(line_of_log(event, why));
    return tell(why + " (event " + event + ")");
}

// The reason why a jail cannot be entered describes the host: only the log gets it (except the account's own
// limits).
int refuse_entry(const jail::Error& error, const jail::DoorLog& log) {
    // The supervisor has recorded it, as often as one account may be recorded.
    if (error.code() == EUSERS) return tell(error.message());
    const std::string event = jail::new_event_id(), cause = error.message();
    const std::string line = line_of_log(event, cause);
    jail::Event record("denial");
    (void)record.text("event_id", event)
        .number("uid", ::getuid())
        .text("cause", cause)
        .text("source", "jailshell");
    const bool is_of_a_jail = error.code() != ENOENT;
    const bool recorded = is_of_a_jail && jail::may_record_denial(::getuid());
    if (!recorded || !log.record(record, {LOG_ERR, "jailshell", line})) tell_syslog(line);
    return tell(jail::refusal(event));
}

// If no process reads the inbox, the exit status stays unknown.
void tell_inbox(const void* session, int wait_status) {
    (void)jail::send_session_end(static_cast<const char*>(session), wait_status);
}

// Clears the arguments, so that pgrep -f does not match this waiting process by the command that it was
// given.
void forget_arguments(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) std::memset(argv[i], 0, std::strlen(argv[i]));
}

// `lease`: null where another program, an application of PAM's, is the door. Returns in the process that is
// to be the session: this one, unless a parent has to wait for it.
jail::Result<> stay_behind(const jail::InstanceRecord& record, const jail::client::Lease* lease) {
    if (lease != nullptr) return jail::relay(jail::client::tell_by(*lease));
    const char* const session = std::getenv(jail::kSessionVariable);
    const bool known = session != nullptr && jail::is_event_id(session);
    const jail::WhenEnded ended = {known ? tell_inbox : nullptr, session};
    if (jail::has_foreign_terminal()) return jail::relay(ended);
    return known && record.manifest.exit_status ? jail::wait_for_program(ended) : jail::success();
}

int run_inside(const jail::InstanceRecord& record, const jail::jailshell::Invocation& invocation,
               const jail::client::Lease* lease) {
    const std::string command = invocation.command.value_or("");
    if (record.uid != ::getuid()) return refuse("this jail is another account's");
    if (jail::has_foreign_socket())
        return refuse("a standard descriptor is a socket of another network than the jail's", command);
    const auto begun = stay_behind(record, lease);
    if (!begun && begun.error().code() == EAGAIN)
        return refuse("this account runs as many processes as it may; end some of them first", command);
    if (!begun) return refuse(begun.error().message(), command);
    return refuse(jail::jailshell::run_session(record, invocation, environ).message(), command);
}

int run_outside(uid_t account, const jail::jailshell::Invocation& invocation) {
    jail::DoorLog log;  // while it can be seen
    const auto entered = jail::jailshell::enter_jail(account);
    if (!entered) return refuse_entry(entered.error(), log);
    log.close();  // the session is the account's
    return run_inside(entered.value().record, invocation, &entered.value().lease);
}

// A process that the account can write to (proc_pid_mem(5)) is the account's, not ours. The installed mode
// prevents it.
bool is_dumpable() {
    const int dumpable = ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    return dumpable != 0 && dumpable != 2;  // 2: by root alone (proc_sys_fs(5), suid_dumpable)
}

// Pipes, files, sockets and terminals come from outside by design; a directory would be a way back there.
bool has_standard_directory() {
    for (int fd = 0; fd < 3; ++fd) {
        struct stat status = {};
        if (::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) return true;
    }
    return false;
}

}  // namespace

int main(int argc, char** argv) {
    const auto ready = jail::process::start_clean();
    if (!ready) return refuse(ready.error().message());
    // A limit of our caller's is an error, not an end; run_session() undoes this.
    (void)::signal(SIGXFSZ, SIG_IGN);
    auto invocation = jail::jailshell::parse_invocation(argc, argv);
    if (!invocation) return refuse(invocation.error().message());
    invocation = jail::jailshell::as_asked(invocation.value(), std::getenv("SSH_ORIGINAL_COMMAND"));
    forget_arguments(argc, argv);

    const uid_t account = ::getuid();
    if (account == 0 && jail::is_inside_jail())
        return refuse("this session is in its jail already, as root of its own files; start a shell instead");
    if (account == 0)
        return refuse("root has no jail; this is the login shell of accounts that jail-provision added");
    if (is_dumpable())
        return refuse(
            "/usr/bin/jailshell must not be readable by users; ask the administrator to run chmod 0711 on "
            "it");
    if (has_standard_directory()) return refuse("a standard descriptor is a directory");
    if (::geteuid() == 0) return run_outside(account, invocation.value());
    const auto record = jail::load_instance();
    if (!record && record.error().code() != ENOENT) return refuse(record.error().message());
    if (!record)
        return refuse(
            "this account is confined to a jail, and this login did not lead into it: "
            "pam_jail is not in its PAM service, or jailshell is not setuid root");
    return run_inside(record.value(), invocation.value(), nullptr);
}
