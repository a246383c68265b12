// SPDX-License-Identifier: Apache-2.0
#include "libjail/session/client.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <optional>

#include "libjail/base/ipc.h"
#include "libjail/base/process.h"
#include "libjail/base/unix_address.h"
#include "libjail/confine/confinement.h"
#include "libjail/confine/namespaces.h"
#include "libjail/policy/paths.h"
#include "libjail/session/protocol.h"

namespace jail::client {
namespace {

constexpr int kReplySeconds = 10;
constexpr int kStartTimeoutMs = 20000;
constexpr int kAttempts = 20;

// In the child that becomes the supervisor: only calls that are safe after fork(2) (signal-safety(7)).
[[noreturn]] void become_supervisor(const process::Program& program, int status_pipe) {
    process::reset_signals();
    // A setuid jailshell still has the account's real uid here: with it the account could signal the
    // supervisor.
    if (::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) ::_exit(1);
    if (::setsid() < 0 || ::chdir("/") != 0) ::_exit(1);
    // Before anything can fail that is reported there: our own standard output is the account's.
    if (::dup2(status_pipe, 1) < 0) ::_exit(1);
    program.execute(-1, 1, -1);
    static constexpr char kFailed[] = "jail-supervisor could not be executed; is the installation complete?";
    (void)!::write(1, kFailed, sizeof kFailed - 1);  // the reader takes silence for a failure as well
    ::_exit(1);
}

// Two forks: the supervisor is not the door's child, so that a door never has to wait for it.
Result<> launch_supervisor(uid_t uid, int status_pipe) {
    const process::Program program(paths::kSupervisor, {"jail-supervisor", std::to_string(uid)});
    const pid_t middle = JAIL_TRY(process::fork_silently());
    if (middle == 0) {
        const auto supervisor = process::fork_silently();
        if (!supervisor) ::_exit(1);
        if (supervisor.value() == 0) become_supervisor(program, status_pipe);
        ::_exit(0);
    }
    if (JAIL_TRY(process::wait_for(middle)) != 0) return Error(EAGAIN, "start", paths::kSupervisor);
    return success();
}

// The supervisor's report of its start: "ready", or one line of why not.
Result<> wait_until_ready(int status_pipe) {
    std::string said;
    char buffer[256];
    for (;;) {
        pollfd waiting = {status_pipe, POLLIN, 0};
        const int ready = ::poll(&waiting, 1, kStartTimeoutMs);
        if (ready < 0 && errno == EINTR) continue;
        if (ready == 0) return Error(ETIMEDOUT, "wait for", paths::kSupervisor);
        const ssize_t count = ::read(status_pipe, buffer, sizeof buffer);
        if (count < 0) return errno_error("read", "status of the supervisor");
        if (count == 0) break;
        if (said.size() < 1024) said.append(buffer, static_cast<std::size_t>(count));
    }
    if (said == "ready") return success();
    return refused(ECANCELED, said.empty() ? "the supervisor ended without a word"
                                           : "the supervisor cannot start: " + said);
}

Result<> start_supervisor(uid_t uid) {
    Pipe status = JAIL_TRY(make_pipe());
    JAIL_TRY(launch_supervisor(uid, status.write_end.get()));
    status.write_end.reset();
    return wait_until_ready(status.read_end.get());
}

// No supervisor listens, or the listener ended between our connect and its accept: then another attempt is
// right.
bool worth_a_start(const Error& error) {
    return error.code() == ENOENT || error.code() == ECONNREFUSED || error.code() == ECONNRESET ||
           error.code() == EPIPE;
}

// With SO_RCVTIMEO a timeout is EAGAIN, "Resource temporarily unavailable".
Result<protocol::Received> wait_for_reply(const FileDescriptor& socket, uid_t uid) {
    auto received = protocol::receive(socket.get());
    if (received || received.error().code() != EAGAIN) return received;
    return refused(ETIMEDOUT, "the supervisor of uid " + std::to_string(uid) +
                                  " accepted a connection and does not answer; jail-provision kill ends it");
}

// The supervisor's answer: if it agrees, the descriptors to join the instance.
struct Answer {
    protocol::Reply reply;
    FileDescriptor init;
};
Result<Answer> ask(const FileDescriptor& socket, uid_t uid, const protocol::Request& request) {
    JAIL_TRY(protocol::send(socket.get(), &request, sizeof request));
    protocol::Received received = JAIL_TRY(wait_for_reply(socket, uid));
    const auto decoded = protocol::decode_reply(received.bytes);
    if (!decoded && decoded.error().code() == EPROTONOSUPPORT)
        return refused(EPROTONOSUPPORT,
                       "cannot attach: " + decoded.error().message() +
                           "; the account's open sessions have to end before it can log in again");
    if (!decoded) return decoded.error();
    const protocol::Reply& reply = decoded.value();
    if (reply.status != 0) return refused(static_cast<int>(reply.status), reply.message);
    return Answer{reply, std::move(received.descriptor)};
}

Result<Lease> request_lease(uid_t uid, const protocol::Request& request) {
    FileDescriptor socket = JAIL_TRY(connect(uid));
    Answer answer = JAIL_TRY(ask(socket, uid, request));
    const protocol::Reply& reply = answer.reply;
    if (!answer.init) return refused(EBADMSG, "cannot attach: the supervisor sent no pidfd");
    FileDescriptor user_namespace;
    if (reply.user_namespace != 0)
        user_namespace = std::move(JAIL_TRY(protocol::receive(socket.get())).descriptor);
    return Lease{std::move(socket),
                 std::move(answer.init),
                 uid,
                 static_cast<Network>(reply.network),
                 std::move(user_namespace),
                 JAIL_TRY(Cgroup::at({reply.cgroup, reply.hierarchies})),
                 reply.session,
                 reply.sessions,
                 reply.instances};
}

Result<> request_answer(uid_t uid, const protocol::Request& request) {
    const FileDescriptor socket = JAIL_TRY(connect(uid));
    JAIL_TRY(ask(socket, uid, request));
    return success();
}

// `send` sends the request to the supervisor that listens; if it finds no listener, a supervisor is started
// and it sends again.
template <class Send>
auto request_or_start(uid_t uid, const protocol::Request& request, Send send)
    -> decltype(send(uid, request)) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        auto answer = send(uid, request);
        if (answer || !worth_a_start(answer.error())) return answer;
        JAIL_TRY(start_supervisor(uid));
    }
    return refused(ETIMEDOUT, "cannot attach: the supervisor ended " + std::to_string(kAttempts) +
                                  " times in a row, or has another protocol version");
}

// A number that the kernel keeps of this process: its present value goes through `choose`, which returns
// nullopt to keep it.
template <class Choose>
Result<> set_own_number(const char* file, Choose choose) {
    const FileDescriptor opened(::open(file, O_RDWR | O_CLOEXEC));
    if (!opened) return errno_error("open", file);
    char present[24] = {};
    if (::read(opened.get(), present, sizeof present - 1) < 0) return errno_error("read", file);
    const std::optional<long long> chosen = choose(std::strtoll(present, nullptr, 10));
    if (!chosen) return success();
    const std::string value = std::to_string(*chosen);
    if (::pwrite(opened.get(), value.data(), value.size(), 0) != static_cast<ssize_t>(value.size()))
        return errno_error("write", file);
    return success();
}

// The audit subsystem's login uid (pam_loginuid(8), which su's stack does not have). As long as it is not
// set, the account could set it, to root's or any other account's.
Result<> set_login_uid(uid_t uid) {
    const auto set = set_own_number("/proc/self/loginuid", [&](long long present) {
        return present == UINT32_MAX ? std::optional<long long>(uid)
                                     : std::nullopt;  // else the door's own login
    });
    return !set && set.error().code() == ENOENT ? success() : set;  // a kernel without it
}

// The session's processes inherit this value, and if the door has CAP_SYS_RESOURCE they cannot go below it:
// when memory is short, in the jail or on the host, the kernel ends one of them before root's process that
// opened the session. The supervisor resets the value of that process when it has a child.
Result<> be_ended_first() {
    return set_own_number("/proc/self/oom_score_adj", [](long long present) {
        return present < kSessionOomScore ? std::optional<long long>(kSessionOomScore) : std::nullopt;
    });
}

protocol::Request administrators_request(std::uint32_t instance) {
    protocol::Request request = protocol::make_request("enter", "", "");
    request.purpose = static_cast<std::uint32_t>(protocol::Purpose::kAdministrator);
    request.instance = instance;
    return request;
}

}  // namespace

std::string control_path(uid_t uid) {
    return std::string(paths::kRunDir) + "/" + std::to_string(uid) + "/control";
}

Result<FileDescriptor> connect(uid_t uid) {
    FileDescriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (!socket) return errno_error("socket");
    const timeval patience = {kReplySeconds, 0};  // a login never hangs on a supervisor that does
    for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO})
        if (::setsockopt(socket.get(), SOL_SOCKET, option, &patience, sizeof patience) != 0)
            return errno_error("setsockopt");
    const std::string path = control_path(uid);
    const sockaddr_un address = JAIL_TRY(unix_address("connect", path));
    int connected;
    do connected = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    while (connected != 0 && errno == EINTR);  // ^Z and fg, with a time limit on the socket (signal(7))
    if (connected != 0) return errno_error("connect", path);
    return socket;
}

Result<Lease> take_lease(uid_t uid, std::string_view door, std::string_view terminal, std::string_view peer,
                         std::string_view logind) {
    return request_or_start(uid, protocol::make_request(door, terminal, peer, logind), request_lease);
}

// By ourselves, not by the supervisor: a pid that it was told may be another process's by the time it acts.
Result<> join_cgroup(const Lease& lease) {
    JAIL_TRY(be_ended_first());
    return lease.cgroup.join();
}

Result<Lease> attach(uid_t uid, std::string_view door, std::string_view terminal, std::string_view peer,
                     std::string_view logind) {
    Lease lease = JAIL_TRY(take_lease(uid, door, terminal, peer, logind));
    JAIL_TRY(join_cgroup(lease));
    return lease;
}

Result<Lease> attach_administrator(uid_t uid, std::uint32_t session) {
    return request_or_start(uid, administrators_request(session), request_lease);
}

Result<> could_attach(uid_t uid, std::string_view door, std::string_view terminal, std::string_view peer) {
    protocol::Request request = protocol::make_request(door, terminal, peer);
    request.purpose = static_cast<std::uint32_t>(protocol::Purpose::kQuestion);
    return request_or_start(uid, request, request_answer);
}

Result<Lease> find_running(uid_t uid) {
    return request_lease(uid, administrators_request(protocol::kWholeAccount));
}

WhenEnded tell_by(const Lease& lease) {
    const auto tell = [](const void* held, int wait_status) {
        const std::string end = protocol::encode_end(wait_status);
        const auto& connection = static_cast<const Lease*>(held)->connection;
        (void)protocol::send(connection.get(), end.data(), end.size());
    };
    return {tell, &lease};
}

Result<InstanceRecord> enter(const Lease& lease, const WhenInside& inside) {
    JAIL_TRY(set_login_uid(lease.uid));  // while /proc is the host's
    JAIL_TRY(namespaces::join(lease.init.get()));
    if (inside.run != nullptr) JAIL_TRY(inside.run(inside.context));
    InstanceRecord record = JAIL_TRY(load_instance());
    if (record.uid != lease.uid)
        return refused(EPERM, "cannot enter the jail: the instance is another account's");
    // Last: what comes before needs root's rights over the host's namespaces, and confine() takes away all
    // that the new one gives.
    if (record.manifest.user_namespace == UserNamespace::kSelf) {
        if (!lease.user_namespace)
            return refused(EBADMSG, "cannot enter the jail: the supervisor sent no user namespace");
        JAIL_TRY(namespaces::join_user(lease.user_namespace.get()));
    }
    // Descriptors that su inherited lead out of the jail. jailshell would close them, but su may start
    // another program.
    JAIL_TRY(process::keep_from_programs(3));
    const FileDescriptor listener = JAIL_TRY(confine(record));
    if (listener) JAIL_TRY(protocol::send(lease.connection.get(), "f", 1, listener.get()));
    return record;
}

}  // namespace jail::client
