// Starting and waiting for processes on the login path: inside sshd's monitor, so no signal of ours may reach
// its handlers, and nothing that it has open or set may reach our children.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail::process {

// fork(2) whose child, when it ends, sends no SIGCHLD: sshd's and su's handlers never see it, and SIGCHLD
// being ignored (CVE class of bubblewrap #705) does not lose its status. 0 in the child. Wait with
// wait_for().
Result<pid_t> fork_silently();

// As fork(2) into new namespaces, with a pidfd of the child: clone3(2). SIGCHLD on exit. `cgroup`: the
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

// Closes every descriptor from `first` on; or lets none of them outlive execve(2).
Result<> close_from(int first);
Result<> keep_from_programs(int first);

// For execve(2): pointers to the strings, which have to outlive them, and the null pointer at the end.
std::vector<char*> pointers(std::vector<std::string>& strings);

// Every signal at its default and none blocked, as a program expects at its start.
void reset_signals();

}  // namespace jail::process
