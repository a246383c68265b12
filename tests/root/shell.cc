// SPDX-License-Identifier: Apache-2.0
#include "shell.h"

#include <sys/wait.h>

#include <cstdio>
#include <fstream>
#include <sstream>

namespace jail::testing {

Ran sh(const std::string& command) {
    FILE* pipe = ::popen(("(" + command + ") 2>&1").c_str(), "re");
    Ran run{};
    char buffer[4096];
    for (std::size_t count; (count = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
        run.output.append(buffer, count);
    run.status = WEXITSTATUS(::pclose(pipe));
    return run;
}

std::string read_file(const std::string& path) {
    std::ostringstream content;
    content << std::ifstream(path).rdbuf();
    return content.str();
}

std::string state() {
    return sh("cd /var/lib/jail && find accounts groups generations manifests trees staging -printf '%p %s "
              "%n\\n' "
              "2>/dev/null | sort")
        .output;
}

std::string shell_of(const std::string& account) {
    std::string line = sh("getent passwd " + account).output;
    return line.empty() ? "" : line.substr(line.rfind(':') + 1, line.size() - line.rfind(':') - 2);
}

}  // namespace jail::testing
