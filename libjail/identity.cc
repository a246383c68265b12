#include "libjail/identity.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>

namespace jail {
namespace {

constexpr std::size_t kNssBuffer = 256 * 1024;  // a group of a large directory has a long member list
constexpr int kMaxGroups = 1024;

std::string group_name(gid_t gid, std::string& buffer) {
    struct group entry = {};
    struct group* found = nullptr;
    if (::getgrgid_r(gid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
        return entry.gr_name;
    return "group" + std::to_string(gid);  // a group without a name still has a line, so that ls shows one
}

Result<std::vector<Group>> supplementary_groups(const std::string& account, gid_t gid, std::string& buffer) {
    gid_t ids[kMaxGroups];
    int count = kMaxGroups;
    if (::getgrouplist(account.c_str(), gid, ids, &count) < 0)
        return Error(E2BIG, "look up groups of", account);
    std::vector<Group> groups{{group_name(gid, buffer), gid}};
    for (int i = 0; i < count; ++i)
        // gid 0 would own every root-group file that a bind mount shows: never inside.
        if (ids[i] != gid && ids[i] != 0) groups.push_back({group_name(ids[i], buffer), ids[i]});
    return groups;
}

// A field of /etc/passwd must not break its line.
std::string field(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c == ':' || c < 0x20; }, ' ');
    return text;
}

std::string passwd_lines(const Identity& identity, const Manifest& manifest) {
    return "root:x:0:0:root:/:/usr/sbin/nologin\n" + identity.account + ":x:" + std::to_string(identity.uid) +
           ":" + std::to_string(identity.gid) + ":" + field(identity.gecos) + ":" + identity.home + ":" +
           (manifest.access.shell ? manifest.shell : "/usr/sbin/nologin") +
           "\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
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
    std::string buffer(kNssBuffer, '\0');
    struct passwd entry = {};
    struct passwd* found = nullptr;
    const int error = ::getpwuid_r(record.uid, &entry, buffer.data(), buffer.size(), &found);
    if (error != 0) return Error(error, "look up uid", std::to_string(record.uid));
    if (found == nullptr) return Error(ENOENT, "look up uid", std::to_string(record.uid));
    if (record.account != entry.pw_name)
        return Error(EPERM, "trust the record of", record.account + " (its uid is now another account's)");
    Identity identity{entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir, entry.pw_gecos, {}};
    if (identity.gid == 0) return Error(EPERM, "jail", record.account + " (its group is root's)");
    while (identity.home.size() > 1 && identity.home.back() == '/') identity.home.pop_back();
    if (!valid_absolute_path(identity.home) || identity.home == "/")
        return Error(EINVAL, "use home", identity.home);
    identity.groups = JAIL_TRY(supplementary_groups(identity.account, identity.gid, buffer));
    return identity;
}

std::vector<EtcFile> synthesise_etc(const Identity& identity, const Manifest& manifest,
                                    const std::string& resolv_conf) {
    return {
        {"passwd", passwd_lines(identity, manifest)},
        {"group", group_lines(identity)},
        {"hostname", manifest.hostname + "\n"},
        {"hosts", "127.0.0.1 localhost " + manifest.hostname + "\n::1 localhost " + manifest.hostname + "\n"},
        {"nsswitch.conf",
         "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\nprotocols: files\n"},
        {"resolv.conf", resolv_conf},
    };
}

}  // namespace jail
