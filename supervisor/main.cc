// SPDX-License-Identifier: Apache-2.0
// jail-supervisor UID: started by pam_jail or jailshell, never by hand. Says "ready" or one line of why not
// on its standard output, which it then lets go of.
// jail-supervisor --unbound UID: asked by systemd (config/systemd/user-of-jail.conf). Only the exit status
// counts: 0 when the account is in no jail for certain.
#include <signal.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "libjail/base/process.h"
#include "libjail/policy/binding.h"
#include "supervisor/startup.h"

namespace jail::supervisor {
namespace {

// `uid` may be null.
Result<uid_t> parse_uid(const char* uid) {
    if (uid == nullptr) return refused(EINVAL, "usage: jail-supervisor UID");
    char* end = nullptr;
    errno = 0;
    const unsigned long value = std::strtoul(uid, &end, 10);
    if (errno != 0 || end == uid || *end != '\0' || value >= UINT32_MAX || uid[0] == '-')
        return Error(EINVAL, "read uid", uid);
    return static_cast<uid_t>(value);
}

// Success if the account has no jail; else the error says why it has, or may have, one.
Result<> require_unbound(uid_t uid) {
    if (uid == 0) return success();
    const auto binding = find_binding(JAIL_TRY(name_service::account_of(uid)));
    if (binding) return refused(EPERM, binding.value().account + " is in a jail");
    return binding.error().code() == ENOENT ? success() : Result<>(binding.error());
}

// The exit status. An unknown account counts as bound: that it is not cannot be shown.
int tell_unbound(const char* argument) {
    const auto uid = parse_uid(argument);
    const auto unbound = uid ? require_unbound(uid.value()) : Result<>(uid.error());
    if (!unbound)
        ::syslog(LOG_INFO, "no systemd --user for %s: %s", argument, unbound.error().message().c_str());
    return unbound ? 0 : 1;
}

// The starter reads until end of file.
void report(std::string_view word) {
    (void)!::write(STDOUT_FILENO, word.data(),
                   word.size());  // a door that is gone does not matter to the next one
    if (::dup2(STDIN_FILENO, STDOUT_FILENO) < 0) (void)::close(STDOUT_FILENO);
}

}  // namespace
}  // namespace jail::supervisor

int main(int argc, char** argv) {
    using namespace jail;
    using namespace jail::supervisor;
    const auto clean = process::start_clean();
    if (!clean) {
        report(clean.error().message());
        return 1;
    }
    // lastlog's record of a large uid is far into the file: a limit of our starter's is an error, not an end.
    (void)::signal(SIGXFSZ, SIG_IGN);
    // A starter that was killed reads no "ready": other doors that wait for us by now are served all the
    // same.
    (void)::signal(SIGPIPE, SIG_IGN);
    ::umask(077);
    ::openlog("jail-supervisor", LOG_PID, LOG_AUTHPRIV);
    if (argc == 3 && std::string_view(argv[1]) == "--unbound") return tell_unbound(argv[2]);
    const auto uid = parse_uid(argc == 2 ? argv[1] : nullptr);
    auto supervisor = uid ? start(uid.value()) : Result<std::optional<Supervisor>>(uid.error());
    if (!supervisor) {
        report(supervisor.error().message());
        return 1;
    }
    report("ready");
    if (!supervisor.value()) return 0;
    const auto result = supervisor.value()->run();
    if (!result) ::syslog(LOG_ERR, "uid %u: %s", uid.value(), result.error().message().c_str());
    return result ? 0 : 1;
}
