// SPDX-License-Identifier: Apache-2.0
// The half of Closure that adds data: `files:`, mount points, the files of every jail.
#include <algorithm>

#include "libjail/base/path_name.h"
#include "libjail/policy/jail_paths.h"
#include "provision/base/problem.h"
#include "provision/host/reserved_paths.h"
#include "provision/tree/closure.h"

namespace jail::provision {

namespace {

constexpr std::string_view kTopLevelLinks[] = {"/bin",   "/sbin",   "/lib",   "/lib32",
                                               "/lib64", "/libx32", "/libo32"};

Error made_by_instance(const std::string& path, const std::string& place) {
    return problem(path + " cannot be part of a tree: the jail makes " + place + " itself, for each account");
}

TreeEntry file_entry(bool executable, std::string source, std::string content = {}) {
    TreeEntry entry;
    entry.kind = EntryKind::kFile;
    entry.executable = executable;
    entry.source = std::move(source);
    entry.text = std::move(content);
    return entry;
}

TreeEntry link_entry(std::string target) {
    TreeEntry entry;
    entry.kind = EntryKind::kSymlink;
    entry.text = std::move(target);
    return entry;
}

// Puts the entries of a walk into the plan. A symlink into a reserved place is kept, and entries below it are
// not read: /etc/mtab -> ../proc/self/mounts is right in a jail too.
class Placer final : public PathVisitor {
public:
    Placer(TreePlan& plan, const std::vector<std::string>& homes, const std::string& reason)
        : plan_(plan), homes_(homes), reason_(reason) {}

    void on_directory(const std::string& path) override { add(path, {}); }
    void on_symlink(const std::string& path, const std::string& target) override {
        add(path, link_entry(target));
    }
    bool stop_at(const std::string& path, bool behind_symlink) override {
        const std::string place = reserved_place(path, homes_);
        if (place.empty()) return false;
        if (!behind_symlink && result_) result_ = made_by_instance(path, place);
        return true;
    }
    Result<> result() { return std::move(result_); }

private:
    void add(const std::string& path, TreeEntry entry) {
        Result<> added = plan_.add(path, std::move(entry), reason_);
        if (!added && result_) result_ = std::move(added);
    }

    TreePlan& plan_;
    const std::vector<std::string>& homes_;
    const std::string& reason_;
    Result<> result_;
};

}  // namespace

Result<WalkEnd> Closure::place_path(const std::string& path, const std::string& reason, bool create) {
    Placer placer(plan_, homes_, reason);
    Result<WalkEnd> end = files_.walk(path, &placer, create);
    JAIL_TRY(placer.result());
    return end;
}

// The place of something that the tree itself decides about: directories on the way are the host's, the last
// component is never followed, whatever the host has there.
Result<std::string> Closure::place_new(const std::string& path, const std::string& reason) {
    if (!valid_absolute_path(path) || path == "/") return problem(path + " is no place for a file");
    const WalkEnd parent = JAIL_TRY(place_path(parent_of(path), reason, true));
    const std::string directory = parent.path == "/" ? "" : parent.path;
    std::string place = directory + "/" + base_of(path);
    const std::string reserved = reserved_place(parent.stopped ? directory : place, homes_);
    if (!reserved.empty()) return made_by_instance(path, reserved);
    if (!directory.empty()) JAIL_TRY(plan_.add(directory, {}, reason));
    return place;
}

Result<> Closure::add_base(const std::string& jailshell) {
    const std::string reason = "every jail";
    for (const std::string_view link : kTopLevelLinks)
        if (files_.state(std::string(link)).kind == FileKind::kSymlink)
            JAIL_TRY(place_path(std::string(link), reason, true));
    for (const char* fixed : {"/var/tmp", "/var/run"}) JAIL_TRY(place_path(fixed, reason, true));
    return plan_.add(JAIL_TRY(place_new(jailshell, reason)), file_entry(true, {}), reason);
}

Result<> Closure::add_sendmail(const std::string& client) {
    const Result<WalkEnd> of_host = files_.walk(kSendmail);
    if (!of_host && of_host.error().code() != ENOENT) return of_host.error();
    if (!of_host)
        return problem(std::string("mail: true needs ") + kSendmail +
                       " of the host, and there is none; install a mail server, such as the package postfix");
    const std::string reason = "mail: true";
    return add_host_file(JAIL_TRY(files_.walk(client)).path, JAIL_TRY(place_new(kSendmail, reason)), reason);
}

Result<> Closure::add_info(const std::string& program) {
    const std::string reason = "every jail with a shell";
    return add_host_file(JAIL_TRY(files_.walk(program)).path, JAIL_TRY(place_new(kInfo, reason)), reason);
}

// The host's file `canonical`, at `at` in the jail.
Result<> Closure::add_host_file(const std::string& canonical, const std::string& at,
                                const std::string& reason) {
    const FileState& state = files_.state(canonical);
    if (state.kind != FileKind::kFile)
        return problem(canonical + " is neither a file, a directory nor a symlink");
    JAIL_TRY(files_.check_source(canonical));
    if (!files_.everybody_may_read(canonical))
        return problem(canonical +
                       " is not readable by everybody on the host; a jail's files are, so it stays out");
    // The runtime's mount point wins over the host's own copy of it.
    if (const TreeEntry* there = plan_.find(at); there && there->needed_by.front() == "every jail")
        return success();
    return plan_.add(at, file_entry((state.mode & 0111) != 0, canonical), reason);
}

// Plug-ins: data that the dynamic linker can load brings its libraries. Scripts among data do not bring their
// interpreters; programs belong under commands.
Result<> Closure::follow_data(const std::string& canonical) {
    const bool loadable =
        (files_.state(canonical).mode & 0111) || base_of(canonical).find(".so") != std::string::npos;
    if (!loadable) return success();
    const FileDescriptor file = JAIL_TRY(files_.open(canonical));
    const std::optional<ElfFile> elf = JAIL_TRY(read_elf(file.get(), canonical));
    const Chain chain{{canonical}, {}, adding_optional_};
    return elf && mark_followed(canonical, chain) ? follow_elf(canonical, *elf, chain) : success();
}

Result<> Closure::add_found(const std::string& path, const std::string& reason) {
    const WalkEnd end = JAIL_TRY(place_path(path, reason, false));
    if (end.stopped) return success();
    if (end.kind == FileKind::kDirectory) return add_subtree(end.path, reason);
    // A secret file that a bundle's pattern matches is left out of the jail, and does not fail the build.
    if (adding_optional_ && !files_.everybody_may_read(end.path)) return success();
    JAIL_TRY(add_host_file(end.path, end.path, reason));
    return follow_data(end.path);
}

Result<> Closure::add_subtree(const std::string& canonical, const std::string& reason) {
    if (canonical == "/") return problem("the host's whole root directory cannot be a jail's tree");
    // A file that was left out as optional may still be asked for by a strict request.
    if (!walked_.insert(adding_optional_ ? canonical + "\noptional" : canonical).second) return success();
    for (const std::string& name : JAIL_TRY(files_.list(canonical)))
        JAIL_TRY(add_child(canonical + "/" + name, reason));
    return success();
}

// Inside of a directory that was named as a whole, an entry that a jail cannot have is left out silently only
// if the administrator expects that: dangling symlinks stay as they are, sockets, fifos and devices are not
// files.
Result<> Closure::add_child(const std::string& path, const std::string& reason) {
    const FileKind kind = files_.state(path).kind;
    if (kind == FileKind::kOther) return success();
    if (kind == FileKind::kSymlink) {
        // The link of an account that the administrator trusts with its own files stays as it is, unfollowed.
        if (const Result<WalkEnd> leads = files_.walk(path);
            !leads && must_be_told(leads.error()) && leads.error().code() == kLeadsOut)
            return plan_.add(path, link_entry(JAIL_TRY(files_.target_of(path))), reason);
        const Result<WalkEnd> end = place_path(path, reason, false);
        if (!end)
            return end.error().code() == ENOENT || end.error().code() == ELOOP ? success()
                                                                               : Result<>(end.error());
        if (end.value().stopped || end.value().kind == FileKind::kOther) return success();
    }
    return add_found(path, reason);
}

Result<> Closure::add_placed(const FileRequest& file, const std::string& reason) {
    const std::string place = JAIL_TRY(place_new(file.path, reason));
    if (file.content) return plan_.add(place, file_entry(false, {}, *file.content), reason);
    const WalkEnd source = JAIL_TRY(files_.walk(file.source));
    if (source.kind == FileKind::kDirectory)
        return problem(file.source + " is a directory; a map with source takes one file");
    JAIL_TRY(add_host_file(source.path, place, reason));
    return follow_data(source.path);
}

Result<> Closure::add_file(const OriginatedFile& wanted) {
    const FileRequest& file = wanted.file;
    const std::string reason = wanted.origin + ", file " + file.path;
    adding_optional_ = wanted.optional;
    if (file.content || !file.source.empty()) return add_placed(file, reason);
    const std::vector<std::string> found = JAIL_TRY(files_.glob(file.path));
    if (found.empty() && !wanted.optional) return problem(file.path + " matches nothing");
    for (const std::string& path : found) {
        const Result<> added = add_found(path, reason);
        if (!added && !(wanted.optional && added.error().code() == ENOENT)) return added.error();
    }
    return success();
}

Result<> Closure::add_package_file(const std::string& path, const std::string& reason) {
    if (plan_.find(path) || !reserved_place(path, homes_).empty()) return success();
    const FileKind kind = files_.state(path).kind;
    if (kind == FileKind::kDirectory) return success();  // what is in it is listed
    adding_optional_ = true;
    const Result<> added = add_child(path, reason);
    if (!added && added.error().code() == ENOENT) return success();
    return added;
}

Result<> Closure::add_mount_point(const BindMount& mount) {
    const Result<WalkEnd> source = files_.walk(mount.source);
    if (!source) return in_context("mount", source.error());
    if (source.value().path != mount.source)
        return problem("the mount's source " + mount.source + " has a symlink in it; write " +
                       source.value().path);
    if (mount.source == "/" || mount.target == "/") return problem("/ cannot be mounted");
    const std::string reason = "mount of " + mount.source;
    const std::string place = JAIL_TRY(place_new(mount.target, reason));
    if (place != mount.target)
        return problem("the mount's target " + mount.target + " is " + place + " in the jail; write that");
    const EntryKind kind =
        source.value().kind == FileKind::kDirectory ? EntryKind::kDirectory : EntryKind::kFile;
    if (const TreeEntry* there = plan_.find(place); there && there->kind == kind) return success();
    return plan_.add(place, kind == EntryKind::kDirectory ? TreeEntry{} : file_entry(false, {}), reason);
}

}  // namespace jail::provision
