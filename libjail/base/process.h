// SPDX-License-Identifier: Apache-2.0
// Starting and waiting for processes on the login path: inside sshd's monitor, so our signals must not reach
// its handlers, and our children must not inherit its descriptors and settings.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail::process {

// fork(2) of a child that sends no SIGCHLD when it ends: sshd's and su's handlers never see it, and SIGCHLD
// being ignored (CVE class of bubblewrap #705) does not lose its status. 0 in the child. Wait with
// wait_for().
Result<pid_t> fork_silently();

// Like fork(2), into new namespaces, with a pidfd of the child: clone3(2). SIGCHLD on exit. `cgroup`: the
// directory of the group of cgroup v2 that the child is to be in from its first instruction on; -1: the
// caller's.
struct Child {
    pid_t pid = 0;  // 0 in the child
    FileDescriptor pidfd;
};
Result<Child> fork_into(int namespaces, int cgroup = -1);

// The wait status (waitpid(2)) of a child, however it was made.
Result<int> wait_for(pid_t pid);

// Descriptors 0, 1 and 2 open on something: /dev/null where they were closed, so that no file that is opened
// later takes their place.
Result<> open_standard_descriptors();

// Closes every descriptor from `first` on; or makes all of them close at execve(2).
Result<> close_from(int first);
Result<> keep_from_programs(int first);

// A program to be started in a child of ours. All memory is taken before fork(2), so that execute() makes
// only calls that are safe after it, whatever threads the parent has (signal-safety(7)).
class Program {
public:
    // `path` has to outlive it. The environment is PATH alone, and no variable of ours, unless more is said.
    Program(const char* path, std::vector<std::string> arguments,
            std::vector<std::string> more_environment = {});
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    // Signals as a program expects them, these descriptors as 0, 1 and so on (-1: /dev/null), no other one,
    // and execve(2). Returns when something of that failed. At most 16 of them.
    void execute(const int* descriptors, int count) const;
    void execute(int input, int output, int error) const;

private:
    const char* path_;
    std::vector<std::string> arguments_, environment_;
    std::vector<char*> argument_list_, environment_list_;
};

// For execve(2): pointers to the strings, which have to outlive them, and the null pointer at the end.
std::vector<char*> pointers(std::vector<std::string>& strings);

// For a program with a starter that is not trusted: 0, 1 and 2 open, all other descriptors closed, signals at
// their defaults.
Result<> start_clean();

// Every signal at its default and unblocked, as a program expects at its start.
void reset_signals();

}  // namespace jail::process
