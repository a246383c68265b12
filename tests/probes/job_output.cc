// SPDX-License-Identifier: Apache-2.0
#include "tests/probes/job_output.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace probe {

int use_output(const std::vector<std::string>& arguments) {
    constexpr std::size_t kBlock = 1u << 20;
    std::ofstream report(arguments.at(0));
    const char byte = 'x';
    if (::write(STDOUT_FILENO, &byte, 1) != 1) return 1;
    const bool mapped = ::mmap(nullptr, 1, PROT_READ | PROT_EXEC, MAP_SHARED, STDOUT_FILENO, 0) != MAP_FAILED;
    report << "map: " << (mapped ? "ok" : std::strerror(errno)) << "\n";
    const std::string block(kBlock, 'x');
    off_t written = 0;
    for (ssize_t count; written < (64l << 20); written += count)
        if ((count = ::pwrite(STDOUT_FILENO, block.data(), kBlock, written)) <= 0) break;
    report << "write: " << (written < (64l << 20) ? std::strerror(errno) : "ok") << " after "
           << (written >> 20) << " MiB\n";
    return report.good() ? 0 : 1;
}

}  // namespace probe
