#include "tests/probes/intrusions.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>

namespace probe {
namespace {

using Arguments = std::vector<std::string>;

int report(bool good) {
    std::cout << (good ? "ok" : std::strerror(errno)) << std::endl;
    return good ? 0 : 1;
}

}  // namespace

int join_user_namespace(const Arguments& arguments) {
    const int name = ::open(("/proc/" + arguments.at(0) + "/ns/user").c_str(), O_RDONLY | O_CLOEXEC);
    return report(name >= 0 && ::setns(name, CLONE_NEWUSER) == 0);
}

int execute_traced(const Arguments& arguments) {
    const pid_t child = ::fork();
    if (child == 0) {
        std::vector<char*> words;
        for (const std::string& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
        words.push_back(nullptr);
        if (::ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) ::_exit(report(false));
        ::execv(words[0], words.data());
        ::_exit(report(false));
    }
    int status = 0;
    while (::waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
        const int signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
        (void)::ptrace(PTRACE_CONT, child, 0, signal);
    }
    std::cout << "status " << (WIFEXITED(status) ? WEXITSTATUS(status) : -1) << std::endl;
    return 0;
}

}  // namespace probe
