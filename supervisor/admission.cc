// SPDX-License-Identifier: Apache-2.0
// The supervisor's decisions: whether a session may open, and which instance it belongs to.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "libjail/base/clock.h"
#include "libjail/events/event.h"
#include "libjail/policy/account_lock.h"
#include "libjail/policy/binding.h"
#include "libjail/policy/frozen.h"
#include "libjail/policy/login_times.h"
#include "libjail/policy/trusted_store.h"
#include "libjail/session/protocol.h"
#include "supervisor/instance_choice.h"
#include "supervisor/session_limits.h"
#include "supervisor/supervisor.h"

namespace jail::supervisor {
namespace {

// Only root's processes open sessions; the directory's mode says so already, this says it again. The pid is
// good for no more than to notice the opener's end: it may have ended already, and its number be another's.
struct Opener {
    FileDescriptor pidfd;
    pid_t pid = 0;
};
Result<Opener> opener_of(int connection) {
    ucred peer = {};
    socklen_t size = sizeof peer;
    if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return errno_error("getsockopt SO_PEERCRED");
    if (peer.uid != 0) return refused(EPERM, "uid " + std::to_string(peer.uid) + " may not open a session");
    Opener opener{FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, peer.pid, 0))), peer.pid};
    if (!opener.pidfd) return errno_error("pidfd_open");
    return opener;
}

// The account may know of a limit of its own, and of the id under which the log has it.
std::string words_for(const Error& error, const Session& session) {
    return error.code() == EUSERS ? error.message() + " (event " + session.id + ")" : error.message();
}

}  // namespace

// An empty warm instance saves time, but must not keep an old policy. An instance with sessions keeps the
// generation that it started with, also for sessions that join later: all of them see each other's processes.
bool Supervisor::outdated() const {
    const auto account = name_service::account_of(plan_.identity.uid);
    const auto record = account ? find_binding(account.value()) : Result<AccountRecord>(account.error());
    if (!record || record.value().jail != plan_.manifest.jail) return true;
    if (!is_still(plan_.identity, record.value())) return true;
    const auto manifest = load_manifest(plan_.manifest.jail);
    return !manifest || encode(manifest.value()) != encode(plan_.manifest);
}

// A newer generation takes effect when the last session ends. Two changes cannot wait: the account was moved
// to another jail, or its login shell was changed and this instance does not block the new one. EAGAIN; the
// cause is for the log.
Result<> Supervisor::may_join() const {
    const auto account = name_service::account_of(plan_.identity.uid);
    const auto record = account ? find_binding(account.value()) : Result<AccountRecord>(account.error());
    if (!record) return refused(EAGAIN, record.error().message());
    if (record.value().jail != plan_.manifest.jail)
        return refused(EAGAIN, "the account was moved to jail " + record.value().jail +
                                   "; its sessions in jail " + plan_.manifest.jail + " have to end first");
    if (!plan_.manifest.access.shell && account.value().shell != plan_.identity.login_shell)
        return refused(EAGAIN, "its login shell was changed; its open sessions have to end first");
    return success();
}

// By the published policy, also where the instance runs an older generation: it can have been shortened, or
// extended. Where it cannot be read, an instance with sessions goes by its own.
Result<> Supervisor::may_log_in_now() const {
    const auto published = busy() ? load_manifest(plan_.manifest.jail) : Result<Manifest>(plan_.manifest);
    return require_login_time(published ? published.value() : plan_.manifest, ::time(nullptr));
}

// Takes the listener of the session's filter, once, after the door has entered. Any other message, or a
// second listener, gives false. A descriptor for which there was no room is lost, and jailshell gets ENOSYS;
// the session stays open, with its door inside.
bool Supervisor::take_listener(Session& session, protocol::Received& received) {
    if (!session.user_namespace || received.bytes != "f") return false;
    FileDescriptor user_namespace = std::move(session.user_namespace);
    if (received.descriptor)
        fakeroot_.add(std::move(received.descriptor), std::move(user_namespace), session.opener_pid,
                      session.opener.get());
    return true;
}

// A connection sends its request and, with fakeroot, the message that take_listener() takes. Any later
// message, or the end of the connection, ends the session. This never blocks: a door that was stopped halfway
// does not delay other doors.
void Supervisor::receive(Session& session) {
    if (session.admitted) {
        auto received = protocol::receive(session.connection.get());
        if (received && take_listener(session, received.value())) return;
        if (received) session.program_end = protocol::decode_end(received.value().bytes);
        return session.end_with("lease_closed");
    }
    const auto verdict = admit(session);
    session.admitted = verdict && !session.question;
    session.ended = !session.admitted;
    if (verdict && session.question) expected_until_ = now() + kFirstSession;
    superseded_ = superseded_ || (!verdict && verdict.error().code() == EPROTONOSUPPORT);
    if (!verdict && verdict.error().code() == EUSERS) {
        const char* const limit = !require_not_frozen(plan_.identity.uid, instance_.pid())   ? "frozen"
                                  : !require_unlocked(plan_.identity.uid)                    ? "locked"
                                  : !may_log_in_now()                                        ? "hours"
                                  : session_limits::sessions_are_met(plan_.manifest, open()) ? "sessions"
                                                                                             : "tasks";
        return log_.limit_denied(session, verdict.error().message(), limit);
    }
    if (session.admitted)
        opened(session);
    else if (!verdict &&
             verdict.error().code() != ECONNRESET)  // it only checked whether a supervisor listens
        log_.session_refused(verdict.error().message());
}

// The door has another version: its programs were installed or replaced since. While sessions are open, the
// door gets a message; otherwise this supervisor ends, and the door starts its own.
Error Supervisor::refuse_version(int connection, const Error& error) const {
    if (!busy()) return error;
    const protocol::Reply reply = protocol::make_reply(EPROTONOSUPPORT, 0, error.message());
    (void)protocol::send(connection, &reply, sizeof reply);  // the closed connection is an answer as well
    return error;
}

Result<> Supervisor::admit(Session& session) {
    const int connection = session.connection.get();
    const auto decoded = protocol::decode_request(JAIL_TRY(protocol::receive(connection)).bytes);
    if (!decoded && decoded.error().code() == EPROTONOSUPPORT)
        return refuse_version(connection, decoded.error());
    if (!decoded) return decoded.error();
    const protocol::Request& request = decoded.value();
    Opener opener = JAIL_TRY(opener_of(connection));
    session.id = new_event_id();
    session.opener = std::move(opener.pidfd);
    session.opener_pid = opener.pid;
    session.door = request.door;
    session.terminal = request.terminal;
    session.peer = request.peer;
    session.watched = {.opener = opener.pid, .opened_at = now(), .active_at = now()};
    session.administrator = request.purpose == static_cast<std::uint32_t>(protocol::Purpose::kAdministrator);
    session.question = request.purpose == static_cast<std::uint32_t>(protocol::Purpose::kQuestion);
    session.logind = request.logind;
    const auto verdict = [&]() -> Result<const Instance*> {
        JAIL_TRY(may_open(session));
        if (session.question) return nullptr;
        return instance_for(session, request.instance);
    }();
    const std::uint32_t status = verdict ? 0 : static_cast<std::uint32_t>(verdict.error().code());
    protocol::Reply reply =
        protocol::make_reply(status, static_cast<std::uint32_t>(plan_.manifest.network),
                             verdict ? "" : words_for(verdict.error(), session), cgroup_.place().path,
                             cgroup_.place().hierarchies, session.id);
    reply.sessions = logins();
    reply.instances = instances();
    const bool joined_by_door = plan_.manifest.user_namespace == UserNamespace::kSelf;
    const Instance* const instance = verdict ? verdict.value() : nullptr;
    const int user_namespace = instance != nullptr && joined_by_door ? instance->user_namespace() : -1;
    reply.user_namespace = user_namespace >= 0 ? 1 : 0;
    JAIL_TRY(protocol::send(connection, &reply, sizeof reply, instance == nullptr ? -1 : instance->pidfd()));
    if (user_namespace >= 0) JAIL_TRY(protocol::send(connection, "u", 1, user_namespace));
    return verdict ? success() : Result<>(verdict.error());
}

Result<> Supervisor::may_open(const Session& session) const {
    if (session.administrator) return success();
    JAIL_TRY(require_not_frozen(plan_.identity.uid, instance_.pid()));
    JAIL_TRY(require_unlocked(plan_.identity.uid));
    JAIL_TRY(may_log_in_now());
    if (busy()) JAIL_TRY(may_join());
    return session_limits::may_open(plan_.manifest, open(), cgroup_);
}

// The instance that the session joins; made now, where it is to be the session's alone. Its control group is
// the account's: so are the limits.
Result<const Instance*> Supervisor::instance_for(Session& session, std::uint32_t wanted) {
    const Instance* instance = &instance_;
    if (session.administrator) {
        const Session* chosen = JAIL_TRY(choose_session(sessions_, wanted));
        if (chosen != nullptr) instance = &*chosen->own;
    } else if (plan_.manifest.instance_per_session) {
        auto own = Instance::start(plan_, cgroup_);
        // v2 counts its PID 1 when it is made, and another process of the account may have been quicker.
        if (!own && own.error().code() == EAGAIN)
            JAIL_TRY(session_limits::may_open(plan_.manifest, open(), cgroup_));
        session.own = JAIL_TRY(std::move(own));
        session.number = ++last_number_;
        instance = &*session.own;
    }
    session.watched.init = instance->pid();
    if (plan_.manifest.user_namespace == UserNamespace::kFakeroot) {
        // Its own: an administrator's session does not keep the instance that it goes to.
        session.user_namespace.reset(::fcntl(instance->user_namespace(), F_DUPFD_CLOEXEC, 0));
        if (!session.user_namespace) return errno_error("fcntl F_DUPFD_CLOEXEC");
    }
    return instance;
}

}  // namespace jail::supervisor
