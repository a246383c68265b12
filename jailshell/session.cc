// SPDX-License-Identifier: Apache-2.0
#include "jailshell/session.h"

#include <signal.h>
#include <unistd.h>

#include <optional>
#include <vector>

#include "jailshell/client_command.h"
#include "jailshell/environment.h"
#include "libjail/base/process.h"
#include "libjail/confine/confinement.h"
#include "libjail/confine/fakeroot.h"
#include "libjail/policy/jail_paths.h"

namespace jail::jailshell {
namespace {

using process::pointers;

// A directory of the account's may be gone or closed: then the session starts in "/", as sshd's do.
void enter_home(const std::string& home) {
    if (::chdir(home.c_str()) != 0) (void)!::chdir("/");
}

struct Program {
    std::string path;
    std::vector<std::string> arguments;
};

bool is_internal_sftp(const std::string& command) {
    constexpr std::string_view kName = "internal-sftp";  // of a Subsystem, behind a ForceCommand
    return command == kName || command.rfind(std::string(kName) + " ", 0) == 0;
}

// sshd's external sftp server, for an account without a shell: sshd asks for "<path of sftp-server>
// [options]", or for "internal-sftp [options]". The words are handed on as they are; the program executed is
// the tree's own, whatever the first word said.
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
    if (base_name(words[0]) != "sftp-server" && !is_internal_sftp(command)) return std::nullopt;
    words[0] = record.manifest.sftp_server;
    return words;
}

Result<std::string> find_program(const std::string& name) {
    for (const char* directory : kProgramDirectories)
        if (std::string path = directory + name; ::access(path.c_str(), X_OK) == 0) return path;
    return refused(ENOENT, "this jail does not have " + name);
}

// No shell is started. The files that a wildcard stands for are looked for here: inside, as the account.
Result<Program> as_client_program(const InstanceRecord& record, const std::string& command) {
    const ClientCommand read = JAIL_TRY(read_client_command(record.manifest.access, command));
    Program program{JAIL_TRY(find_program(read.program)), {read.program}};
    for (const Word& word : read.arguments)
        for (std::string& name : JAIL_TRY(expand(word, record.home)))
            program.arguments.push_back(std::move(name));
    return program;
}

Result<Program> choose_program(const InstanceRecord& record, const Invocation& invocation) {
    const Manifest& manifest = record.manifest;
    if (invocation.command && is_internal_sftp(*invocation.command)) {
        if (auto words = as_sftp_server(record, *invocation.command)) return Program{(*words)[0], *words};
        return refused(EACCES, permitted(manifest.access));
    }
    if (manifest.access.shell) {
        Program shell{manifest.shell, {(invocation.login ? "-" : "") + base_name(manifest.shell)}};
        // The command is one argument of the inner shell; jailshell never parses it.
        if (invocation.command) shell.arguments.insert(shell.arguments.end(), {"-c", *invocation.command});
        return shell;
    }
    if (!invocation.command) return refused(EACCES, permitted(manifest.access));
    if (auto words = as_sftp_server(record, *invocation.command)) return Program{(*words)[0], *words};
    return as_client_program(record, *invocation.command);
}

// scp, rsync, git and scripts give a command.
bool is_for_a_person(const Invocation& invocation) {
    return !invocation.command && ::isatty(STDOUT_FILENO) != 0;
}

void show_message(const std::string& message) {
    if (message.empty()) return;
    const std::string lines = message + (message.back() == '\n' ? "" : "\n");
    (void)!::write(STDOUT_FILENO, lines.data(), lines.size());  // a terminal that is gone ends the shell
}

// By jail-info(1) of the tree, as the account. The session goes on without it where the account has no task
// left, or the administrator has mounted something over it.
void show_info(InfoShown wanted, std::vector<std::string>& environment) {
    std::vector<std::string> arguments = {base_name(kInfo), "--brief"};
    if (wanted == InfoShown::kAllowed) arguments.emplace_back("allowed");
    if (wanted == InfoShown::kLimits) arguments.emplace_back("limits");
    const auto list = pointers(arguments), variables = pointers(environment);
    const auto child = process::fork_silently();
    if (!child) return;
    if (child.value() == 0) {
        (void)::execve(kInfo, list.data(), variables.data());
        ::_exit(0);
    }
    (void)process::wait_for(child.value());
}

}  // namespace

Error run_session(const InstanceRecord& record, const Invocation& invocation, const char* const* inherited) {
    std::vector<std::string> environment = build_environment(record, inherited);
    const auto confined = verify_confinement(record);
    if (!confined) return confined.error();
    enter_home(record.home);
    auto chosen = choose_program(record, invocation);
    if (!chosen) return chosen.error();
    Program program = std::move(chosen).value();
    if (record.manifest.user_namespace == UserNamespace::kFakeroot)
        if (const auto entered = fakeroot::enter(); !entered) return entered.error();
    if (is_for_a_person(invocation)) {
        show_message(record.manifest.message);
        if (record.manifest.info_shown != InfoShown::kNone)
            show_info(record.manifest.info_shown, environment);
    }
    (void)::signal(SIGXFSZ, SIG_DFL);  // execve(2) would hand on that main() ignores it
    ::execve(program.path.c_str(), pointers(program.arguments).data(), pointers(environment).data());
    return errno_error("execute", program.path);
}

}  // namespace jail::jailshell
