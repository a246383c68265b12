// SPDX-License-Identifier: Apache-2.0
// syscall_fault LOG ROLE NUMBER VARIANT NAME PROGRAM [ARG...]: runs PROGRAM and all that it starts under
// ptrace(2), and makes one system call fail: of the fallible ones (fallible_calls.h) that the processes of
// ROLE make, the NUMBERth, with the VARIANTth errno that suits it. Works on static and on setuid programs,
// and on what a library never shows.
//
// The roles of a login, by who starts whom:
//   door        PROGRAM, while its process is called NAME (execve(2) or PR_SET_NAME)
//   launcher    what the door forks without a signal to itself, supervisor what that forks in turn
//   terminal    what it becomes when the door is login's: jail-terminal
//   init        what the supervisor forks: PID 1 of the jail
//   recorder    what it forks once it serves
//   helper      what the supervisor forks without a signal to itself: it holds a user namespace, or becomes
//   bus         busctl(1)
//   session     what else the door forks, until the process is called probe
//
// When the door has ended, a supervisor that serves gets SIGTERM: it would keep the instance for some seconds
// more for a first session that does not come.
//
// LOG has "count ROLE NUMBER" of each role, "hit ROLE NUMBER CALL ERRNO PATH" when one was hit (a supervisor
// in its loop is called serving there), "hang" when not all processes had ended after a minute, which are
// killed then. The status is PROGRAM's.
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "tests/fault/fallible_calls.h"

namespace {

using jail::testing::Fallible;

constexpr unsigned kHangSeconds = 60;

struct Process {
    std::string role;
    bool counted = true;
    int failing = 0;                 // the errno of the call that is under way
    unsigned long break_wanted = 0;  // by a brk(2) that is to fail
    bool serving = false;            // a supervisor in its loop
};

struct Fault {
    std::string role;
    long number = 0;
    std::size_t variant = 0;
    const char* name = "";  // of the door
    const char* log = "";
};

std::map<pid_t, Process> processes;
std::set<pid_t> newborn;  // stopped before their parents' events told of them
std::map<std::string, long> counts;
std::string hit;

std::string text_at(pid_t pid, unsigned long address) {
    char text[256] = {};
    const iovec local = {text, sizeof text - 1};
    // To the end of its page at most: the next one need not be there.
    const iovec remote = {reinterpret_cast<void*>(address), std::min(sizeof text - 1, 4096 - address % 4096)};
    return ::process_vm_readv(pid, &local, 1, &remote, 1, 0) > 0 ? text : "";
}

std::string descriptor_of(pid_t pid, unsigned long descriptor) {
    char path[256] = {};
    const std::string link =
        "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(static_cast<int>(descriptor));
    return ::readlink(link.c_str(), path, sizeof path - 1) > 0 ? path : "";
}

// For people: the argument that names something, or what the descriptor is.
std::string object_of(pid_t pid, const Fallible& call, const user_regs_struct& registers) {
    const unsigned long arguments[] = {registers.rdi, registers.rsi};
    const std::string path = call.path < 0 ? "" : text_at(pid, arguments[call.path]);
    if (path.starts_with('/') || call.path == 0) return path;
    if (call.path == 1) return descriptor_of(pid, registers.rdi) + "/" + path;
    return call.descriptor ? descriptor_of(pid, registers.rdi)
                           : std::to_string(static_cast<long>(registers.rdi));
}

std::string name_of(pid_t pid) {
    std::string name;
    std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/comm"), name);
    return name;
}

void enter_call(pid_t pid, Process& process, const Fault& fault) {
    user_regs_struct registers = {};
    if (::ptrace(PTRACE_GETREGS, pid, nullptr, &registers) != 0) return;
    const auto number = static_cast<long>(registers.orig_rax);
    if (process.role == "door" && number == SYS_prctl && registers.rdi == PR_SET_NAME) {
        process.counted = text_at(pid, registers.rsi) == fault.name;
        return;
    }
    if (process.role == "supervisor" && number == SYS_poll && registers.rsi > 2) process.serving = true;
    const Fallible* call = jail::testing::find_fallible(number);
    if (call == nullptr || !process.counted || ++counts[process.role] != fault.number ||
        process.role != fault.role)
        return;
    process.failing = call->errors[fault.variant % call->errors.size()];
    hit = "hit " + (process.serving ? "serving" : process.role) + " " + std::to_string(fault.number) + " " +
          call->name + " " + ::strerrorname_np(process.failing) + " " + object_of(pid, *call, registers);
    if (number == SYS_brk) {  // which has no errno: it returns the present break, unchanged
        process.failing = 0;
        process.break_wanted = registers.rdi;
        registers.rdi = 0;
    } else {
        registers.orig_rax = static_cast<unsigned long>(-1);  // no call at all
    }
    (void)::ptrace(PTRACE_SETREGS, pid, nullptr, &registers);
}

// A supervisor refuses `user_namespace: fakeroot` to traced processes; here all are traced.
void hide_tracer(pid_t pid, const user_regs_struct& registers) {
    std::string text(std::min(registers.rax, 4096ULL), '\0');
    iovec local = {text.data(), text.size()};
    iovec remote = {reinterpret_cast<void*>(registers.rsi), text.size()};
    if (::process_vm_readv(pid, &local, 1, &remote, 1, 0) != static_cast<ssize_t>(text.size())) return;
    constexpr std::string_view kLine = "\nTracerPid:\t";
    const std::size_t number = text.find(kLine);
    if (number == std::string::npos) return;
    for (std::size_t at = number + kLine.size(); at < text.size() && text[at] != '\n'; ++at) text[at] = '0';
    (void)::process_vm_writev(pid, &local, 1, &remote, 1, 0);
}

void leave_call(pid_t pid, Process& process) {
    user_regs_struct registers = {};
    (void)::ptrace(PTRACE_GETREGS, pid, nullptr, &registers);
    if (process.serving && registers.orig_rax == SYS_read && static_cast<long long>(registers.rax) > 0)
        hide_tracer(pid, registers);
    if (process.failing == 0 && process.break_wanted == 0) return;
    if (process.failing != 0) registers.rax = static_cast<unsigned long>(-process.failing);
    if (process.break_wanted != 0) registers.rdi = process.break_wanted;  // registers outlive a call
    (void)::ptrace(PTRACE_SETREGS, pid, nullptr, &registers);
    process.failing = 0;
    process.break_wanted = 0;
}

std::string role_of_child(const std::string& parent, bool is_serving, int event) {
    if (parent == "door") return event == PTRACE_EVENT_CLONE ? "launcher" : "session";
    if (parent == "launcher") return "supervisor";
    if (parent == "supervisor" && is_serving) return "recorder";
    if (parent == "supervisor") return event == PTRACE_EVENT_CLONE ? "helper" : "init";
    return parent;
}

void handle_event(pid_t pid, int event, const Fault& fault) {
    Process& process = processes[pid];
    if (event == PTRACE_EVENT_EXEC) {
        const std::string name = name_of(pid);
        if (process.role == "door" && name == fault.name) process.counted = true;
        if (process.role == "helper" && name == "busctl") process.role = "bus";
        if (process.role == "launcher" && name == "jail-terminal") process.role = "terminal";
        if (name == "probe") process.counted = false;
    } else if (event != 0) {
        unsigned long child = 0;
        if (::ptrace(PTRACE_GETEVENTMSG, pid, nullptr, &child) != 0) return;
        const auto pid_of_child = static_cast<pid_t>(child);
        const std::string role = role_of_child(process.role, process.serving, event);
        processes[pid_of_child] = {role, process.counted};
        if (newborn.erase(pid_of_child) != 0) (void)::ptrace(PTRACE_SYSCALL, pid_of_child, nullptr, 0);
    }
}

// The signal that the process is to go on with.
int handle_stop(pid_t pid, int status, const Fault& fault) {
    const int signal = WSTOPSIG(status), event = status >> 16;
    if (signal == (SIGTRAP | 0x80)) {
        __ptrace_syscall_info information = {};
        if (::ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof information, &information) <= 0) return 0;
        if (information.op == PTRACE_SYSCALL_INFO_ENTRY) enter_call(pid, processes[pid], fault);
        if (information.op == PTRACE_SYSCALL_INFO_EXIT) leave_call(pid, processes[pid]);
        return 0;
    }
    if (event == PTRACE_EVENT_STOP) return 0;  // a new one's first, or a stop of its group
    if (event == 0) return signal;
    handle_event(pid, event, fault);
    return 0;
}

void write_log(const Fault& fault, bool hung) {
    std::ofstream log(fault.log);
    for (const auto& [role, count] : counts) log << "count " << role << " " << count << "\n";
    if (!hit.empty()) log << hit << "\n";
    if (!hung) return;
    log << "hang";
    for (const auto& [pid, process] : processes) log << " " << process.role << "(" << name_of(pid) << ")";
    log << "\n";
}

volatile sig_atomic_t hung = 0;
void notice_hang(int) {
    hung = 1;
}

void end_serving() {
    for (const auto& [pid, process] : processes)
        if (process.serving) (void)::kill(pid, SIGTERM);
}

// Until the last process has ended. A new child that stops before its parent's event waits for it: no call of
// it is made while it has no role.
int trace(pid_t door, const Fault& fault) {
    int result = 0;
    bool door_ended = false;
    while (hung == 0) {
        int status = 0;
        const pid_t pid = ::waitpid(-1, &status, __WALL);
        if (pid < 0 && errno == EINTR) continue;
        if (pid < 0) break;
        if (WIFSTOPPED(status) && !processes.contains(pid)) {
            newborn.insert(pid);
            continue;
        }
        if (WIFSTOPPED(status)) {
            const int signal = handle_stop(pid, status, fault);
            if (door_ended) end_serving();
            (void)::ptrace(PTRACE_SYSCALL, pid, nullptr, signal);
            continue;
        }
        processes.erase(pid);
        if (pid != door) continue;
        result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        door_ended = true;
        end_serving();
    }
    write_log(fault, hung != 0);
    return result;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 7) return 125;
    const Fault fault = {argv[2], std::atol(argv[3]), static_cast<std::size_t>(std::atol(argv[4])), argv[5],
                         argv[1]};
    const pid_t door = ::fork();
    if (door == 0) {
        (void)::raise(SIGSTOP);
        ::execv(argv[6], argv + 6);
        ::_exit(127);
    }
    int status = 0;
    (void)::waitpid(door, &status, WUNTRACED);
    constexpr long kOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                              PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    if (::ptrace(PTRACE_SEIZE, door, nullptr, kOptions) != 0) return 125;
    processes[door] = {"door", false};
    (void)::kill(door, SIGCONT);
    struct sigaction action = {};
    action.sa_handler = notice_hang;
    (void)::sigaction(SIGALRM, &action, nullptr);
    (void)::alarm(kHangSeconds);
    return trace(door, fault);
}
