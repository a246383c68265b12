#include "jailshell/session.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "jailshell/environment.h"
#include "libjail/credentials.h"
#include "libjail/trusted_store.h"

namespace jailshell {
namespace {

using jail::errno_error;
using jail::Error;
using jail::InstanceRecord;
using jail::Result;

// A directory of the account's may be gone or closed: then the session starts in "/", as sshd's do.
void enter_home(const std::string& home) {
    if (::chdir(home.c_str()) != 0) (void)!::chdir("/");
}

Result<> lower_limit(decltype(RLIMIT_CORE) resource, std::uint64_t value, const char* name) {
    rlimit limit = {};
    if (::getrlimit(resource, &limit) != 0) return errno_error("getrlimit", name);
    limit.rlim_cur = limit.rlim_max = std::min<rlim_t>(limit.rlim_max, value);
    if (::setrlimit(resource, &limit) != 0) return errno_error("setrlimit", name);
    return jail::success();
}

Result<> apply_limits(const jail::Limits& limits) {
    JAIL_TRY(lower_limit(RLIMIT_CORE, 0, "core size"));
    if (limits.open_files != 0) JAIL_TRY(lower_limit(RLIMIT_NOFILE, limits.open_files, "open files"));
    if (limits.file_size_bytes != 0) JAIL_TRY(lower_limit(RLIMIT_FSIZE, limits.file_size_bytes, "file size"));
    return jail::success();
}

// The program was compiled by jail-provision; here it is only loaded (seccomp(2)). Needs no_new_privs, which
// is on.
Result<> load_filter(const std::string& program) {
    sock_fprog filter = {};
    filter.len = static_cast<unsigned short>(program.size() / sizeof(sock_filter));
    filter.filter = reinterpret_cast<sock_filter*>(const_cast<char*>(program.data()));
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0)
        return errno_error("load the seccomp filter");
    if (::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != SECCOMP_MODE_FILTER)
        return Error(EPERM, "load", "the seccomp filter");
    return jail::success();
}

std::string base_name(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

// sshd's external sftp server, for an account without a shell: sshd asks for "<path of sftp-server>
// [options]". The words are handed on as they are; the program executed is the tree's own, whatever the first
// word said.
std::optional<std::vector<std::string>> as_sftp_server(const InstanceRecord& record,
                                                       const std::string& command) {
    if (!record.manifest.access.sftp || record.manifest.sftp_server.empty()) return std::nullopt;
    std::vector<std::string> words(1);
    for (const char c : command) {
        if (c == ' ') {
            if (!words.back().empty()) words.emplace_back();
        } else {
            words.back() += c;
        }
    }
    if (words.back().empty() && words.size() > 1) words.pop_back();
    if (base_name(words[0]) != "sftp-server") return std::nullopt;
    words[0] = record.manifest.sftp_server;
    return words;
}

struct Program {
    std::string path;
    std::vector<std::string> arguments;
};

Result<Program> choose_program(const InstanceRecord& record, const Invocation& invocation) {
    const jail::Manifest& manifest = record.manifest;
    if (manifest.access.shell) {
        Program shell{manifest.shell, {(invocation.login ? "-" : "") + base_name(manifest.shell)}};
        // The command is one argument of the inner shell; nothing here ever reads it.
        if (invocation.command) shell.arguments.insert(shell.arguments.end(), {"-c", *invocation.command});
        return shell;
    }
    if (invocation.command)
        if (auto words = as_sftp_server(record, *invocation.command)) return Program{(*words)[0], *words};
    return Error(EACCES, "open session,",
                 manifest.access.sftp ? "this account may transfer files by sftp, and nothing else"
                                      : "this account may not open a shell");
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> list;
    for (std::string& string : strings) list.push_back(string.data());
    list.push_back(nullptr);
    return list;
}

// The table of contents: from the jail's door to the account's program.
Result<> prepare(const InstanceRecord& record) {
    JAIL_TRY(jail::credentials::verify_confined(record.uid));
    enter_home(record.home);
    ::umask(record.manifest.umask);
    JAIL_TRY(apply_limits(record.manifest.limits));
    return load_filter(record.manifest.seccomp);
}

}  // namespace

Result<InstanceRecord> load_instance() {
    return jail::decode_instance(JAIL_TRY(jail::read_trusted_file(kInstanceRecord)));
}

Error run_session(const InstanceRecord& record, const Invocation& invocation, const char* const* inherited) {
    auto chosen = choose_program(record, invocation);
    if (!chosen) return chosen.error();
    Program program = std::move(chosen).value();
    std::vector<std::string> environment = build_environment(record, inherited);
    const auto prepared = prepare(record);
    if (!prepared) return prepared.error();
    ::execve(program.path.c_str(), pointers(program.arguments).data(), pointers(environment).data());
    return errno_error("execute", program.path);
}

}  // namespace jailshell
