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
    FileDescriptor user_namespace;  // none: the policy asks for none
    Cgroup cgroup;
    std::string session;          // its id, as its events have it
    std::uint32_t sessions = 0;   // that were open already
    std::uint32_t instances = 1;  // that run for this account, this one included
};

// Gets a lease for this uid, starting jail-supervisor where none runs. ETIMEDOUT: one that was started says
// nothing for 20 s, one that is connected to for 10 s.
// EUSERS: the account is at a limit of its own, and the error's object is a sentence that it may read, with
// the id of the event that the supervisor has recorded. The calling process is in the jail's cgroup, with
// kSessionOomScore, when this returns. `logind` is the session's XDG_SESSION_ID: its end there is its end.
Result<Lease> attach(uid_t uid, std::string_view door, std::string_view terminal, std::string_view peer,
                     std::string_view logind = {});

// Whether attach() would succeed now, by the same supervisor, which is started where none runs, and with the
// same errors. Nothing is kept; the answer is as old as the call.
Result<> could_attach(uid_t uid, std::string_view door, std::string_view terminal, std::string_view peer);

// The administrator's: no limit of the account refuses it, and the calling process stays out of the cgroup.
// `session`: where each session has an instance of its own, the number of the one to go to; 0 for the only
// one. EMLINK: there are several, and the error's object is a sentence that says which. ESRCH: no such
// session.
Result<Lease> attach_administrator(uid_t uid, std::uint32_t session = 0);

// The same of what runs already, and of the whole account: starts none, and when the PID 1 of this lease
// ends, all instances of the account do. ENOENT, ECONNREFUSED: there is none.
Result<Lease> find_running(uid_t uid);

// For relay(), by who holds the session's lease: tells the supervisor how the program ended, for the
// session's last event, and so ends the session. The lease has to last as long.
WhenEnded tell_by(const Lease& lease);

// A step to be done in the jail's namespaces before anything is given up: with root's rights over the
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

// A connected control socket. ENOENT or ECONNREFUSED: nobody listens.
Result<FileDescriptor> connect(uid_t uid);

}  // namespace jail::client
