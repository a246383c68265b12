// SPDX-License-Identifier: Apache-2.0
// The administrator's way into an account's jail. The account's limits do not keep it out: its sessions are
// not counted, its processes join the control group after the last fork that is needed, and its terminal is
// one that the account cannot have taken.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "libjail/base/foreign_socket.h"
#include "libjail/base/process.h"
#include "libjail/confine/confinement.h"
#include "libjail/confine/credentials.h"
#include "libjail/confine/namespaces.h"
#include "libjail/policy/frozen.h"
#include "libjail/policy/paths.h"
#include "libjail/session/client.h"
#include "libjail/session/relay.h"
#include "provision/accounts/jailed_account.h"
#include "provision/accounts/reserved_terminal.h"
#include "provision/base/problem.h"
#include "provision/commands/report.h"
#include "provision/tree/closure.h"

namespace jail::provision {

namespace {

// Only what says how the terminal is to be written to.
std::vector<std::string> environment_of_terminal() {
    std::vector<std::string> environment;
    for (char** entry = environ; *entry != nullptr; ++entry)
        for (const char* name : {"TERM=", "COLORTERM=", "LANG=", "LC_ALL=", "LC_CTYPE="})
            if (std::strncmp(*entry, name, std::strlen(name)) == 0) environment.emplace_back(*entry);
    return environment;
}

Error execute(const std::string& path, std::vector<std::string> arguments,
              std::vector<std::string> environment) {
    ::execve(path.c_str(), process::pointers(arguments).data(), process::pointers(environment).data());
    return errno_error("execute", path + " in the jail");
}

// By jailshell, which verifies that the process is confined and gives it the environment of any login.
Error run_as_account(const EnterOptions& options) {
    const std::string command = as_shell_words(options.command);
    if (command.empty()) return execute(paths::kJailshell, {"-jailshell"}, environment_of_terminal());
    return execute(paths::kJailshell, {"jailshell", "-c", command}, environment_of_terminal());
}

Error run_as_root(const EnterOptions& options, const Manifest& manifest) {
    std::vector<std::string> words = options.command;
    if (words.empty() && manifest.shell.empty())
        return problem("the jail has no shell; say which of its programs to run");
    if (words.empty()) words = {manifest.shell};
    std::vector<std::string> environment = environment_of_terminal();
    environment.insert(environment.end(),
                       {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/",
                        "USER=root", "LOGNAME=root"});
    if (words[0].find('/') != std::string::npos) return execute(words[0], words, environment);
    for (const std::string_view directory : kSearchPath) {
        Error error = execute(std::string(directory) + "/" + words[0], words, environment);
        if (error.code() != ENOENT) return error;
    }
    return problem("the jail has no program '" + words[0] + "'");
}

// The relay's child: the last fork is behind it. Now it counts for the account, and becomes it.
Result<> become_account(const InstanceRecord& record, const std::vector<FileDescriptor>& entrances) {
    JAIL_TRY(Cgroup::join(entrances));
    JAIL_TRY(credentials::become(record.uid, record.gid, record.groups));
    // Forgotten by the kernel when ids change: the relay's end is still its end.
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return errno_error("prctl PR_SET_PDEATHSIG");
    return success();
}

// With several instances to choose from, or an unknown session, the supervisor's message is for the
// administrator.
Result<client::Lease> attach(std::uint32_t uid, const EnterOptions& options) {
    auto lease = client::attach_administrator(uid, options.session);
    if (!lease && (lease.error().code() == EMLINK || lease.error().code() == ESRCH))
        return problem(options.account + ": " + lease.error().message());
    return lease;
}

// In the jail's namespaces, before the process gives up what it needs for them.
Result<> take_descriptors(ReservedTerminal& terminal) {
    for (int fd = 0; fd < 3; ++fd)
        if (is_foreign_socket(fd))
            return problem("descriptor " + std::to_string(fd) +
                           " is a socket of another network than the jail's, which would be a way out of it; "
                           "put a pipe between, as in: cat | jail-provision enter ... | cat");
    return terminal.take();
}

// Returns in the process that is to become the session. Root's stays with its privilege and outside the
// control group, where the account's limits are not its limits; and so only there, since the account can
// write into any process that has its own uid.
Result<> enter(const EnterOptions& options) {
    const std::uint32_t uid = JAIL_TRY(find_jailed_account(options.account));
    // It would be stopped as soon as it is in the account's control group.
    if (!options.root && ::access(frozen_path(uid).c_str(), F_OK) == 0)
        return problem(options.account + " is frozen; run jail-provision thaw " + options.account +
                       " first, or enter --root");
    JAIL_TRY(process::close_from(3));
    const client::Lease lease = JAIL_TRY(attach(uid, options));
    ReservedTerminal terminal = ReservedTerminal::prepare();
    if (options.root) {
        JAIL_TRY(namespaces::join(lease.init.get()));
        JAIL_TRY(take_descriptors(terminal));
        const InstanceRecord record = JAIL_TRY(load_instance());
        ::umask(022);
        JAIL_TRY(relay(client::tell_by(lease), terminal.release()));
        return run_as_root(options, record.manifest);
    }
    const std::vector<FileDescriptor> entrances = JAIL_TRY(lease.cgroup.entrances());
    const auto take = [](void* reserved) {
        return take_descriptors(*static_cast<ReservedTerminal*>(reserved));
    };
    const InstanceRecord record = JAIL_TRY(client::enter(lease, {take, &terminal}));
    JAIL_TRY(relay(client::tell_by(lease), terminal.release()));
    JAIL_TRY(become_account(record, entrances));
    return run_as_account(options);
}

}  // namespace

int enter_command(const CommonOptions&, const EnterOptions& options) {
    return fail(enter(options).error());
}

}  // namespace jail::provision
