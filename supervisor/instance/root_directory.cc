// SPDX-License-Identifier: Apache-2.0
#include "supervisor/instance/root_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "libjail/base/directory.h"
#include "libjail/base/syscalls.h"
#include "libjail/confine/mount.h"
#include "libjail/confine/mount_source.h"
#include "libjail/policy/jail_paths.h"
#include "libjail/policy/paths.h"
#include "libjail/policy/terminal_limits.h"
#include "libjail/policy/trusted_store.h"
#include "supervisor/instance/bind.h"
#include "supervisor/instance/devices.h"
#include "supervisor/instance/login_shell.h"
#include "supervisor/instance/proc.h"

namespace jail::supervisor {
namespace {

// Paths that the instance makes itself; the tree's entries of these names, if any, stay unseen.
std::vector<std::string> own_paths(const InstancePlan& plan) {
    std::vector<std::string> own = {"/dev", "/proc", "/sys", "/run", "/tmp", "/etc/jail", plan.identity.home};
    for (const auto& [name, content] : plan.etc) own.push_back("/etc/" + name);
    return own;
}

Result<std::string> find_login_shell(int tree, const InstancePlan& plan, std::vector<std::string> own) {
    for (const BindMount& extra : plan.manifest.mounts) own.push_back(extra.target);
    return place_of_login_shell(tree, plan, own);
}

bool is_own(const std::vector<std::string>& own, const std::string& path) {
    return std::find(own.begin(), own.end(), path) != own.end();
}

bool holds_own(const std::vector<std::string>& own, const std::string& path) {
    return std::any_of(own.begin(), own.end(),
                       [&](const std::string& one) { return one.rfind(path + "/", 0) == 0; });
}

Result<> mirror_link(int from, int to, const std::string& name) {
    char target[4096];
    const ssize_t length = ::readlinkat(from, name.c_str(), target, sizeof target - 1);
    if (length < 0) return errno_error("readlink in the tree", name);
    target[length] = '\0';
    if (::symlinkat(target, to, name.c_str()) != 0) return errno_error("symlink inside the jail", name);
    return success();
}

Result<> mirror_file(int from, int to, const std::string& name, const std::string& path) {
    JAIL_TRY(directory::write_file(to, name, "", 0644));
    const FileDescriptor source = JAIL_TRY(directory::open_below(from, name));
    const FileDescriptor target = JAIL_TRY(directory::open_below(to, name));
    return bind(source.get(), mount::kReadOnlyTree, target.get(), path);
}

// Shows the tree's directory `from` in `to`. A directory is one read-only bind; where something of the
// instance's own must lie below it (the home, /etc/passwd) it is made anew and its entries are shown one by
// one.
Result<> mirror(int from, int to, const std::string& path, const std::vector<std::string>& own) {
    for (const directory::Entry& entry :
         JAIL_TRY(directory::list(from, path.empty() ? "/ of the tree" : path))) {
        const std::string child = path + "/" + entry.name;
        if (is_own(own, child)) continue;
        if (entry.type == DT_LNK) {
            JAIL_TRY(mirror_link(from, to, entry.name));
        } else if (entry.type == DT_REG) {
            JAIL_TRY(mirror_file(from, to, entry.name, child));
        } else if (entry.type == DT_DIR) {
            const FileDescriptor source = JAIL_TRY(directory::open_below(from, entry.name));
            const FileDescriptor target = JAIL_TRY(directory::make_below(to, entry.name));
            if (holds_own(own, child)) {
                JAIL_TRY(mirror(source.get(), target.get(), child, own));
            } else {
                JAIL_TRY(bind(source.get(), mount::kReadOnlyTree, target.get(), child));
            }
        } else {
            return refused(EINVAL, child + " of the tree is neither a file nor a directory nor a link");
        }
    }
    return success();
}

// `inbox`, `mail`: O_PATH, or -1.
Result<> write_etc(int root, const InstancePlan& plan, int inbox, int mail) {
    const FileDescriptor etc = JAIL_TRY(directory::make_below(root, "/etc"));
    for (const auto& [name, content] : plan.etc)
        JAIL_TRY(directory::write_file(etc.get(), name, content, 0644));

    InstanceRecord record{plan.identity.account, plan.identity.uid, plan.identity.gid, {},
                          plan.identity.home,    plan.manifest};
    for (const Group& group : plan.identity.groups) record.groups.push_back(group.gid);
    record.manifest.mounts.clear();
    const FileDescriptor directory = JAIL_TRY(directory::make_below(etc.get(), "jail"));
    JAIL_TRY(directory::write_file(directory.get(), "instance", encode(record), 0644));
    if (inbox >= 0) JAIL_TRY(show_socket(directory.get(), std::strrchr(kInbox, '/') + 1, inbox, kInbox));
    if (mail < 0) return success();
    return show_socket(directory.get(), std::strrchr(kMailSocket, '/') + 1, mail, kMailSocket);
}

// The launcher that runs is the installed one, not a copy that grew old with the tree.
Result<> bind_jailshell(int root, const std::string& login_shell) {
    const FileDescriptor source(openat2(AT_FDCWD, paths::kJailshell, O_PATH, RESOLVE_NO_MAGICLINKS));
    if (!source) return errno_error("open", paths::kJailshell);
    const FileDescriptor target = JAIL_TRY(directory::open_below(root, paths::kJailshell));
    JAIL_TRY(bind(source.get(), mount::kReadOnlyTree, target.get(), paths::kJailshell));
    if (login_shell.empty()) return success();
    const std::size_t slash = login_shell.rfind('/');
    const std::string name = login_shell.substr(slash + 1);
    const FileDescriptor parent =
        JAIL_TRY(directory::make_below(root, slash == 0 ? "/" : login_shell.substr(0, slash)));
    JAIL_TRY(directory::write_file(parent.get(), name, "", 0755));
    const FileDescriptor place = JAIL_TRY(directory::open_below(parent.get(), name));
    return bind(source.get(), mount::kReadOnlyTree, place.get(), login_shell);
}

// A private tmpfs. The number of inodes is bounded too: they are kernel memory.
Result<> mount_scratch(int root, const char* path, std::uint64_t bytes, const char* mode) {
    const std::uint64_t inodes = std::max<std::uint64_t>(1024, bytes / 16384);
    const FileDescriptor scratch = JAIL_TRY(mount::create(
        "tmpfs", {{"size", std::to_string(bytes)}, {"nr_inodes", std::to_string(inodes)}, {"mode", mode}},
        mount::kData));
    const FileDescriptor target = JAIL_TRY(directory::make_below(root, path));
    return mount::attach(scratch.get(), target.get(), path);
}

// /run is root's: sshd's monitor looks below it. Only /run/user/<uid> is the account's (XDG_RUNTIME_DIR).
Result<> mount_run(int root, const Identity& identity) {
    constexpr std::uint64_t kRunBytes = 4u << 20;
    JAIL_TRY(mount_scratch(root, "/run", kRunBytes, "0755"));
    const FileDescriptor user = JAIL_TRY(directory::make_below(root, "/run/user"));
    const std::string name = std::to_string(identity.uid);
    if (::mkdirat(user.get(), name.c_str(), 0700) != 0)
        return errno_error("mkdir inside the jail", "/run/user/" + name);
    return directory::set_owner(user.get(), name.c_str(), identity.uid, identity.gid, 0700);
}

// A directory of the host with the mounts below it: a bind of the directory alone would show empty
// directories there, and uploads would go to the wrong place. A single mount that jails must not have keeps
// all of them out, and is noted.
Result<> bind_of_host(int source, std::uint64_t attributes, int target, const std::string& path,
                      std::vector<std::string>& notes) {
    const Submounts submounts = JAIL_TRY(find_submounts(source, path));
    if (!submounts.any) return bind(source, attributes, target, path);
    if (!submounts.unfit.empty()) {
        JAIL_TRY(bind(source, attributes, target, path));
        notes.push_back("mounts below " + path + " stay out of the jail: " + submounts.unfit +
                        " must not be in it");
        return success();
    }
    const FileDescriptor copy = JAIL_TRY(mount::clone_all(source, attributes, path));
    return mount::attach(copy.get(), target, path);
}

Result<> mount_home(int root, const InstancePlan& plan, std::vector<std::string>& notes) {
    const FileDescriptor home = JAIL_TRY(open_home(plan.identity.home, plan.identity.uid));
    const FileDescriptor target = JAIL_TRY(directory::make_below(root, plan.identity.home));
    const std::uint64_t exec = plan.manifest.home_exec ? 0 : MOUNT_ATTR_NOEXEC;
    return bind_of_host(home.get(), MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | exec, target.get(),
                        plan.identity.home, notes);
}

Result<> mount_extra(const BindMount& extra, int target, std::vector<std::string>& notes) {
    const FileDescriptor source = JAIL_TRY(open_mount_source(extra.source));
    const std::uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                                     (extra.writable ? 0 : MOUNT_ATTR_RDONLY) |
                                     (extra.exec ? 0 : MOUNT_ATTR_NOEXEC);
    return bind_of_host(source.get(), attributes, target, extra.source, notes);
}

bool is_or_below(const std::string& path, const std::string& directory) {
    return path == directory || path.rfind(directory + "/", 0) == 0;
}

// A source that is gone or not trusted is left out and not an error: after the build a service was stopped,
// or an administrator changed it. A missing target is an error: the tree has every target, so this tree is
// damaged. The exceptions are targets below the home or below an earlier mount, which are not part of the
// tree.
Result<> mount_extras(int root, const InstancePlan& plan, std::vector<std::string>& notes) {
    const std::string& home = plan.identity.home;
    std::vector<std::string> not_of_tree = {home};
    for (const BindMount& extra : plan.manifest.mounts) {
        const std::string left_out = "mount of " + extra.source + " on " + extra.target + " left out: ";
        if (is_or_below(home, extra.target)) {
            notes.push_back(left_out + "it would hide the home " + home);
            continue;
        }
        const bool of_tree =
            std::none_of(not_of_tree.begin(), not_of_tree.end(),
                         [&](const std::string& place) { return is_or_below(extra.target, place); });
        const auto target = directory::open_below(root, extra.target);
        if (!target && of_tree) return target.error();
        const auto mounted =
            target ? mount_extra(extra, target.value().get(), notes) : Result<>(target.error());
        if (!mounted) notes.push_back(left_out + mounted.error().message());
        if (mounted) not_of_tree.push_back(extra.target);
    }
    return success();
}

// Made by the supervisor, in a directory of root's alone.
Result<FileDescriptor> open_socket(const std::string& path) {
    if (path.empty()) return FileDescriptor();
    FileDescriptor socket(openat2(AT_FDCWD, path.c_str(), O_PATH | O_NOFOLLOW, RESOLVE_NO_MAGICLINKS));
    if (!socket) return errno_error("open", path);
    return socket;
}

// An empty tmpfs over /run/jail: a directory that exists, is root's, and is not needed in this namespace.
Result<FileDescriptor> make_empty_root() {
    FileDescriptor root = JAIL_TRY(
        mount::create("tmpfs", {{"size", "4m"}, {"nr_inodes", "8192"}, {"mode", "0755"}}, mount::kData));
    const FileDescriptor place = JAIL_TRY(open_trusted_directory(paths::kRunDir));
    JAIL_TRY(mount::attach(root.get(), place.get(), "the new root"));
    return root;
}

}  // namespace

Result<FileDescriptor> assemble_root(const InstancePlan& plan, std::vector<std::string>& notes) {
    JAIL_TRY(mount::make_all_private());
    const std::string tree_path = std::string(paths::kStateDir) + "/trees/" + plan.manifest.tree;
    const FileDescriptor tree = JAIL_TRY(open_trusted_directory(tree_path));
    const FileDescriptor inbox = JAIL_TRY(open_socket(plan.inbox));  // the new root will lie over it
    const FileDescriptor log = JAIL_TRY(open_socket(plan.log_socket));
    const FileDescriptor mail = JAIL_TRY(open_socket(plan.mail_socket));
    FileDescriptor root = JAIL_TRY(make_empty_root());
    std::vector<std::string> own = own_paths(plan);
    const std::string login_shell = JAIL_TRY(find_login_shell(tree.get(), plan, own));
    if (!login_shell.empty()) own.push_back(login_shell);
    JAIL_TRY(mirror(tree.get(), root.get(), "", own));
    JAIL_TRY(write_etc(root.get(), plan, inbox.get(), mail.get()));
    JAIL_TRY(bind_jailshell(root.get(), login_shell));
    JAIL_TRY(mount_devices(root.get(), plan.manifest.tmp_bytes,
                           terminal_limits::of_an_instance(plan.manifest), log.get()));
    JAIL_TRY(mount_proc(root.get(), plan.manifest.home_exec));
    JAIL_TRY(mount_scratch(root.get(), "/tmp", plan.manifest.tmp_bytes, "1777"));
    JAIL_TRY(mount_run(root.get(), plan.identity));
    JAIL_TRY(mount_home(root.get(), plan, notes));
    JAIL_TRY(mount_extras(root.get(), plan, notes));
    JAIL_TRY(mount::restrict(root.get(), MOUNT_ATTR_RDONLY, "/ of the jail"));
    return root;
}

}  // namespace jail::supervisor
