// SPDX-License-Identifier: Apache-2.0
#include "provision/tree/tree_verification.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <climits>
#include <functional>

#include "provision/base/file_copy.h"
#include "provision/base/file_io.h"
#include "provision/base/problem.h"
#include "provision/tree/tree_builder.h"

namespace jail::provision {

namespace {

// Labels of security modules are the host's business; everything else could give rights.
bool may_have(std::string_view attribute) {
    return attribute == "security.selinux" || attribute.starts_with("security.SMACK64");
}

std::string extra_attributes(const std::string& path) {
    char names[4096];
    const ssize_t length = ::llistxattr(path.c_str(), names, sizeof names);
    if (length < 0) return errno == ENOTSUP ? "" : "its attributes cannot be read";
    std::string extra;
    for (ssize_t at = 0; at < length; at += static_cast<ssize_t>(std::strlen(names + at)) + 1)
        if (!may_have(names + at))
            extra += std::string(extra.empty() ? "has the attribute " : ", ") + (names + at);
    return extra;
}

class Verifier {
public:
    Verifier(const Layout& layout, std::string base, const Inventory& inventory, Verification& result)
        : owner_(layout.owner), base_(std::move(base)), inventory_(inventory), result_(result) {}

    void run() {
        for (const auto& [path, entry] : inventory_) check(path, entry);
        find_extra("");
    }

private:
    void drift(const std::string& path, const std::string& what, bool missing = false) {
        result_.drifts.push_back({path, what, missing});
    }

    void check(const std::string& path, const InventoryEntry& entry) {
        ++result_.entries;
        struct stat status = {};
        if (::lstat((base_ + path).c_str(), &status) != 0) return drift(path, "missing", true);
        const mode_t kind = status.st_mode & S_IFMT;
        const mode_t expected = entry.kind == EntryKind::kDirectory ? S_IFDIR
                                : entry.kind == EntryKind::kSymlink ? S_IFLNK
                                                                    : S_IFREG;
        if (kind != expected) return drift(path, "is of another type");
        if (status.st_uid != owner_ || (owner_ == 0 && status.st_gid != 0))
            drift(path, "owner is " + std::to_string(status.st_uid) + ":" + std::to_string(status.st_gid));
        if (const std::string extra = extra_attributes(base_ + path); !extra.empty()) drift(path, extra);
        if (kind == S_IFLNK) return check_link(path, entry);
        check_mode(path, entry, status.st_mode);
        if (kind == S_IFREG) check_content(path, entry);
    }

    void check_mode(const std::string& path, const InventoryEntry& entry, mode_t mode) {
        const bool program = entry.kind == EntryKind::kDirectory || entry.executable;
        const mode_t expected = program ? 0755 : 0644;
        if ((mode & 07777) != expected)
            drift(path, "mode is " + fmt::format("{:04o}, expected {:04o}", mode & 07777, expected & 07777));
    }

    void check_link(const std::string& path, const InventoryEntry& entry) {
        char target[PATH_MAX];
        const ssize_t length = ::readlink((base_ + path).c_str(), target, sizeof target);
        if (length < 0 || std::string_view(target, static_cast<std::size_t>(length)) != entry.content)
            drift(path, "points elsewhere, expected " + entry.content);
    }

    void check_content(const std::string& path, const InventoryEntry& entry) {
        const FileDescriptor file(
            ::open((base_ + path).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
        const Result<CopiedContent> content =
            file ? copy_content(file.get(), -1, path) : Result<CopiedContent>(errno_error("open", path));
        if (!content)
            drift(path, "cannot be read: " + describe(content.error()));
        else if (content.value().hash != entry.content)
            drift(path, "content differs");
    }

    void find_extra(const std::string& directory) {
        for (const std::string& name : names_in(base_ + directory)) {
            const std::string path = directory + "/" + name;
            const auto entry = inventory_.find(path);
            if (entry == inventory_.end())
                drift(path, "is not the tree's");
            else if (entry->second.kind == EntryKind::kDirectory)
                find_extra(path);
        }
    }

    uid_t owner_;
    std::string base_;
    const Inventory& inventory_;
    Verification& result_;
};

}  // namespace

Result<Verification> verify_tree(const Layout& layout, const std::string& tree, const Inventory& inventory) {
    const std::string base = layout.state_dir + "/trees/" + tree;
    struct stat status = {};
    if (::lstat(base.c_str(), &status) != 0) return errno_error("look at", base);
    Verification result;
    if (!S_ISDIR(status.st_mode) || status.st_uid != layout.owner || (status.st_mode & 07777) != 0755)
        result.drifts.push_back({"/", "is not a directory of root's with mode 0755", false});
    Verifier(layout, base, inventory, result).run();
    return result;
}

Result<> distrust_objects(const Layout& layout, const Inventory& inventory,
                          const std::vector<Drift>& drifts) {
    for (const Drift& drift : drifts) {
        const auto entry = inventory.find(drift.path);
        if (entry == inventory.end() || entry->second.kind != EntryKind::kFile) continue;
        const std::string path = stored_object(layout, entry->second.content, entry->second.executable);
        if (::unlink(path.c_str()) != 0 && errno != ENOENT) return errno_error("remove", path);
    }
    return success();
}

}  // namespace jail::provision
