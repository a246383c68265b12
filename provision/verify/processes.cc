// SPDX-License-Identifier: Apache-2.0
#include "provision/verify/processes.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "libjail/base/files.h"
#include "provision/base/file_io.h"

namespace jail::provision {

std::string status_field(pid_t pid, const std::string& key) {
    const auto status = read_small_file("/proc/" + std::to_string(pid) + "/status");
    if (!status) return {};
    const std::string text = "\n" + status.value(), wanted = "\n" + key + ":";
    const std::size_t at = text.find(wanted);
    if (at == std::string::npos) return {};
    const std::size_t begin = text.find_first_not_of(" \t", at + wanted.size());
    return text.substr(begin, text.find('\n', begin) - begin);
}

std::string namespace_of(pid_t pid, const std::string& kind) {
    char name[64] = {};
    const std::string path = "/proc/" + std::to_string(pid) + "/ns/" + kind;
    const ssize_t size = ::readlink(path.c_str(), name, sizeof name - 1);
    return size < 0 ? std::string() : std::string(name, static_cast<std::size_t>(size));
}

std::vector<pid_t> descendants_of(pid_t ancestor) {
    std::map<pid_t, pid_t> parents;
    for (const std::string& name : names_in("/proc"))
        if (const int pid = std::atoi(name.c_str()); pid > 0)
            parents[pid] = std::atoi(status_field(pid, "PPid").c_str());
    std::vector<pid_t> found = {ancestor};
    for (std::size_t next = 0; next < found.size(); ++next)
        for (const auto& [pid, parent] : parents)
            if (parent == found[next] && std::find(found.begin(), found.end(), pid) == found.end())
                found.push_back(pid);
    found.erase(found.begin());
    return found;
}

}  // namespace jail::provision
