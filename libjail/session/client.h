// SPDX-License-Identifier: Apache-2.0
// The door's side of a session: connect to the account's supervisor, or start it, and join its instance. Used
// by pam_jail in sshd's monitor and by setuid jailshell, both on the host, both as root.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"
#include "libjail/confine/cgroup.h"
#include "libjail/policy/manifest.h"
#include "libjail/session/session_child.h"

namespace jail::client {

// oom_score_adj of a session's processes, of 1000 (proc_pid_oom_score_adj(5)).
inline constexpr long kSessionOomScore = 500;

// The lease, which keeps the instance for this session. As long as any process holds `connection`, the
// session counts.
struct Lease {
    FileDescriptor connection;
    FileDescriptor init;  // pidfd of the instance's PID 1
    uid_t uid = 0;
    Network network = Network::kNone;
    FileDescriptor user_namespace;  // empty: not in the policy
    Cgroup cgroup;
    std::string session;          // its id, as its events have it
    std::uint32_t sessions = 0;   // that were open already
    std::uint32_t instances = 1;  // that run for this account, this one included
};

// Gets a lease for this uid, and starts jail-supervisor if it does not run. ETIMEDOUT: a supervisor that was
// started does not answer for 20 s, or one that runs for 10 s. EUSERS: the account is at a limit of its own,
// and the error's object is a sentence that it may read, with the id of the event that the supervisor has
// recorded. The calling process is in the jail's cgroup, with kSessionOomScore, when this returns. `logind`
// is the session's XDG_SESSION_ID: its end there is its end.
Result<Lease> attach(uid_t uid, std::string_view door, std::string_view terminal, std::string_view peer,
                     std::string_view logind = {});

// attach() in two steps, for a door that has something to do for the session meanwhile, out of the jail's
// cgroup: the lease, and then the calling process's place in the cgroup.
Result<Lease> take_lease(uid_t uid, std::string_view door, std::string_view terminal, std::string_view peer,
                         std::string_view logind = {});
Result<> join_cgroup(const Lease& lease);

// Whether attach() would succeed now, by the same supervisor, which is started if it does not run, and with
// the same errors. It does not keep a lease; the answer is as old as the call.
Result<> could_attach(uid_t uid, std::string_view door, std::string_view terminal, std::string_view peer);

// The administrator's: no limit of the account refuses it, and the calling process stays out of the cgroup.
// `session`: where each session has an instance of its own, the number of the one to go to; 0 for the only
// one. EMLINK: there are several, and the error's object is a sentence that lists them. ESRCH: the session
// does not exist.
Result<Lease> attach_administrator(uid_t uid, std::uint32_t session = 0);

// The same for a running supervisor, and for the whole account: does not start one, and when the PID 1 of
// this lease ends, all instances of the account do. ENOENT, ECONNREFUSED: no supervisor runs.
Result<Lease> find_running(uid_t uid);

// For relay() in the process that holds the session's lease: reports to the supervisor how the program ended,
// for the session's last event, and so ends the session. The lease has to last as long.
WhenEnded tell_by(const Lease& lease);

// A step that runs in the jail's namespaces before any privilege is dropped: with root's rights over the
// host's.
struct WhenInside {
    Result<> (*run)(void* context) = nullptr;
    void* context = nullptr;
};

// Moves the calling, single-threaded process into the instance and confines it (confinement.h). The caller
// stays root with its present capabilities (sshd's monitor has to become the account) and must not open what
// the account could have put there. Returns the instance's record, read inside.
Result<InstanceRecord> enter(const Lease& lease, const WhenInside& inside = {});

// The path of the control socket of this uid: <run>/<uid>/control.
std::string control_path(uid_t uid);

// A connected control socket. ENOENT or ECONNREFUSED: no supervisor listens.
Result<FileDescriptor> connect(uid_t uid);

}  // namespace jail::client
