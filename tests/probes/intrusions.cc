// SPDX-License-Identifier: Apache-2.0
#include "tests/probes/intrusions.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>

#include "tests/probes/report.h"

namespace probe {
namespace {

using Arguments = std::vector<std::string>;

// Returns when that fails, with its status.
int execute(const Arguments& arguments) {
    std::vector<char*> words;
    for (const std::string& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    ::execv(words[0], words.data());
    return report(false);
}

std::string line_of(const std::string& path, const std::string& word, const std::string& other = "") {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
        if (line.find(word) != std::string::npos && line.find(other) != std::string::npos) return line;
    return {};
}

bool eventually(const std::function<bool()>& condition) {
    for (int round = 0; round < 1000; ++round, ::usleep(1000))
        if (condition()) return true;
    return false;
}

// setns(0, CLONE_NEWUSER), and stay.
constexpr char kJoin[] = "\x31\xff\xbe\x00\x00\x00\x10\xb8\x34\x01\x00\x00\x0f\x05\xeb\xfe";

// Wherever it is in its program, it comes to the end of that, and to kJoin there.
bool rewrite(const std::string& process, const std::string& program) {
    std::istringstream map(line_of(process + "/maps", " r-xp ", program));
    unsigned long begin = 0, end = 0;
    char dash = 0;
    map >> std::hex >> begin >> dash >> end;
    std::string code(end - begin, '\x90');  // nop
    code.replace(code.size() - (sizeof kJoin - 1), sizeof kJoin - 1, kJoin, sizeof kJoin - 1);
    const int memory = ::open((process + "/mem").c_str(), O_RDWR | O_CLOEXEC);
    return ::pwrite(memory, code.data(), code.size(), static_cast<off_t>(begin)) ==
           static_cast<ssize_t>(code.size());
}

}  // namespace

int join_user_namespace(const Arguments& arguments) {
    const int name = ::open(("/proc/" + arguments.at(0) + "/ns/user").c_str(), O_RDONLY | O_CLOEXEC);
    return report(name >= 0 && ::setns(name, CLONE_NEWUSER) == 0);
}

int execute_traced(const Arguments& arguments) {
    const pid_t child = ::fork();
    if (child == 0) {
        if (::ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) ::_exit(report(false));
        ::_exit(execute(arguments));
    }
    int status = 0;
    while (::waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
        const int signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
        (void)::ptrace(PTRACE_CONT, child, 0, signal);
    }
    std::cout << "status " << (WIFEXITED(status) ? WEXITSTATUS(status) : -1) << std::endl;
    return 0;
}

int execute_rewritten(const Arguments& arguments) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return report(false);
    while (::write(ends[1], "x", 1) == 1) {
    }
    (void)::fcntl(ends[1], F_SETFL, 0);  // what it says holds it up
    const pid_t child = ::fork();
    if (child == 0) {
        (void)::dup2(ends[1], 2);
        ::execl(arguments.at(0).c_str(), arguments.at(0).c_str(), nullptr);
        ::_exit(report(false));
    }
    const std::string process = "/proc/" + std::to_string(child), facts = process + "/status";
    if (!eventually([&] {
            return line_of(facts, "Name:") == "Name:\tjailshell" &&
                   line_of(facts, "State:").find('S', 6) != std::string::npos;
        }))
        return report(false);
    const bool rewritten = rewrite(process, arguments.at(0));
    char said[65536];
    (void)!::read(ends[0], said, sizeof said);
    (void)eventually(
        [&] { return line_of(facts, "CapEff:").find_first_not_of("0", 8) != std::string::npos; });
    std::cout << (rewritten ? "" : "not ") << "rewritten, " << line_of(facts, "CapEff:") << std::endl;
    (void)::kill(child, SIGKILL);
    (void)::waitpid(child, nullptr, 0);
    return 0;
}

// A process that inherits the filter keeps its capabilities, while every call reports that they are gone.
int execute_deceived(const Arguments& arguments) {
    const auto load = [](unsigned offset) { return sock_filter(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)); };
    const auto lie_if = [](unsigned value, unsigned char to) {
        return sock_filter(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, to, 0));
    };
    sock_filter program[] = {load(offsetof(seccomp_data, nr)),
                             lie_if(SYS_capset, 11),
                             lie_if(SYS_capget, 10),
                             BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 8),
                             load(offsetof(seccomp_data, args[0])),
                             lie_if(PR_SET_SECUREBITS, 7),
                             lie_if(PR_CAPBSET_DROP, 6),
                             lie_if(PR_CAP_AMBIENT, 5),
                             BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_CAPBSET_READ, 0, 3),
                             load(offsetof(seccomp_data, args[1])),
                             BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, CAP_LAST_CAP, 0, 2),
                             BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
                             BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
                             BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 0)};
    const sock_fprog filter = {sizeof program / sizeof *program, program};
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0) return report(false);
    return execute(arguments);
}

}  // namespace probe
