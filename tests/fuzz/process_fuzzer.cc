// SPDX-License-Identifier: Apache-2.0
// What root reads that an account has a part in: /proc/PID/stat, where a process has the name that it gave
// itself, and the account's name, GECOS and groups, which become the jail's passwd and group.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "supervisor/instance/identity.h"
#include "supervisor/watch/session_processes.h"

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

// Lines of so many fields each, and of these lines no more.
void require_table(const std::string& text, long lines, long colons) {
    require(std::count(text.begin(), text.end(), '\n') == lines);
    require(std::count(text.begin(), text.end(), ':') == lines * colons);
    require(text.find('\0') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    const std::string name = bytes.substr(0, 15);  // TASK_COMM_LEN
    const std::string stat =
        "4711 (" + name + ") S 42 4711 4711 34819 4711 4194304 1 0 0 0 3 4 5 6 20 0 1 0 99";
    const auto process = jail::supervisor::parse_process(stat.c_str());
    // A name ends at the string's end only where it holds a zero, which no name does.
    if (name.find('\0') == std::string::npos)
        require(process && process->parent == 42 && process->process.ticks == 18 &&
                process->process.pid == 4711);
    (void)jail::supervisor::parse_process(bytes.c_str());

    jail::supervisor::Identity identity;
    identity.account = "harlequin";
    identity.home = "/home/harlequin";
    identity.gecos = bytes.c_str();  // libc's strings end at a zero
    identity.groups = {{bytes.c_str(), 1001}, {"users", 100}};
    for (const auto& [path, content] : jail::supervisor::synthesise_etc(identity, jail::Manifest(), "")) {
        if (path == "passwd") require_table(content, 3, 6);
        if (path == "group") require_table(content, 5, 3);
    }
    return 0;
}
