#include "provision/closure.h"

#include <algorithm>

#include "provision/problem.h"
#include "provision/reserved_paths.h"

namespace jail::provision {

namespace {

constexpr std::string_view kTopLevelLinks[] = {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/libo32"};
constexpr std::string_view kSearchPath[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                            "/usr/bin",        "/sbin",          "/bin"};
constexpr std::uint32_t kOthersMayRead = 0004;

bool executable(const FileState& state) {
    return (state.mode & 0111) != 0;
}

Error made_by_instance(const std::string& path, const std::string& place) {
    return problem(path + " cannot be part of a tree: the jail makes " + place + " itself, for each account");
}

}  // namespace

// Puts what a walk meets into the plan. A symlink into a reserved place is kept, and what is below it is not looked
// at: /etc/mtab -> ../proc/self/mounts is right in a jail too.
class Closure::Placer final : public PathVisitor {
public:
    Placer(Closure& closure, const std::string& reason) : closure_(closure), reason_(reason) {}

    void on_directory(const std::string& path) override { add(path, {}); }
    void on_symlink(const std::string& path, const std::string& target) override {
        TreeEntry link;
        link.kind = EntryKind::kSymlink;
        link.text = target;
        add(path, std::move(link));
    }
    bool stop_at(const std::string& path, bool behind_symlink) override {
        const std::string place = reserved_place(path, closure_.homes_);
        if (place.empty()) return false;
        if (!behind_symlink && result_) result_ = made_by_instance(path, place);
        return true;
    }
    Result<> result() { return std::move(result_); }

private:
    void add(const std::string& path, TreeEntry entry) {
        Result<> added = closure_.plan_.add(path, std::move(entry), reason_);
        if (!added && result_) result_ = std::move(added);
    }

    Closure& closure_;
    const std::string& reason_;
    Result<> result_;
};

Closure::Closure(HostFiles& files, TreePlan& plan, const std::vector<std::string>& homes)
    : files_(files), plan_(plan), libraries_(files), homes_(homes) {}

Result<WalkEnd> Closure::place_path(const std::string& path, const std::string& reason, bool create) {
    Placer placer(*this, reason);
    Result<WalkEnd> end = files_.walk(path, &placer, create);
    JAIL_TRY(placer.result());
    return end;
}

Result<> Closure::add_base(const std::string& jailshell) {
    const std::string reason = "every jail";
    for (const std::string_view link : kTopLevelLinks)
        if (files_.state(std::string(link)).kind == FileKind::kSymlink) JAIL_TRY(place_path(std::string(link), reason, true));
    for (const char* fixed : {"/var/tmp", "/var/run"}) JAIL_TRY(place_path(fixed, reason, true));
    const WalkEnd end = JAIL_TRY(place_path(jailshell, reason, true));
    TreeEntry mount_point;
    mount_point.kind = EntryKind::kFile;
    mount_point.executable = true;
    return plan_.add(end.path, std::move(mount_point), reason);
}

Result<> Closure::add_host_file(const std::string& canonical, const std::string& reason, bool follow) {
    const FileState& state = files_.state(canonical);
    if (state.kind != FileKind::kFile) return problem(canonical + " is neither a file, a directory nor a symlink");
    if (!(state.mode & kOthersMayRead))
        return problem(canonical + " is not readable by everybody on the host; files of a jail are, so it stays out");
    TreeEntry entry;
    entry.kind = EntryKind::kFile;
    entry.executable = executable(state);
    entry.source = canonical;
    JAIL_TRY(plan_.add(canonical, std::move(entry), reason));
    const bool library = base_of(canonical).find(".so") != std::string::npos;
    if (follow || library || executable(state)) {
        if (follow) return follow_program(canonical, {{canonical}, {}});
        // Data may look like anything; of it only what the dynamic linker would load brings more.
        const Result<FileDescriptor> file = files_.open(canonical);
        if (!file) return file.error();
        const std::optional<ElfFile> elf = JAIL_TRY(read_elf(file.value().get(), canonical));
        if (elf && followed_.insert(canonical + "\n").second) return follow_elf(canonical, *elf, {{canonical}, {}});
    }
    return success();
}

Result<WalkEnd> Closure::add_program(const std::string& path, const std::string& reason, const Chain& chain) {
    WalkEnd end = JAIL_TRY(place_path(path, reason, false));
    if (end.stopped) return made_by_instance(end.path, reserved_place(end.path, homes_));
    if (end.kind == FileKind::kDirectory) return problem(path + " is a directory, expected a program");
    if (end.kind != FileKind::kFile) return problem(path + " is not a regular file");
    const FileState& state = files_.state(end.path);
    if (!(state.mode & kOthersMayRead))
        return problem(end.path + " is not readable by everybody on the host; files of a jail are, so it stays out");
    if (end.path == plan_.find(end.path)->needed_by.front()) return end;
    return end;
}

}  // namespace jail::provision
