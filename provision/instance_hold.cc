#include "provision/instance_hold.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <optional>

#include "provision/file_io.h"
#include "provision/running_jail.h"

namespace jail::provision {

namespace {

constexpr int kRounds = 5000;  // of 2 ms, as a supervisor waits

// Locked, and still the file of that name. Empty: a supervisor has it, or has just removed it. It is to be
// asked for again when the directory was removed in between.
Result<std::optional<FileDescriptor>> try_lock(const std::string& run_dir, const std::string& directory) {
    Result<> made = make_directory(run_dir, 0700);
    if (made) made = make_directory(directory, 0700);
    if (!made && made.error().code() == ENOENT) return std::optional<FileDescriptor>();
    if (!made) return made.error();
    const std::string path = directory + "/lock";
    FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file && errno == ENOENT) return std::optional<FileDescriptor>();
    if (!file) return errno_error("open", path);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return std::optional<FileDescriptor>();
        return errno_error("flock", path);
    }
    struct stat status = {};
    if (::fstat(file.get(), &status) != 0) return errno_error("stat", path);
    if (status.st_nlink == 0) return std::optional<FileDescriptor>();
    return std::optional(std::move(file));
}

}  // namespace

Result<InstanceHold> InstanceHold::take(const Layout& layout, std::uint32_t uid, const std::string& account) {
    const std::string directory = layout.run_dir + "/" + std::to_string(uid);
    for (int round = 0; round < kRounds; ++round) {
        auto lock = JAIL_TRY(try_lock(layout.run_dir, directory));
        if (lock) return InstanceHold(layout.run_dir, directory, std::move(*lock));
        // Nothing: it has only begun to start, or to end.
        if (JAIL_TRY(end_running_jail(uid, account))) continue;
        const timespec pause = {0, 2'000'000};
        (void)::nanosleep(&pause, nullptr);
    }
    return Error(ETIMEDOUT, "end the jail of", account);
}

// Files that a killed supervisor left go too. Best effort, in the order of RunDirectory::remove(): a newcomer
// finds no socket, then a lock that is gone or held, then no directory.
InstanceHold::~InstanceHold() {
    if (!lock_) return;  // moved from
    for (const char* name : {"/control", "/tree", "/inbox", "/log", "/lock"})
        (void)::unlink((path_ + name).c_str());
    (void)::rmdir(path_.c_str());
    (void)::rmdir(run_dir_.c_str());
}

}  // namespace jail::provision
