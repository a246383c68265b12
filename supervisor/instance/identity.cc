// SPDX-License-Identifier: Apache-2.0
#include "supervisor/instance/identity.h"

#include <algorithm>

#include "libjail/policy/name_service.h"
#include "libjail/policy/paths.h"

namespace jail::supervisor {
namespace {

std::string group_name(gid_t gid) {
    const auto name = name_service::group_name(gid);
    // A group without a name still has a line, so that ls shows one.
    return name ? name.value() : "group" + std::to_string(gid);
}

// Without their names.
Result<std::vector<Group>> groups_of(const std::string& account, gid_t gid) {
    std::vector<Group> groups{{"", gid}};
    for (const gid_t id : JAIL_TRY(name_service::groups_of(account, gid)))
        // gid 0 would own every root-group file that a bind mount shows: never inside.
        if (id != gid && id != 0) groups.push_back({"", id});
    return groups;
}

Result<Identity> look_up(const AccountRecord& record) {
    name_service::Account entry = JAIL_TRY(name_service::account_of(record.uid));
    if (record.account != entry.name)
        return refused(EPERM,
                       "the record of " + record.account + " is not valid: its uid is now another account's");
    Identity identity{entry.name, entry.uid, entry.gid, entry.home, entry.gecos, entry.shell, {}};
    if (identity.gid == 0) return refused(EPERM, record.account + " cannot have a jail: its group is root's");
    while (identity.home.size() > 1 && identity.home.back() == '/') identity.home.pop_back();
    if (!valid_absolute_path(identity.home) || identity.home == "/")
        return Error(EINVAL, "use home", identity.home);
    identity.groups = JAIL_TRY(groups_of(identity.account, identity.gid));
    return identity;
}

// A field of /etc/passwd must not break its line.
std::string field(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c == ':' || c < 0x20; }, ' ');
    return text;
}

// For programs inside, and for Debian's login(1), which looks the account up again when it is inside and
// executes what it finds: jailshell if a parent has to wait for the program, as on the host.
std::string shell_of(const Manifest& manifest) {
    if (!manifest.access.shell) return "/usr/sbin/nologin";
    return manifest.exit_status ? paths::kJailshell : manifest.shell;
}

std::string passwd_lines(const Identity& identity, const Manifest& manifest) {
    const std::string rest = field(identity.gecos) + ":" + identity.home + ":" + shell_of(manifest) + "\n";
    // With fakeroot, a program that looks up uid 0 means the account: ssh(1) goes by this line, not by HOME.
    const bool fakeroot = manifest.user_namespace == UserNamespace::kFakeroot;
    return "root:x:0:0:" + (fakeroot ? rest : "root:/:/usr/sbin/nologin\n") + identity.account +
           ":x:" + std::to_string(identity.uid) + ":" + std::to_string(identity.gid) + ":" + rest +
           "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
}

std::string group_lines(const Identity& identity) {
    // tty: sshd gives a new terminal to this group (login_tty of openpty(3)); devpts is mounted with gid=5.
    std::string lines = "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n";
    for (const Group& group : identity.groups)
        if (group.gid != 5 && group.gid != 65534)
            lines += field(group.name) + ":x:" + std::to_string(group.gid) + ":" + identity.account + "\n";
    return lines;
}

}  // namespace

Result<Identity> look_up_identity(const AccountRecord& record) {
    Identity identity = JAIL_TRY(look_up(record));
    for (Group& group : identity.groups) group.name = group_name(group.gid);
    return identity;
}

bool is_still(Identity identity, const AccountRecord& record) {
    for (Group& group : identity.groups) group.name.clear();
    const auto now = look_up(record);
    return now && now.value() == identity;
}

std::vector<EtcFile> synthesise_etc(const Identity& identity, const Manifest& manifest,
                                    const std::string& resolv_conf, const std::string& hosts) {
    return {
        {"passwd", passwd_lines(identity, manifest)},
        {"group", group_lines(identity)},
        {"hostname", manifest.hostname + "\n"},
        {"hosts",
         "127.0.0.1 localhost " + manifest.hostname + "\n::1 localhost " + manifest.hostname + "\n" + hosts},
        {"nsswitch.conf",
         "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\nprotocols: files\n"},
        {"resolv.conf", resolv_conf},
    };
}

}  // namespace jail::supervisor
