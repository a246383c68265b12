#include "jailshell/environment.h"

#include <algorithm>
#include <string_view>

namespace jailshell {
namespace {

constexpr std::size_t kMaxValue = 4096;
constexpr std::size_t kMaxPassed = 256;

// What sshd says of the connection, and the terminal's type: nothing in it names a file that a program would
// load.
constexpr std::string_view kAlwaysPassed[] = {
    "TERM",    "COLORTERM",     "SSH_CONNECTION", "SSH_CLIENT",
    "SSH_TTY", "SSH_AUTH_SOCK", "DISPLAY",        "SSH_ORIGINAL_COMMAND"};

bool matches(std::string_view pattern, std::string_view name) {
    if (pattern.empty() || pattern.back() != '*') return pattern == name;
    pattern.remove_suffix(1);
    return name.substr(0, pattern.size()) == pattern;
}

bool passes(const jail::Manifest& manifest, std::string_view name) {
    const auto is_name = [&](std::string_view pattern) { return matches(pattern, name); };
    return std::any_of(std::begin(kAlwaysPassed), std::end(kAlwaysPassed), is_name) ||
           std::any_of(manifest.environment_pass.begin(), manifest.environment_pass.end(), is_name);
}

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

}  // namespace

std::vector<std::string> build_environment(const jail::InstanceRecord& record, const char* const* inherited) {
    std::vector<std::string> environment;
    for (; inherited != nullptr && *inherited != nullptr && environment.size() < kMaxPassed; ++inherited) {
        const std::string_view entry = *inherited;
        const std::size_t equals = entry.find('=');
        if (equals == std::string_view::npos || entry.size() > kMaxValue) continue;
        if (passes(record.manifest, entry.substr(0, equals)))
            set(environment, entry.substr(0, equals), entry.substr(equals + 1));
    }
    for (const jail::EnvironmentVariable& variable : record.manifest.environment_set)
        set(environment, variable.name, variable.value);
    // Last: who the session is, no policy and no client changes.
    set(environment, "HOME", record.home);
    set(environment, "USER", record.account);
    set(environment, "LOGNAME", record.account);
    set(environment, "SHELL", record.manifest.shell);
    const auto sets_path = [](const jail::EnvironmentVariable& variable) { return variable.name == "PATH"; };
    if (std::none_of(record.manifest.environment_set.begin(), record.manifest.environment_set.end(),
                     sets_path))
        set(environment, "PATH", "/usr/local/bin:/usr/bin:/bin");
    set(environment, "XDG_RUNTIME_DIR", "/run/user/" + std::to_string(record.uid));
    return environment;
}

}  // namespace jailshell
