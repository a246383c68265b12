// SPDX-License-Identifier: Apache-2.0
// The host of the tests, all of it inside scripts/sandbox: accounts, keys, the jail that jail-provision
// makes, and what an instance leaves on the host's side.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <string>
#include <vector>

namespace jail::testing::machine {

inline constexpr char kRunDir[] = "/run/e2e";  // keys, configurations, host-side sockets of the tests
inline constexpr char kPassword[] = "Amusement.Mile.1939";

// Once a program: harlequin and ivy in the jail arkham, alfred unjailed.
void prepare();

// A Unix account with a key, a password and the login shell /bin/bash.
void add_account(const std::string& name);
// A uid that no account of this machine has, and no account of another sandbox leaves traces of.
uid_t unused_uid();
void authorize(const std::string& account);  // the tests' key

// jailshell's setuid bit; its other permissions stay as they were installed.
void set_setuid(bool on);

uid_t uid_of(const std::string& account);
inline std::string home_of(const std::string& account) {
    return "/home/" + account;
}

std::string read_file(const std::string& path);
// The mount table of the host; without what logind makes, and keeps for a while, for accounts that are in no
// jail.
std::string mounts();
void write_file(const std::string& path, const std::string& content, mode_t mode = 0644);
// The same in an account's home, and the account's own.
void write_home_file(const std::string& account, const std::string& name, const std::string& content,
                     mode_t mode = 0600);

std::vector<pid_t> all_processes();
// Processes with the real uid `uid`, without zombies.
std::vector<pid_t> processes_of(uid_t uid);
// A field of /proc/PID/status, "CapEff:" or "NoNewPrivs:", without blanks around it.
std::string status_of(pid_t pid, const std::string& key);
std::string command_line_of(pid_t pid);
std::string link_of(pid_t pid, const std::string& name);  // /proc/PID/NAME: "ns/mnt", "root", "exe"
// sshd's root processes, one a connection of the account.
std::vector<pid_t> monitors_of(const std::string& account);
bool runs(const std::string& account, const std::string& command_line);
bool in_foreground(pid_t pid);  // of its terminal
std::vector<pid_t> children_of(pid_t parent);
std::size_t open_descriptors_of(pid_t pid);

// The traces of an instance of this uid on the host: run directory, cgroups, supervisor, processes.
std::vector<std::string> traces_of(uid_t uid);
// Waits until no account that the tests made has any.
::testing::AssertionResult no_traces();

}  // namespace jail::testing::machine
