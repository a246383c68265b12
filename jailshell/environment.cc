// SPDX-License-Identifier: Apache-2.0
#include "jailshell/environment.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "libjail/policy/passed_variables.h"
#include "libjail/session/session_end.h"

namespace jail::jailshell {
namespace {

constexpr std::size_t kMaxValue = 4096;
constexpr std::size_t kMaxPassed = 256;

// Sets, or replaces: a name stands once, or programs would disagree which one counts.
void set(std::vector<std::string>& environment, std::string_view name, std::string_view value) {
    std::string entry = std::string(name) + "=" + std::string(value);
    const std::string_view prefix(entry.data(), name.size() + 1);
    const auto found = std::find_if(environment.begin(), environment.end(), [&](const std::string& existing) {
        return existing.compare(0, prefix.size(), prefix) == 0;
    });
    if (found != environment.end())
        *found = std::move(entry);
    else
        environment.push_back(std::move(entry));
}

// A share of the processors is not a number of them, so sched_getaffinity(2) and /proc do not show it. This
// variable gives it to nproc(1) and OpenMP: as many threads as the share can keep busy. A policy may set
// another value.
void limit_threads(std::vector<std::string>& environment, std::uint64_t cpu_percent) {
    constexpr std::string_view kName = "OMP_THREAD_LIMIT";
    const auto is_set = [&](const std::string& entry) {
        return entry.compare(0, kName.size() + 1, std::string(kName) + "=") == 0;
    };
    if (cpu_percent == 0 || std::any_of(environment.begin(), environment.end(), is_set)) return;
    set(environment, kName, std::to_string((cpu_percent + 99) / 100));
}

}  // namespace

std::vector<std::string> build_environment(const InstanceRecord& record, const char* const* inherited) {
    std::vector<std::string> environment;
    for (; inherited != nullptr && *inherited != nullptr && environment.size() < kMaxPassed; ++inherited) {
        const std::string_view entry = *inherited;
        const std::size_t equals = entry.find('=');
        if (equals == std::string_view::npos || entry.size() > kMaxValue) continue;
        const std::string_view name = entry.substr(0, equals);
        if (passes(record.manifest, name) && name != kSessionVariable)
            set(environment, name, entry.substr(equals + 1));
    }
    for (const EnvironmentVariable& variable : record.manifest.environment_set)
        set(environment, variable.name, variable.value);
    // Last: policies and clients must not change the session's identity.
    set(environment, "HOME", record.home);
    set(environment, "USER", record.account);
    set(environment, "LOGNAME", record.account);
    set(environment, "SHELL", record.manifest.shell);
    const auto sets_path = [](const EnvironmentVariable& variable) { return variable.name == "PATH"; };
    if (std::none_of(record.manifest.environment_set.begin(), record.manifest.environment_set.end(),
                     sets_path))
        set(environment, "PATH", "/usr/local/bin:/usr/bin:/bin");
    limit_threads(environment, record.manifest.limits.cpu_percent);
    set(environment, "XDG_RUNTIME_DIR", "/run/user/" + std::to_string(record.uid));
    return environment;
}

}  // namespace jail::jailshell
