// SPDX-License-Identifier: Apache-2.0
// filter_bench [ROUNDS]: the cost of a system call under the filter of a default policy, against the same
// call without it, in turns. Prints the program's size, the cost of loading it, and for each call the 10th
// percentiles in nanoseconds (higher values come from other work of the machine) and their ratio.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "provision/syscalls/seccomp_filter.h"

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kWarmUp = 300, kCallsARound = 2000;

struct Case {
    const char* name;
    long (*call)();
};

constexpr Case kCases[] = {
    {"getpid: no rule", [] { return ::syscall(SYS_getpid); }},
    {"read of a bad descriptor: no rule", [] { return ::syscall(SYS_read, -1, nullptr, 0); }},
    {"ioctl: by argument", [] { return ::syscall(SYS_ioctl, -1, TIOCGWINSZ, nullptr); }},
    {"prctl: by argument", [] { return ::syscall(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0); }},
    {"socketpair of a bad type: by argument",
     [] { return ::syscall(SYS_socketpair, AF_UNIX, -1, 0, nullptr); }},
    {"mmap of nothing: by argument",
     [] { return ::syscall(SYS_mmap, nullptr, 0, PROT_READ, MAP_PRIVATE, -1, 0); }},
    {"socket of a bad type: by argument", [] { return ::syscall(SYS_socket, AF_UNIX, -1, 0); }},
    {"socket of inet, bad flags: by arguments",
     [] { return ::syscall(SYS_socket, AF_INET, SOCK_DGRAM | 1 << 30, IPPROTO_UDP); }},
    {"personality: by argument", [] { return ::syscall(SYS_personality, 0xffffffffUL); }},
    {"ptrace: refused", [] { return ::syscall(SYS_ptrace, -1, -1, 0, 0); }},
};

double percentile_10(std::vector<double>& times) {
    std::sort(times.begin(), times.end());
    return times[times.size() / 10];
}

double nanoseconds(Clock::duration spent) {
    return static_cast<double>(std::chrono::duration_cast<std::chrono::nanoseconds>(spent).count());
}

double load(const std::string& program) {
    sock_fprog filter = {static_cast<unsigned short>(program.size() / sizeof(sock_filter)),
                         const_cast<sock_filter*>(reinterpret_cast<const sock_filter*>(program.data()))};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) std::abort();
    const auto start = Clock::now();
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0) std::abort();
    return nanoseconds(Clock::now() - start);
}

// In a child, as a filter cannot be taken off again: the loading first (0 without), then each call.
std::vector<double> measure(const std::string* program) {
    constexpr std::size_t kFigures = 1 + std::size(kCases);
    double figures[kFigures] = {};
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    const pid_t child = ::fork();
    if (child == 0) {
        if (program) figures[0] = load(*program);
        for (std::size_t i = 0; i < std::size(kCases); ++i) {
            for (int call = 0; call < kWarmUp; ++call) (void)kCases[i].call();
            const auto start = Clock::now();
            for (int call = 0; call < kCallsARound; ++call) (void)kCases[i].call();
            figures[i + 1] = nanoseconds(Clock::now() - start) / kCallsARound;
        }
        ::_exit(::write(ends[1], figures, sizeof figures) == sizeof figures ? 0 : 1);
    }
    ::close(ends[1]);
    if (::read(ends[0], figures, sizeof figures) != sizeof figures) std::abort();
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    return {figures, figures + kFigures};
}

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 201;
    const auto program = jail::provision::compile_seccomp_filter({}, false);
    if (!program) return std::fprintf(stderr, "%s\n", program.error().message().c_str()), 1;
    std::vector<std::vector<double>> plain(1 + std::size(kCases)), filtered(1 + std::size(kCases));
    for (int round = 0; round < rounds; ++round) {
        const auto without = measure(nullptr);
        const auto with = measure(&program.value());
        for (std::size_t i = 0; i < without.size(); ++i) {
            plain[i].push_back(without[i]);
            filtered[i].push_back(with[i]);
        }
    }
    std::printf("%zu instructions, loaded in %.0f us\n", program.value().size() / sizeof(sock_filter),
                percentile_10(filtered[0]) / 1000);
    for (std::size_t i = 0; i < std::size(kCases); ++i) {
        const double before = percentile_10(plain[i + 1]), now = percentile_10(filtered[i + 1]);
        std::printf("%-40s %6.0f ns %6.0f ns  %.2f\n", kCases[i].name, before, now, now / before);
    }
}
