#include "libjail/login_shell.h"

#include <fcntl.h>
#include <unistd.h>

#include "libjail/paths.h"
#include "libjail/syscalls.h"

namespace jail {
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

// Where `path` leads inside the tree, without symlinks. ENOENT: nowhere.
Result<std::string> resolve(int tree, const std::string& path) {
    const FileDescriptor found(openat2(tree, path.c_str(), O_PATH, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS));
    if (!found) return errno_error("open in the tree", path);
    const std::string root = JAIL_TRY(name_of(tree));
    const std::string full = JAIL_TRY(name_of(found.get()));
    if (full.compare(0, root.size(), root) != 0) return Error(EXDEV, "resolve in the tree", path);
    return full.substr(root.size());
}

}  // namespace

Result<std::string> place_of_login_shell(int tree, const InstancePlan& plan) {
    const std::string& shell = plan.identity.login_shell;
    if (shell == paths::kJailshell || !valid_absolute_path(shell) || !listed_in_shells(shell))
        return std::string();
    const auto program = resolve(tree, shell);
    if (program) return plan.manifest.access.shell ? std::string() : program.value();
    if (program.error().code() != ENOENT) return program.error();
    const std::size_t slash = shell.rfind('/');
    const auto parent = resolve(tree, shell.substr(0, std::max<std::size_t>(slash, 1)));
    return (parent ? parent.value() : shell.substr(0, slash)) + shell.substr(slash);
}

}  // namespace jail
