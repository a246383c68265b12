// SPDX-License-Identifier: Apache-2.0
// The compiled policy: all that the code on the login path knows. jail-provision writes these records, root
// reads them; YAML never comes this far.
//
//   AccountRecord   <state>/accounts/<uid>              which jail an account is bound to
//   GroupRecord     <state>/groups/<gid>                which jail the members of a group are bound to
//   Manifest        <state>/generations/<jail>/<n>      one published state of a jail
//                   <state>/manifests/<jail>            hard link to the current one (switching is one
//                   rename)
//   InstanceRecord  /etc/jail/instance inside a jail    who the session is, and what jailshell applies
//
// Encoded, each starts with eight bytes of magic, the format version and its payload's length; a reader
// refuses any other version. Bounds are in codec.h, and validate() holds the rules that a decoded record must
// meet.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libjail/base/result.h"

namespace jail {

inline constexpr std::uint32_t kFormatVersion = 12;
inline constexpr std::size_t kMaxRecordBytes = 4u << 20;
inline constexpr std::size_t kMaxMessageBytes = 4096;

struct AccountRecord {
    std::string account;    // as NSS spells it
    std::uint32_t uid = 0;  // never 0
    std::string jail;
};

// Its members are bound without a record of their own, from their next login on.
struct GroupRecord {
    std::string group;
    std::uint32_t gid = 0;  // never 0
    std::string jail;
};

enum class Network : std::uint8_t {
    kNone = 0,  // own network namespace, loopback only
    kHost = 1,  // the host's: the policy asked for it by name
};

enum class UserNamespace : std::uint8_t {
    kNone = 0,      // the host's
    kSelf = 1,      // own one, in which the account and its groups are themselves and others nobody
    kFakeroot = 2,  // own one, for what jailshell executes, in which the account is root and others nobody
};

// Of jail-info(1), behind the message.
enum class InfoShown : std::uint8_t {
    kNone = 0,
    kAllowed = 1,
    kLimits = 2,
    kAll = 3,
};

// The kinds of session that are allowed. jailshell refuses every other kind with a message.
struct Access {
    bool shell = false;  // interactive shell and any command
    bool sftp = false;   // the external sftp-server, when shell is false
    bool scp = false;    // what the clients of these run at the other end, when shell is false
    bool rsync = false;
    bool git = false;

    bool any() const { return shell || sftp || scp || rsync || git; }
};

// Where the jail's scp, rsync and git are looked for, in this order.
inline constexpr const char* kProgramDirectories[] = {"/usr/local/bin/", "/usr/bin/", "/bin/"};

inline constexpr std::uint64_t kSwapNotLimited = UINT64_MAX;

// 0: not limited; but for swap, 0 forbids it.
struct Limits {
#define LIMIT(key, type, member, kind, fallback, text) type member = 0;
#include "libjail/policy/limits.def"
#undef LIMIT
    // The limits that the policy does not set. Such a default is left out on a host that cannot hold it (a
    // container without the controller), where a limit that was asked for is an error.
    bool memory_is_default = false;
    bool swap_is_default = false;
    bool tasks_are_default = false;
};

// A host directory or file inside the jail. Both absolute and free of symlinks; the target exists in the tree
// or below a directory that the instance makes.
struct BindMount {
    std::string source;
    std::string target;
    bool writable = false;
    bool exec = false;
};

// Sessions begin from a minute of the day up to another one, which is not in it; at most 1440.
struct LoginHours {
    std::uint32_t day = 0;  // 0: Sunday
    std::uint32_t from = 0;
    std::uint32_t to = 0;
};

struct EnvironmentVariable {
    std::string name;
    std::string value;
};

struct Settings {
#define SETTING(key, type, member, initial, kind, since, text) type member = initial;
#include "libjail/policy/settings.def"
#undef SETTING
};

struct Manifest : Settings {
    std::string jail;
    std::uint64_t generation = 0;
    std::string tree;  // <state>/trees/<tree>, 64 hexadecimal digits
    std::string hostname;
    std::string shell;        // the real shell, an absolute path inside the jail
    std::string sftp_server;  // absolute path inside the jail, empty: not in the tree
    Access access;
    Limits limits;
    std::vector<LoginHours> hours;  // empty: always
    std::string message;            // shown when a shell starts on a terminal; lines, or empty
    std::vector<BindMount> mounts;
    std::vector<std::string> environment_pass;  // names, with one trailing * allowed: "LC_*"
    std::vector<EnvironmentVariable> environment_set;
    std::string seccomp;  // array of struct sock_filter, as the kernel takes it (seccomp(2)); never empty
};

struct InstanceRecord {
    std::string account;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::vector<std::uint32_t> groups;  // supplementary, gid included
    std::string home;
    Manifest manifest;  // without mounts: what the host's side alone needs is not told inside
};

// An encoded record, header included.
std::string encode(const AccountRecord& record);
std::string encode(const GroupRecord& record);
std::string encode(const Manifest& record);
std::string encode(const InstanceRecord& record);

// Decodes and validates. EBADMSG: not such a record, another version, truncated, or something after its end.
Result<AccountRecord> decode_account(std::string_view bytes);
Result<GroupRecord> decode_group(std::string_view bytes);
Result<Manifest> decode_manifest(std::string_view bytes);
Result<InstanceRecord> decode_instance(std::string_view bytes);

// The rules of a well-formed record beyond its bytes; encode() of a record that fails them is a bug of the
// writer, so jail-provision calls validate() before it publishes. EINVAL and a sentence.
Result<> validate(const AccountRecord& record);
Result<> validate(const GroupRecord& record);
Result<> validate(const Manifest& record);
Result<> validate(const InstanceRecord& record);

// Names that become path components or reach a log: [a-z_][a-z0-9_.-]{0,31} for accounts and groups (a final
// $ is refused), [a-z0-9][a-z0-9_-]{0,31} for jails.
bool valid_account_name(std::string_view name);
bool valid_jail_name(std::string_view name);
// Absolute, no empty, "." or ".." component, no control character, at most 4095 bytes.
bool valid_absolute_path(std::string_view path);

}  // namespace jail
