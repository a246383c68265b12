// SPDX-License-Identifier: Apache-2.0
#include "provision/tree/mount_check.h"

#include <sys/stat.h>

#include "libjail/confine/mount_source.h"
#include "libjail/policy/paths.h"
#include "libjail/policy/trusted_store.h"
#include "provision/base/problem.h"
#include "provision/host/reserved_paths.h"

namespace jail::provision {

namespace {

constexpr std::string_view kOfTheKernel[] = {"/proc", "/sys", "/dev"};

// Places of the host that no jail is shown, and the directories that hold them.
Result<> check_place(const Layout& layout, const std::string& source) {
    for (const std::string_view place : kOfTheKernel)
        if (is_or_below(source, place))
            return problem("the mount's source " + source + " is the host's own; a jail has its own " +
                           std::string(place));
    for (const std::string& place : {layout.state_dir, layout.run_dir, std::string(paths::kLogDir)})
        if (is_or_below(source, place))
            return problem("the mount's source " + source + " is jailshell's own, and no jail's");
    for (const std::string& place : {layout.state_dir, layout.run_dir})
        if (is_or_below(place, source))
            return problem("the mount's source " + source + " holds " + place +
                           ", which is jailshell's own; mount what is wanted below it");
    return success();
}

// The first directory above the source that an account can change: named here, refused by
// open_mount_source().
Result<> check_parents(const Layout& layout, const std::string& source) {
    for (std::size_t end = 0; end != std::string::npos; end = source.find('/', end + 1)) {
        const std::string path = end == 0 ? "/" : source.substr(0, end);
        struct stat status = {};
        if (::lstat((layout.host_root + path).c_str(), &status) != 0) return errno_error("stat", path);
        if (distrust(status, layout.owner) == Distrust::kNone) continue;
        const std::string chmod = chmod_against(status, layout.owner);
        return problem("the mount's source " + source + ": " + who_can_change(path, status, layout.owner) +
                       ", and logins take no mount from there; run " +
                       (chmod.empty() ? "chown root" : chmod) + " on it, or mount " + path + " itself");
    }
    return success();
}

Result<> check_source(const Layout& layout, const std::string& source) {
    JAIL_TRY(check_place(layout, source));
    JAIL_TRY(check_parents(layout, source));
    if (!layout.host_root.empty()) return success();  // a test's host has the mount table of another one
    const FileDescriptor opened = JAIL_TRY(open_mount_source(source));
    const Submounts submounts = JAIL_TRY(find_submounts(opened.get(), source));
    if (submounts.unfit.empty()) return success();
    return problem("the mount's source " + source + " has " + submounts.unfit +
                   " mounted below it, which must not be in a jail; mount the directories beside it");
}

Error hides(const BindMount& mount, const std::string& what) {
    return problem("the mount on " + mount.target + " would hide " + what);
}

// The place on the host that a session finds under `path`, once the mount lies over it.
std::string counterpart(const BindMount& mount, const std::string& path) {
    return mount.source + path.substr(mount.target.size());
}

// A mount may lie over programs and files of the tree (/usr over /usr) where its source has them too.
Result<> check_hidden_files(const BindMount& mount, const TreePlan& plan, HostFiles& files) {
    for (auto place = plan.entries().lower_bound(mount.target); place != plan.entries().end(); ++place) {
        const auto& [path, entry] = *place;
        if (!path.starts_with(mount.target)) break;
        if (!is_or_below(path, mount.target) || entry.kind != EntryKind::kFile) continue;
        if (entry.executable && !mount.exec)
            return hides(mount, "the program " + path + ", and nothing in it can be run; add exec: true");
        const Result<WalkEnd> there = files.walk(counterpart(mount, path));
        if (path != mount.target && (!there || there.value().kind != FileKind::kFile))
            return hides(mount, path + ", which the jail has and " + mount.source + " has not");
    }
    return success();
}

Result<> check_other_mounts(const std::vector<MountRequest>& mounts, std::size_t which, HostFiles& files) {
    const BindMount& mount = mounts[which].mount;
    for (std::size_t i = 0; i < mounts.size(); ++i) {
        const std::string& other = mounts[i].mount.target;
        if (i == which || !is_or_below(other, mount.target)) continue;
        if (i < which) return hides(mount, "the one on " + other + "; write it before that");
        if (!files.walk(counterpart(mount, other)))
            return hides(mount, "the mount point " + other + "; make " + counterpart(mount, other));
    }
    return success();
}

Result<> check_target(const std::vector<MountRequest>& mounts, std::size_t which,
                      const std::vector<std::string>& homes, const TreePlan& plan, HostFiles& files) {
    const BindMount& mount = mounts[which].mount;
    if (!reserved_place(mount.target, homes).empty()) return success();  // has no mount point: was said
    const std::string place = reserved_below(mount.target, homes);
    if (!place.empty())
        return hides(mount,
                     place + ", which the jail makes itself; mount what is wanted below " + mount.target);
    JAIL_TRY(check_other_mounts(mounts, which, files));
    return check_hidden_files(mount, plan, files);
}

}  // namespace

void check_mounts(const Layout& layout, const CheckedPolicy& checked, const TreePlan& plan, HostFiles& files,
                  Diagnostics& diagnostics) {
    const std::vector<MountRequest>& mounts = checked.policy.mounts;
    for (std::size_t i = 0; i < mounts.size(); ++i) {
        const std::string& source = mounts[i].mount.source;
        const Result<WalkEnd> end = files.walk(source);
        if (!end || end.value().path != source || source == "/" || mounts[i].mount.target == "/") continue;
        for (const Result<>& checked_part :
             {check_source(layout, source), check_target(mounts, i, checked.homes, plan, files)})
            if (!checked_part) diagnostics.add(mounts[i].at, describe(checked_part.error()));
    }
}

}  // namespace jail::provision
