// SPDX-License-Identifier: Apache-2.0
// Uploads that are executed. The file is a script of an interpreter that does not exist: where it may be
// executed the kernel looks for that (ENOENT), and where not it does not come so far (EACCES). It is gone
// when the attempt is over.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libjail/base/file_descriptor.h"
#include "provision/verify/attempt.h"

namespace jail::provision {

namespace {

constexpr char kScript[] = "#!/nonexistent/jail-verify\n";

class Upload {
public:
    explicit Upload(std::string path) : path_(std::move(path)) {
        const FileDescriptor made(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700));
        is_made_ = made && ::write(made.get(), kScript, sizeof kScript - 1) == sizeof kScript - 1;
        if (!is_made_) error_ = std::strerror(errno);
    }
    ~Upload() {
        if (is_made_) (void)::unlink(path_.c_str());
    }
    Upload(const Upload&) = delete;
    Upload& operator=(const Upload&) = delete;

    bool is_made() const { return is_made_; }
    const std::string& error() const { return error_; }
    const std::string& path() const { return path_; }

private:
    std::string path_, error_;
    bool is_made_ = false;
};

Observation judge(bool is_allowed, bool ran, const char* error) {
    if (ran == is_allowed) return as_policy(ran ? "it is executed" : error);
    return wrong(ran ? "IT IS EXECUTED" : error);
}

Observation not_made(const Upload& upload) {
    return {RowState::kUntried, upload.path() + " cannot be made: " + upload.error()};
}

Observation execute_in(const std::string& directory, const std::string& token, bool is_allowed) {
    const Upload upload(directory + "/.jail-verify-" + token);
    if (!upload.is_made()) return not_made(upload);
    char* const arguments[] = {const_cast<char*>("verify"), nullptr};
    char* const environment[] = {nullptr};
    (void)::execve(upload.path().c_str(), arguments, environment);
    return judge(is_allowed, errno == ENOENT, std::strerror(errno));
}

// As ld.so does with a program that it is given by name.
Observation map_in(const std::string& directory, const std::string& token, bool is_allowed) {
    const Upload upload(directory + "/.jail-verify-" + token);
    if (!upload.is_made()) return not_made(upload);
    const FileDescriptor opened(::open(upload.path().c_str(), O_RDONLY | O_CLOEXEC));
    void* const mapped = ::mmap(nullptr, sizeof kScript, PROT_READ | PROT_EXEC, MAP_PRIVATE, opened.get(), 0);
    const int error = errno;
    const bool is_mapped = mapped != MAP_FAILED;
    if (is_mapped) (void)::munmap(mapped, sizeof kScript);
    return judge(is_allowed, is_mapped, std::strerror(error));
}

Observation execute_memory(bool is_allowed) {
    const FileDescriptor memory(static_cast<int>(::syscall(SYS_memfd_create, "verify", MFD_CLOEXEC)));
    return judge(is_allowed, static_cast<bool>(memory), std::strerror(errno));
}

}  // namespace

void add_execution_attempts(const BatteryPlan& plan, Attempts& attempts) {
    const bool exec = plan.manifest.home_exec;
    const std::string &home = plan.account.home, &token = plan.files.token();
    const auto add = [&](const char* code, const char* tried, bool is_allowed,
                         std::function<Observation()> run) {
        attempts.push_back({"execution", code, tried, is_allowed ? "allowed" : "refused", std::move(run)});
    };
    add("exec-home", "an upload in the home", exec, [=] { return execute_in(home, token, exec); });
    add("exec-home-mapped", "an upload, by the loader", exec, [=] { return map_in(home, token, exec); });
    add("exec-tmp", "an upload in /tmp", false, [=] { return execute_in("/tmp", token, false); });
    add("exec-shm", "an upload in /dev/shm", false, [=] { return execute_in("/dev/shm", token, false); });
    add("exec-memory", "a program in memory", exec, [=] { return execute_memory(exec); });
}

}  // namespace jail::provision
