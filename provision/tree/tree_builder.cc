// SPDX-License-Identifier: Apache-2.0
#include "provision/tree/tree_builder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "libjail/base/path_name.h"
#include "provision/base/content_hash.h"
#include "provision/base/durability.h"
#include "provision/base/file_copy.h"
#include "provision/base/file_io.h"
#include "provision/base/problem.h"
#include "provision/base/replacement.h"

namespace jail::provision {

namespace {

// Modes in a tree are exact, whatever umask the administrator works with.
class ScopedUmask {
public:
    explicit ScopedUmask(mode_t mask) : before_(::umask(mask)) {}
    ~ScopedUmask() { (void)::umask(before_); }
    ScopedUmask(const ScopedUmask&) = delete;
    ScopedUmask& operator=(const ScopedUmask&) = delete;

private:
    mode_t before_;
};

mode_t mode_of(const char* mode) {
    return mode[0] == '7' ? 0755 : 0644;
}

Result<> place_tree(const std::string& staged, const std::string& place) {
    return ::rename(staged.c_str(), place.c_str()) == 0 ? success() : Result<>(errno_error("rename", place));
}

// Running jails may have the damaged one as their root: it stays as long as they do (garbage_collection.h),
// so it gets its new name in the same step.
Result<> replace_tree(const std::string& staged, const std::string& place) {
    const std::string aside = place + ".damaged-" + random_name();
    if (::rename(staged.c_str(), aside.c_str()) != 0) return errno_error("rename", aside);
    if (::renameat2(AT_FDCWD, aside.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) == 0) return success();
    const Error error = errno_error("rename", place);
    (void)::rename(aside.c_str(), staged.c_str());  // else it is garbage, and gc takes it
    return error;
}

}  // namespace

// The files of one build in <state>/staging/<random>; removed with everything in it unless it was renamed
// away.
struct TreeBuilder::Staged {
    std::string directory;
    std::map<std::string, Object> objects;       // by path in the tree
    std::vector<std::string> files;              // fresh copies, to be synced
    std::vector<std::string> directories;        // of the tree, to be synced
    std::map<std::string, std::string> by_name;  // hash-mode of a fresh copy: its path in staging
    std::size_t copies = 0;

    ~Staged() {
        std::error_code ignored;  // what stays is removed by the next run
        if (!directory.empty()) std::filesystem::remove_all(directory, ignored);
    }
    std::string tree() const { return directory + "/tree"; }
    std::string inventory() const { return directory + "/inventory"; }
};

void remove_stale_staging(const Layout& layout) {
    std::error_code ignored;
    for (const std::string& name : names_in(layout.state_dir + "/staging"))
        std::filesystem::remove_all(layout.state_dir + "/staging/" + name, ignored);
    for (const char* directory : {"", "/accounts", "/groups", "/inventories", "/manifests", "/stamps"})
        remove_temporaries(layout.state_dir + directory);
    for (const std::string& jail : names_in(layout.state_dir + "/provenance"))
        remove_temporaries(layout.state_dir + "/provenance/" + jail);
}

std::string stored_object(const Layout& layout, const std::string& hash, bool executable) {
    return layout.state_dir + "/store/" + hash.substr(0, 2) + "/" + hash + (executable ? "-755" : "-644");
}

std::string TreeBuilder::stored(const Object& object) const {
    return stored_object(layout_, object.hash, object.mode[0] == '7');
}

Result<TreeBuilder::Object> TreeBuilder::copy(const TreeEntry& entry, const std::string& path, Staged& staged,
                                              BuiltTree& tree) {
    Object object;
    object.mode = entry.executable ? "755" : "644";
    object.path = staged.directory + "/" + std::to_string(++staged.copies);
    FileDescriptor target(
        ::open(object.path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode_of(object.mode)));
    if (!target) return errno_error("create", object.path);
    CopiedContent copied;
    if (entry.source.empty()) {
        JAIL_TRY(write_all(target.get(), entry.text, path));
        copied = {hash_of(entry.text), entry.text.size()};
    } else {
        const FileDescriptor source = JAIL_TRY(files_.open(entry.source));
        copied = JAIL_TRY(copy_content(source.get(), target.get(), entry.source));
        struct stat status = {};
        if (::fstat(source.get(), &status) != 0) return errno_error("stat", entry.source);
        // Compiled caches (python's) compare their source's time with the one they noted.
        const timespec times[2] = {{0, UTIME_OMIT}, status.st_mtim};
        if (::futimens(target.get(), times) != 0) return errno_error("set time of", object.path);
        index_.remember(entry.source, files_.state(entry.source), copied.hash);
    }
    object.hash = copied.hash;
    const std::string name = object.hash + "-" + object.mode;
    const auto [twin, fresh] = staged.by_name.emplace(name, object.path);
    const bool known = ::access(stored(object).c_str(), F_OK) == 0;
    object.fresh = fresh && !known;
    if (object.fresh) {
        ++tree.new_files;
        tree.new_bytes += copied.bytes;
        staged.files.push_back(object.path);
    } else {
        object.path = known ? stored(object) : twin->second;
    }
    tree.bytes += copied.bytes;
    return object;
}

// staged == nullptr: only the hash, without writing.
Result<TreeBuilder::Object> TreeBuilder::take(const TreeEntry& entry, const std::string& path, Staged* staged,
                                              BuiltTree& tree) {
    Object object;
    object.mode = entry.executable ? "755" : "644";
    std::uint64_t size = entry.text.size();
    if (entry.source.empty()) {
        object.hash = hash_of(entry.text);
    } else {
        const FileState& state = files_.state(entry.source);
        size = state.size;
        object.hash = index_.find(entry.source, state);
        if (object.hash.empty() && !staged) {
            const FileDescriptor source = JAIL_TRY(files_.open(entry.source));
            object.hash = JAIL_TRY(copy_content(source.get(), -1, entry.source)).hash;
        }
    }
    if (!object.hash.empty()) object.path = stored(object);
    const bool have = !object.path.empty() && ::access(object.path.c_str(), F_OK) == 0;
    if (staged && !have) return copy(entry, path, *staged, tree);
    tree.bytes += size;
    if (!have) {
        ++tree.new_files;
        tree.new_bytes += size;
    }
    return object;
}

// The id is a hash over everything that the tree is: paths, kinds, modes, contents, link targets.
Result<BuiltTree> TreeBuilder::gather(const TreePlan& plan, Staged* staged) {
    BuiltTree tree;
    for (const auto& [path, entry] : plan.entries()) {
        InventoryEntry& line = tree.inventory[path];
        line = {entry.kind, entry.executable, entry.text};
        if (entry.kind != EntryKind::kFile) continue;
        Object object = JAIL_TRY(take(entry, path, staged, tree));
        line.content = object.hash;
        if (staged) staged->objects.emplace(path, std::move(object));
        progress_.advance(++tree.files);
    }
    tree.id = tree_id(tree.inventory);
    tree.created = ::access((layout_.state_dir + "/trees/" + tree.id).c_str(), F_OK) != 0;
    return tree;
}

Result<BuiltTree> TreeBuilder::digest(const TreePlan& plan) {
    return gather(plan, nullptr);
}

Result<> TreeBuilder::assemble(const TreePlan& plan, Staged& staged) {
    const std::string root = staged.tree();
    if (::mkdir(root.c_str(), 0755) != 0) return errno_error("mkdir", root);
    staged.directories.push_back(root);
    for (const auto& [path, entry] : plan.entries()) {
        const std::string place = root + path;
        if (entry.kind == EntryKind::kDirectory) {
            if (::mkdir(place.c_str(), 0755) != 0) return errno_error("mkdir", place);
            staged.directories.push_back(place);
        } else if (entry.kind == EntryKind::kSymlink) {
            if (::symlink(entry.text.c_str(), place.c_str()) != 0) return errno_error("symlink", place);
        } else {
            const Object& object = staged.objects.at(path);
            if (::link(object.path.c_str(), place.c_str()) == 0) continue;
            if (errno != EMLINK) return errno_error("link", place);
            // The inode has the most links that the filesystem allows: a copy of its own.
            const FileDescriptor from(::open(object.path.c_str(), O_RDONLY | O_CLOEXEC));
            FileDescriptor to(
                ::open(place.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode_of(object.mode)));
            if (!from || !to) return errno_error("copy", place);
            JAIL_TRY(copy_content(from.get(), to.get(), object.path));
            staged.files.push_back(place);
        }
    }
    return success();
}

// Beside the tree and on the disk before it: a tree that is there can always be verified.
Result<> TreeBuilder::stage_inventory(const Inventory& inventory, Staged& staged) {
    const std::string path = staged.inventory();
    FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!file) return errno_error("create", path);
    JAIL_TRY(write_all(file.get(), encode_inventory(inventory), path));
    staged.files.push_back(path);
    return success();
}

Result<> TreeBuilder::commit(const BuiltTree& tree, Staged& staged) {
    // Into the store only now: a name there promises its content. The names themselves need not be durable,
    // the tree has links of its own.
    for (const auto& [path, object] : staged.objects) {
        if (!object.fresh) continue;
        const std::string place = stored(object);
        JAIL_TRY(make_directory(layout_.state_dir + "/store", 0755));
        JAIL_TRY(make_directory(parent_of(place), 0755));
        if (::rename(object.path.c_str(), place.c_str()) != 0) return errno_error("rename", place);
    }
    const std::string inventory = inventory_path(layout_, tree.id);
    JAIL_TRY(make_directories(parent_of(inventory)));
    if (::rename(staged.inventory().c_str(), inventory.c_str()) != 0) return errno_error("rename", inventory);
    const std::string place = layout_.state_dir + "/trees/" + tree.id;
    JAIL_TRY(make_directories(parent_of(place)));
    JAIL_TRY(tree.created ? place_tree(staged.tree(), place) : replace_tree(staged.tree(), place));
    return sync_tree(tree.id);
}

Result<> TreeBuilder::sync_tree(const std::string& id) {
    JAIL_TRY(sync_directory(parent_of(inventory_path(layout_, id))));
    return sync_directory(layout_.state_dir + "/trees");
}

Result<BuiltTree> TreeBuilder::build(const TreePlan& plan, Existing existing) {
    const ScopedUmask exact_modes(0);
    JAIL_TRY(make_directories(layout_.state_dir));
    JAIL_TRY(make_directory(layout_.state_dir + "/staging", 0700));
    Staged staged;
    const std::string staging = layout_.state_dir + "/staging/" + random_name();
    if (::mkdir(staging.c_str(), 0700) != 0) return errno_error("mkdir", staging);
    staged.directory = staging;

    BuiltTree tree = JAIL_TRY(gather(plan, &staged));
    if (!tree.created && existing == Existing::kKeep) {
        JAIL_TRY(sync_tree(tree.id));  // a killed run may have left that to us
        return tree;
    }
    JAIL_TRY(assemble(plan, staged));
    JAIL_TRY(stage_inventory(tree.inventory, staged));
    JAIL_TRY(sync_all(staged.files, staged.directories));
    JAIL_TRY(commit(tree, staged));
    return tree;
}

}  // namespace jail::provision
