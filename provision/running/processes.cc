// SPDX-License-Identifier: Apache-2.0
#include "provision/running/processes.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "libjail/base/files.h"
#include "libjail/confine/cgroup.h"
#include "provision/base/problem.h"

namespace jail::provision {

namespace {

constexpr int kFirstTime = 11, kTimes = 4;  // utime, stime, cutime, cstime, counted after the name

std::uint64_t microseconds(std::uint64_t ticks) {
    static const auto in_a_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    return ticks * 1'000'000 / in_a_second;
}

}  // namespace

void add_program(std::vector<std::string>& programs, const std::string& name) {
    std::string shown = printable(name);
    if (std::find(programs.begin(), programs.end(), shown) == programs.end())
        programs.push_back(std::move(shown));
}

bool is_of_ours(const std::string& name) {
    return name == "jail-init" || name.starts_with("sshd");
}

// The name may have parentheses and spaces: the last one closes it.
std::optional<ProcessStat> parse_stat(std::string_view line) {
    const std::size_t open = line.find('('), close = line.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
        return std::nullopt;
    ProcessStat stat{std::string(line.substr(open + 1, close - open - 1)), 0};
    line.remove_prefix(close + 1);
    for (int field = 0; field < kFirstTime + kTimes; ++field) {
        const std::size_t begin = line.find_first_not_of(' ');
        if (begin == std::string_view::npos) return std::nullopt;
        line.remove_prefix(begin);
        const std::string_view word = line.substr(0, line.find(' '));
        std::uint64_t ticks = 0;
        const bool is_number =
            std::from_chars(word.data(), word.data() + word.size(), ticks).ec == std::errc();
        if (field >= kFirstTime && is_number) stat.ticks += ticks;
        line.remove_prefix(word.size());
    }
    return stat;
}

std::optional<InstanceProcesses> processes_of(const Layout& layout, const RunningInstance& instance) {
    const auto group = Cgroup::at(instance.group, layout.cgroup_root);
    if (!group) return std::nullopt;
    const auto members = group.value().members();
    if (!members) return std::nullopt;
    InstanceProcesses processes;
    std::uint64_t ticks = 0;
    for (const pid_t pid : members.value()) {
        const auto text = read_small_file("/proc/" + std::to_string(pid) + "/stat", 4096);
        auto stat = text ? parse_stat(text.value()) : std::nullopt;
        if (!stat) continue;  // it has ended
        ++processes.count;
        ticks += stat->ticks;
        if (!is_of_ours(stat->name)) add_program(processes.programs, stat->name);
    }
    processes.cpu_us = microseconds(ticks);
    return processes;
}

}  // namespace jail::provision
