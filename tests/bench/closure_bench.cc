// SPDX-License-Identifier: Apache-2.0
// closure_bench COMMAND...: the time to resolve the commands to all of their files in a fresh process: only
// the kernel's page cache is warm. The median of nine.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "provision/tree/closure.h"

namespace {

long long now_us() {
    timespec now = {};
    (void)::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000LL + now.tv_nsec / 1000;
}

// The number of files, or 0 when a command could not be resolved.
std::size_t resolve(int argc, char** argv) {
    using namespace jail::provision;
    FileStates states;
    HostFiles files("", states);
    TreePlan plan;
    Closure closure(files, plan, {});
    for (int i = 1; i < argc; ++i)
        if (!closure.add_command({argv[i], "benchmark", {}, false})) return 0;
    return plan.file_count();
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<long long> times;
    std::size_t files = 0;
    for (int round = 0; round < 9; ++round) {
        const long long start = now_us();
        files = resolve(argc, argv);
        times.push_back(now_us() - start);
        if (files == 0) return 1;
    }
    std::sort(times.begin(), times.end());
    std::printf("%-56s %9lld\n", "jail-provision's resolver", times[times.size() / 2]);
    std::printf("%-56s %9d\n", "commands", argc - 1);
    std::printf("%-56s %9zu\n", "files that they need", files);
}
