// SPDX-License-Identifier: Apache-2.0
// probe MODE [ARG...]: runs inside a jail and reports facts, one a line, or does one thing. Static, so that a
// tree needs no libraries. As a login shell (probe -c "MODE ARG...") it takes the command's words as its
// arguments.
//
//   facts            ids, capability sets, no_new_privs, seccomp mode, namespaces, hostname, groups
//   list DIR         names in a directory, sorted
//   read FILE        its content
//   write FILE       creates it; prints ok or the error
//   exec FILE        executes it; prints the error if that fails
//   exec-fd FILE     the same by way of /proc/self/fd
//   exec-empty FILE  the same by execveat(2) with nothing but the descriptor
//   exec-memory FLAGS  a copy of this program in a file of memory (memfd_create(2)); prints the error
//   map FILE         maps it executable; maps it readable and makes that executable; prints ok or each error
//   rename FROM TO   link FROM TO    prints ok or the error
//   copy TO          this program, mode 0755
//   processes        pids that /proc shows
//   open-files       what each descriptor of this process is
//   fork N           N children that stay; prints how many could be made
//   allocate MIB     touches so much memory; prints ok
//   connect PORT     TCP to 127.0.0.1; prints ok or the error
//   connect-unix NAME  a unix socket, abstract where NAME begins with @; prints ok or the error
//   sleep SECONDS    sleep-named SECONDS  under a misleading name
//   linger SECONDS   a background process in its own session that ignores SIGHUP; returns at once
//   exit STATUS      signal NUMBER [PID]
//   deaf SECONDS     sleeps, and ignores every signal that can be
//   spin SECONDS     uses the processor for so long by the clock; prints how many ms it had
//   bomb             forks without end, and so do its children
//   fill FILE        writes until that fails; prints the error and for how many MiB there was room
//   refused, output FILE  tests/probes/system_calls.h, tests/probes/job_output.h
//   join-user PID    the user namespace of that process; prints ok or the error
//   traced FILE ARG...  executes it under ptrace(2); prints how it ended
//   rewritten, deceived  tests/probes/intrusions.h
//   threads N        N threads by pthread_create(3); prints how many ran
//   terminals SECONDS  makes them until that fails, and keeps them; prints how many there were and the error
//   write-direct FILE MIB  past the page cache; prints how many ms it took
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/probes/intrusions.h"
#include "tests/probes/job_output.h"
#include "tests/probes/report.h"
#include "tests/probes/system_calls.h"

namespace {

using probe::report;
using Arguments = std::vector<std::string>;

std::vector<std::string> names_in(const std::string& path) {
    std::vector<std::string> names;
    if (DIR* directory = ::opendir(path.c_str())) {
        while (const dirent* entry = ::readdir(directory))
            if (entry->d_name[0] != '.' || std::strlen(entry->d_name) > 2) names.emplace_back(entry->d_name);
        ::closedir(directory);
    }
    std::sort(names.begin(), names.end());
    return names;
}

void print_link(const std::string& label, const std::string& path) {
    char target[4096];
    const ssize_t length = ::readlink(path.c_str(), target, sizeof target);
    std::cout << label << " "
              << (length < 0 ? std::string(std::strerror(errno))
                             : std::string(target, static_cast<std::size_t>(length)))
              << "\n";
}

int facts(const Arguments&) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        for (const char* key :
             {"Umask:", "Uid:", "Gid:", "Groups:", "Cap", "NoNewPrivs:", "Seccomp:", "NSpid:"})
            if (line.rfind(key, 0) == 0) std::cout << line << "\n";
    for (const std::string& name : names_in("/proc/self/ns"))
        print_link("ns-" + name, "/proc/self/ns/" + name);
    char host[65] = {};
    ::gethostname(host, sizeof host - 1);
    std::cout << "hostname " << host << "\npid " << ::getpid() << "\ndumpable " << ::prctl(PR_GET_DUMPABLE)
              << std::endl;
    return 0;
}

int list(const Arguments& arguments) {
    for (const std::string& name : names_in(arguments.at(0))) std::cout << name << "\n";
    return 0;
}

int read(const Arguments& arguments) {
    std::ifstream file(arguments.at(0));
    if (!file) return report(false);
    std::cout << file.rdbuf();
    return 0;
}

int write(const Arguments& arguments) {
    const int fd = ::open(arguments.at(0).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    return report(fd >= 0);
}

int execute(const Arguments& arguments) {
    ::execl(arguments.at(0).c_str(), arguments.at(0).c_str(), "exit", "0", nullptr);
    return report(false);
}

char* const kExit[] = {const_cast<char*>("probe"), const_cast<char*>("exit"), const_cast<char*>("0"),
                       nullptr};

int execute_descriptor(const Arguments& arguments) {
    const int fd = ::open(arguments.at(0).c_str(), O_RDONLY | O_CLOEXEC);
    ::execv(("/proc/self/fd/" + std::to_string(fd)).c_str(), kExit);
    return report(false);
}

int execute_empty_path(const Arguments& arguments) {
    const int fd = ::open(arguments.at(0).c_str(), O_PATH | O_CLOEXEC);
    ::syscall(SYS_execveat, fd, "", kExit, nullptr, AT_EMPTY_PATH);
    return report(false);
}

bool copy_to(int to) {
    const int from = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    char buffer[65536];
    ssize_t count = 0;
    while ((count = ::read(from, buffer, sizeof buffer)) > 0)
        if (::write(to, buffer, static_cast<std::size_t>(count)) != count) return false;
    return count == 0;
}

int execute_memory(const Arguments& arguments) {
    const int fd =
        static_cast<int>(::syscall(SYS_memfd_create, "x", std::stoul(arguments.at(0), nullptr, 0)));
    if (fd < 0 || !copy_to(fd)) return report(false);
    ::syscall(SYS_execveat, fd, "", kExit, nullptr, AT_EMPTY_PATH);
    return report(false);
}

int copy(const Arguments& arguments) {
    const int to = ::open(arguments.at(0).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    return report(to >= 0 && copy_to(to));
}

int map(const Arguments& arguments) {
    constexpr std::size_t kPage = 4096;
    const int fd = ::open(arguments.at(0).c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return report(false);
    report(::mmap(nullptr, kPage, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) != MAP_FAILED);
    void* const page = ::mmap(nullptr, kPage, PROT_READ, MAP_PRIVATE, fd, 0);
    return report(page != MAP_FAILED && ::mprotect(page, kPage, PROT_READ | PROT_EXEC) == 0);
}

int rename_file(const Arguments& arguments) {
    return report(::rename(arguments.at(0).c_str(), arguments.at(1).c_str()) == 0);
}

int link_file(const Arguments& arguments) {
    return report(::link(arguments.at(0).c_str(), arguments.at(1).c_str()) == 0);
}

int processes(const Arguments&) {
    for (const std::string& name : names_in("/proc"))
        if (std::all_of(name.begin(), name.end(), ::isdigit)) std::cout << name << "\n";
    return 0;
}

int open_files(const Arguments&) {
    for (const std::string& name : names_in("/proc/self/fd")) print_link(name, "/proc/self/fd/" + name);
    return 0;
}

int fork_many(const Arguments& arguments) {
    int made = 0;
    for (int i = 0; i < std::atoi(arguments.at(0).c_str()); ++i) {
        const pid_t pid = ::fork();
        if (pid == 0) {
            ::sleep(60);
            ::_exit(0);
        }
        if (pid > 0) ++made;
    }
    std::cout << made << std::endl;
    ::kill(0, SIGKILL);
    return 0;
}

int allocate(const Arguments& arguments) {
    const std::size_t size = static_cast<std::size_t>(std::atoi(arguments.at(0).c_str())) << 20;
    void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return report(false);
    std::memset(memory, 1, size);
    return report(true);
}

int connect_to(const Arguments& arguments) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(arguments.at(0).c_str())));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return report(fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

int connect_unix(const Arguments& arguments) {
    const std::string& name = arguments.at(0);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    if (name.size() >= sizeof address.sun_path) return 2;
    std::memcpy(address.sun_path, name.data(), name.size());
    const bool abstract = name[0] == '@';
    if (abstract) address.sun_path[0] = '\0';
    const auto size =
        static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + (abstract ? 0 : 1));
    return report(fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0);
}

int sleep_for(const Arguments& arguments) {
    return static_cast<int>(::sleep(static_cast<unsigned>(std::atoi(arguments.at(0).c_str()))));
}

// What a reader of proc_pid_stat(5) that stops at the first bracket takes for a busy process on a terminal.
int sleep_named(const Arguments& arguments) {
    (void)::prctl(PR_SET_NAME, ") R 1 1 1 34816", 0, 0, 0);
    return sleep_for(arguments);
}

int linger(const Arguments& arguments) {
    if (::fork() == 0) {
        ::setsid();
        ::signal(SIGHUP, SIG_IGN);
        for (int fd = 0; fd < 3; ++fd) ::close(fd);
        ::sleep(static_cast<unsigned>(std::atoi(arguments.at(0).c_str())));
        ::_exit(0);
    }
    return 0;
}

int exit_with(const Arguments& arguments) {
    return std::atoi(arguments.at(0).c_str());
}

int die(const Arguments& arguments) {
    const pid_t whom = arguments.size() > 1 ? std::atoi(arguments[1].c_str()) : ::getpid();
    return ::kill(whom, std::atoi(arguments.at(0).c_str()));
}

long long milliseconds(clockid_t clock) {
    timespec now = {};
    ::clock_gettime(clock, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

int spin(const Arguments& arguments) {
    const long long end = milliseconds(CLOCK_MONOTONIC) + 1000LL * std::atoi(arguments.at(0).c_str());
    while (milliseconds(CLOCK_MONOTONIC) < end) {
    }
    std::cout << milliseconds(CLOCK_PROCESS_CPUTIME_ID) << std::endl;
    return 0;
}

int deaf(const Arguments& arguments) {
    for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_IGN);
    return sleep_for(arguments);
}

int bomb(const Arguments&) {
    ::signal(SIGCHLD, SIG_IGN);
    for (;;) (void)!::fork();
}

int fill(const Arguments& arguments) {
    const int fd = ::open(arguments.at(0).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) return report(false);
    const std::vector<char> block(1 << 20, 'x');
    long long written = 0;
    for (ssize_t count; (count = ::write(fd, block.data(), block.size())) > 0;) written += count;
    std::cout << std::strerror(errno) << " after " << (written >> 20) << std::endl;
    return 0;
}

int write_direct(const Arguments& arguments) {
    const int fd = ::open(arguments.at(0).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_DIRECT | O_CLOEXEC, 0644);
    if (fd < 0) return report(false);
    constexpr std::size_t kBlock = 64u << 10;
    void* block = ::mmap(nullptr, kBlock, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    std::memset(block, 'x', kBlock);
    const long long start = milliseconds(CLOCK_MONOTONIC);
    for (int i = 0; i < 16 * std::atoi(arguments.at(1).c_str()); ++i)
        if (::write(fd, block, kBlock) < 0) return report(false);
    std::cout << milliseconds(CLOCK_MONOTONIC) - start << std::endl;
    return 0;
}

int terminals(const Arguments& arguments) {
    int made = 0;
    while (::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC) >= 0) ++made;
    std::cout << made << " " << std::strerror(errno) << std::endl;
    return sleep_for(arguments);
}

std::atomic<int> threads_that_ran = 0;

int threads(const Arguments& arguments) {
    std::vector<pthread_t> started;
    for (int i = 0; i < std::atoi(arguments.at(0).c_str()); ++i) {
        pthread_t thread;
        const int code = ::pthread_create(
            &thread, nullptr, [](void*) -> void* { return ++threads_that_ran, nullptr; }, nullptr);
        if (code == 0) started.push_back(thread);
    }
    for (const pthread_t thread : started) ::pthread_join(thread, nullptr);
    std::cout << threads_that_ran << std::endl;
    return 0;
}

const std::map<std::string, std::function<int(const Arguments&)>> kModes = {
    {"facts", facts},
    {"list", list},
    {"read", read},
    {"write", write},
    {"exec", execute},
    {"exec-fd", execute_descriptor},
    {"exec-empty", execute_empty_path},
    {"exec-memory", execute_memory},
    {"map", map},
    {"copy", copy},
    {"rename", rename_file},
    {"link", link_file},
    {"processes", processes},
    {"open-files", open_files},
    {"fork", fork_many},
    {"allocate", allocate},
    {"connect", connect_to},
    {"sleep", sleep_for},
    {"sleep-named", sleep_named},
    {"linger", linger},
    {"exit", exit_with},
    {"signal", die},
    {"connect-unix", connect_unix},
    {"deaf", deaf},
    {"spin", spin},
    {"bomb", bomb},
    {"fill", fill},
    {"output", probe::use_output},
    {"write-direct", write_direct},
    {"refused", probe::answers_of_system_calls},
    {"threads", threads},
    {"terminals", terminals},
    {"join-user", probe::join_user_namespace},
    {"traced", probe::execute_traced},
    {"rewritten", probe::execute_rewritten},
    {"deceived", probe::execute_deceived},
};

}  // namespace

int main(int argc, char** argv) {
    Arguments words;
    if (argc >= 3 && std::string(argv[1]) == "-c") {
        std::istringstream stream(argv[2]);
        for (std::string word; stream >> word;) words.push_back(word);
    } else {
        words.assign(argv + 1, argv + argc);
    }
    if (words.empty()) words = {"facts"};
    const auto mode = kModes.find(words[0]);
    if (mode == kModes.end()) {
        std::cerr << "probe: no mode " << words[0] << "\n";
        return 2;
    }
    words.erase(words.begin());
    return mode->second(words);
}
