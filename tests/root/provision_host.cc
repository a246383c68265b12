// SPDX-License-Identifier: Apache-2.0
#include "tests/root/provision_host.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "libjail/base/file_descriptor.h"
#include "tests/closed_doors.h"

namespace jail::testing {

namespace fs = std::filesystem;

namespace {

// One line an entry, and the content of files.
std::string listing(const fs::path& directory) {
    std::map<std::string, std::string> lines;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
        const fs::file_status status = entry.symlink_status();
        std::string& line = lines[entry.path().string()];
        line = std::to_string(static_cast<int>(status.type())) + " " +
               std::to_string(static_cast<int>(status.permissions())) + " ";
        if (fs::is_symlink(status)) line += fs::read_symlink(entry.path()).string();
        if (fs::is_regular_file(status))
            line += std::to_string(std::hash<std::string>()(content_of(entry.path().string())));
    }
    std::string text;
    for (const auto& [path, line] : lines) text += path + " " + line + "\n";
    return text;
}

void add_files(const std::string& state, const std::string& directory, Snapshot& snapshot) {
    std::error_code none;
    for (const auto& entry : fs::recursive_directory_iterator(state + "/" + directory, none))
        // Readers ignore files that a killed run left under a temporary name.
        if (!entry.is_directory() && entry.path().string().find(".new-") == std::string::npos) {
            const std::string path = entry.path().string();
            snapshot[path.substr(state.size() + 1)] = content_of(path);
        }
}

}  // namespace

int Ended::exit_status() const {
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Ended run(const std::vector<std::string>& arguments, const std::vector<std::string>& environment) {
    return finish(start(arguments, environment));
}

Started start(const std::vector<std::string>& arguments, const std::vector<std::string>& environment) {
    std::vector<char*> argv, envp;
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    for (char** variable = environ; *variable; ++variable) envp.push_back(*variable);
    for (const std::string& variable : environment) envp.push_back(const_cast<char*>(variable.c_str()));
    envp.push_back(nullptr);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return {};
    const FileDescriptor to(ends[1]);
    Started started{-1, 0, FileDescriptor(ends[0])};
    posix_spawn_file_actions_t actions;
    (void)::posix_spawn_file_actions_init(&actions);
    (void)::posix_spawn_file_actions_adddup2(&actions, to.get(), STDOUT_FILENO);
    (void)::posix_spawn_file_actions_adddup2(&actions, to.get(), STDERR_FILENO);
    started.error = ::posix_spawnp(&started.pid, argv[0], &actions, nullptr, argv.data(), envp.data());
    (void)::posix_spawn_file_actions_destroy(&actions);
    return started;
}

Ended finish(const Started& started) {
    Ended ended;
    if (started.error != 0) return ended.output = std::strerror(started.error), ended.status = -1, ended;
    // Also to the end of children that outlive it (useradd of a jail-provision that was killed).
    char buffer[4096];
    for (ssize_t got; (got = ::read(started.output.get(), buffer, sizeof buffer)) > 0;)
        ended.output.append(buffer, static_cast<std::size_t>(got));
    (void)::wait4(started.pid, &ended.status, 0, &ended.used);
    return ended;
}

Ended shell(const std::string& command) {
    return run({"/bin/sh", "-c", command});
}

std::string content_of(const std::string& path) {
    std::ostringstream content;
    content << std::ifstream(path).rdbuf();
    return content.str();
}

Snapshot take_snapshot() {
    const std::string state = "/var/lib/jail";
    Snapshot snapshot;
    for (const char* directory :
         {"accounts", "groups", "manifests", "generations", "inventories", "provenance"})
        add_files(state, directory, snapshot);
    std::error_code none;
    for (const auto& tree : fs::directory_iterator(state + "/trees", none))
        if (tree.path().filename().string().find('.') == std::string::npos)
            snapshot["trees/" + tree.path().filename().string()] = listing(tree.path());
    for (const auto& left : fs::directory_iterator(state + "/staging", none))
        snapshot["staging/" + left.path().filename().string()] = "";
    snapshot["passwd"] = content_of("/etc/passwd");
    return snapshot;
}

Snapshot part(const Snapshot& snapshot, const std::vector<std::string>& prefixes) {
    Snapshot found;
    for (const auto& entry : snapshot)
        for (const std::string& prefix : prefixes)
            if (entry.first.starts_with(prefix)) found.insert(entry);
    return found;
}

std::string difference(const Snapshot& a, const Snapshot& b) {
    std::string text;
    for (const auto& [path, what] : a)
        if (const auto other = b.find(path); other == b.end() || other->second != what)
            text += path + (other == b.end() ? " only in the first; " : " differs; ");
    for (const auto& [path, what] : b)
        if (!a.contains(path)) text += path + " only in the second; ";
    return text;
}

void ProvisionHost::SetUp() {
    ASSERT_EQ(::getuid(), 0u) << "root tests run inside scripts/sandbox";
    // Memory, and no overlay: hundreds of copies of the state are made.
    ASSERT_EQ(shell("mount -t tmpfs -o mode=755 state /var/lib/jail").status, 0);
    close_doors();
    // A static program in bash's place makes jails of few files.
    shell("cp /usr/bin/jailshell /usr/bin/bash; chmod 755 /usr/bin/bash; rm -f /etc/jail/jail.yaml");
    shell(
        "rm -rf /etc/jail/jails/* /run/kept /srv/data; mkdir -p /run/kept /srv/data; "
        "for a in dent nygma joker isley; do userdel -rf $a; rm -rf /home/$a; done; groupdel rogues; "
        "for a in dent nygma isley; do useradd -m -s /bin/sh $a; done; groupadd -g 4999 rogues");
}

void ProvisionHost::TearDown() {
    shell("umount -l /var/lib/jail; rm -rf /etc/jail/jails/* /run/kept");
}

void ProvisionHost::policy(const std::string& name, const std::string& text) {
    std::ofstream("/etc/jail/jails/" + name + ".yaml") << text;
}

Ended ProvisionHost::provision(std::vector<std::string> arguments,
                               const std::vector<std::string>& environment) {
    return finish(start_provision(std::move(arguments), environment));
}

Started ProvisionHost::start_provision(std::vector<std::string> arguments,
                                       const std::vector<std::string>& environment) {
    arguments.insert(arguments.begin(), "/usr/sbin/jail-provision");
    return start(arguments, environment);
}

void ProvisionHost::must(const std::vector<std::string>& arguments) {
    const Ended ended = provision(arguments);
    ASSERT_EQ(ended.exit_status(), 0) << ended.output;
}

void ProvisionHost::keep_state() {
    shell(
        "rm -rf /run/kept/*; cp -a /var/lib/jail /run/kept/state; mkdir /run/kept/etc; "
        "cp -a /etc/passwd /etc/shadow /etc/group /etc/gshadow /etc/subuid /etc/subgid /run/kept/etc");
}

void ProvisionHost::restore_state() {
    shell(
        "rm -rf /var/lib/jail/* /home/joker /etc/passwd+; cp -a /run/kept/state/. /var/lib/jail; "
        "cp -a /run/kept/etc/. /etc");
}

}  // namespace jail::testing
