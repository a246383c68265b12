// SPDX-License-Identifier: Apache-2.0
// The services of the sandbox's PAM, closed as README says. The host's own lines do not matter: it can
// be in use with jailshell already.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace jail::testing {

inline constexpr char kIncludeJail[] = "@include jail\n";

// The text of a service without the lines that bring pam_jail in.
inline std::string without_jail(const std::string& stack) {
    std::istringstream lines(stack);
    std::string kept;
    for (std::string line; std::getline(lines, line);)
        if (line + "\n" != kIncludeJail && line.find("pam_jail.so") == std::string::npos) kept += line + "\n";
    return kept;
}

inline void write_service(const std::string& name, bool closed) {
    const std::string path = "/etc/pam.d/" + name;
    std::ostringstream stack;
    stack << std::ifstream(path).rdbuf();
    std::ofstream(path) << without_jail(stack.str()) << (closed ? kIncludeJail : "");
}

// Each service that this host has, whatever is installed.
inline void close_doors() {
    for (const auto& entry : std::filesystem::directory_iterator("/etc/pam.d")) {
        const std::string name = entry.path().filename();
        if (!name.starts_with("common-") && name != "jail") write_service(name, true);
    }
#ifdef __SANITIZE_ADDRESS__
    std::filesystem::remove("/usr/bin/sudo");  // it would load the sanitized module, which ends it
#endif
}

}  // namespace jail::testing
