// SPDX-License-Identifier: Apache-2.0
// The messages between a door and a supervisor over <run>/<uid>/control (unix(7), SOCK_SEQPACKET): one
// request, one reply, and then the connection itself is the session's lease: the supervisor keeps the
// instance as long as any process holds the other end. Messages have a fixed size and need no parser.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail::protocol {

inline constexpr std::uint32_t kVersion = 6;

// The purpose of a connection.
enum class Purpose : std::uint32_t {
    kSession,        // the connection becomes a session's lease
    kAdministrator,  // likewise, of jail-provision, which the limits of the account's sessions do not bind
    kQuestion,       // whether a session could open now; the answer ends it, without a lease
};

// Which instance the administrator means, where each session has its own.
inline constexpr std::uint32_t kAnyInstance = 0;  // the one that there is; an error where there are more
inline constexpr std::uint32_t kWholeAccount = UINT32_MAX;  // the account's: with its PID 1 all others end

struct Request {
    std::uint32_t magic;
    std::uint32_t version;
    std::uint32_t purpose;  // enum Purpose
    std::uint32_t
        instance;       // the administrator's: of which session, by its number; kAnyInstance, kWholeAccount
    char door[32];      // "sshd", "su", ...: the PAM service, or "jailshell"
    char terminal[64];  // PAM_TTY, or empty
    char peer[128];     // PAM_RHOST, or empty
    char logind[32];    // XDG_SESSION_ID, or empty
};

struct Reply {
    std::uint32_t magic;
    std::uint32_t version;
    std::uint32_t status;          // 0, or an errno
    std::uint32_t user_namespace;  // 1: a second message follows, with the namespace as its descriptor
    std::uint32_t network;         // enum Network: whether there is a network namespace to join
    std::uint32_t sessions;        // open already
    std::uint32_t instances;       // how many run: what `instance: session` has beside the account's own
    std::uint32_t hierarchies;     // Cgroup::Place
    char session[16];              // its id, as its events have it (event.h)
    char cgroup[256];              // likewise: what the door joins by itself
    char message[240];             // why not; for the log. EUSERS: a limit of the account's, and its to know;
                                   // EMLINK, ESRCH: which session the administrator may mean
};

Request make_request(std::string_view door, std::string_view terminal, std::string_view peer,
                     std::string_view logind = {});
Reply make_reply(std::uint32_t status, std::uint32_t network, std::string_view message,
                 std::string_view cgroup = {}, std::uint32_t hierarchies = 0, std::string_view session = {});

// EPROTONOSUPPORT: of another version. Magic and version, and a reply's status, keep their places in every
// version, so that it can be told. EBADMSG: not of this protocol, not terminated, of an unknown purpose.
Result<Request> decode_request(std::string_view bytes);
Result<Reply> decode_reply(std::string_view bytes);

// How a program ended. A door that waits for the session's program itself says so here, as the last word of
// its session.
struct ProgramEnd {
    bool by_signal = false;
    std::uint8_t number = 0;  // of the signal, or the exit status
};
std::string encode_end(int wait_status);
std::optional<ProgramEnd> decode_end(std::string_view bytes);  // nullopt: it is not one

// One message, with at most one descriptor. A receive of an orderly end is ECONNRESET. Received descriptors
// beyond the first are closed.
Result<> send(int socket, const void* message, std::size_t size, int descriptor = -1);
struct Received {
    std::string bytes;
    FileDescriptor descriptor;
};
Result<Received> receive(int socket);

}  // namespace jail::protocol
