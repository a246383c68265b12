// SPDX-License-Identifier: Apache-2.0
#include "supervisor/instance/login_shell.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/syscalls.h"
#include "libjail/policy/paths.h"

namespace jail::supervisor {
namespace {

bool listed_in_shells(const std::string& shell) {
    bool listed = false;
    ::setusershell();
    while (const char* entry = ::getusershell()) listed = listed || shell == entry;
    ::endusershell();
    return listed;
}

Result<std::string> name_of(int fd) {
    char name[4096];
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    const ssize_t length = ::readlink(link.c_str(), name, sizeof name);
    if (length < 0 || length == sizeof name) return errno_error("readlink", link);
    return std::string(name, static_cast<std::size_t>(length));
}

// Where `path` leads inside the tree, without symlinks. ENOENT: it does not exist there.
Result<std::string> resolve(int tree, const std::string& path) {
    const FileDescriptor found(openat2(tree, path.c_str(), O_PATH, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS));
    if (!found) return errno_error("open in the tree", path);
    const std::string root = JAIL_TRY(name_of(tree));
    const std::string full = JAIL_TRY(name_of(found.get()));
    if (full.compare(0, root.size(), root) != 0) return Error(EXDEV, "resolve in the tree", path);
    return full.substr(root.size());
}

bool is_link(int tree, const std::string& path) {
    const FileDescriptor found(
        openat2(tree, path.c_str(), O_PATH | O_NOFOLLOW, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS));
    struct stat status = {};
    return found && ::fstat(found.get(), &status) == 0 && S_ISLNK(status.st_mode);
}

// Where the tree would have `path`, which it has not: its last directory that is there, without symlinks, and
// the rest as it is written.
Result<std::string> resolve_absent(int tree, const std::string& path) {
    if (!valid_absolute_path(path)) return Error(EINVAL, "use login shell", path);
    for (std::size_t cut = path.size(); cut > 0;) {
        if (is_link(tree, path.substr(0, cut)))
            return refused(EPERM, "the login shell " + path + " is a link of the tree that leads nowhere");
        cut = path.rfind('/', cut - 1);
        const auto parent = cut == 0 ? Result<std::string>("") : resolve(tree, path.substr(0, cut));
        if (parent) return parent.value() + path.substr(cut);
        if (parent.error().code() != ENOENT) return parent.error();
    }
    return Error(EINVAL, "use login shell", path);
}

bool is_below(const std::string& path, const std::string& directory) {
    return path == directory || path.rfind(directory + "/", 0) == 0;
}

}  // namespace

Result<std::string> place_of_login_shell(int tree, const InstancePlan& plan,
                                         const std::vector<std::string>& own) {
    const Access& access = plan.manifest.access;
    const std::string shell = plan.identity.login_shell.empty() ? "/bin/sh" : plan.identity.login_shell;
    const bool listed = listed_in_shells(shell);
    if (shell == paths::kJailshell || (access.shell && !listed)) return std::string();
    // A relative one is looked for in the session's working directory, and no tree's.
    if (shell[0] != '/') return Error(EINVAL, "use login shell", shell);
    const auto program = resolve(tree, shell);
    if (!program && program.error().code() != ENOENT) return program.error();
    if (program && access.shell) return std::string();
    const std::string place = program ? program.value() : JAIL_TRY(resolve_absent(tree, shell));
    for (const std::string& one : own)
        if (is_below(place, one))
            return refused(EPERM, "the login shell " + shell + " is not a file of the jail's tree");
    const std::string& sftp_server = plan.manifest.sftp_server;
    if (program && access.sftp && !sftp_server.empty()) {
        const auto server = resolve(tree, sftp_server);
        if (server && server.value() == place) return std::string();
    }
    return program || listed ? place : std::string();
}

}  // namespace jail::supervisor
