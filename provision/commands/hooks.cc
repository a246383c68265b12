// SPDX-License-Identifier: Apache-2.0
#include "provision/commands/hooks.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <nlohmann/json.hpp>

#include "libjail/base/clock.h"
#include "libjail/policy/trusted_store.h"
#include "provision/base/child_process.h"
#include "provision/base/log.h"
#include "provision/base/problem.h"

namespace jail::provision {

namespace {

constexpr int kSchema = 1;
constexpr auto kPatience = 30s;

// An account that can change the file would be root when it runs.
Result<> require_trusted(const Layout& layout, const std::string& path) {
    const std::string directory = path.substr(0, path.rfind('/'));
    for (const std::string& one : {layout.config_dir, directory, path}) {
        struct stat status = {};
        if (::lstat(one.c_str(), &status) != 0) return errno_error("stat", one);
        // A link of root's could lead to a file of anybody's.
        const bool is_kind = one == path ? S_ISREG(status.st_mode) : S_ISDIR(status.st_mode);
        if (!is_kind || distrust(status, layout.owner) != Distrust::kNone)
            return problem(
                one + " is not a file, or directory, of root's alone; run chown root and chmod go-w on it");
    }
    return success();
}

}  // namespace

void run_hook(const Layout& layout, const char* event, nlohmann::json details) {
    const std::string path = layout.config_dir + "/hooks.d/" + event;
    if (::access(path.c_str(), X_OK) != 0) return;
    details["schema"] = kSchema;
    details["hook"] = event;
    details["time"] = static_cast<std::int64_t>(::time(nullptr));
    const auto ran = [&]() -> Result<> {
        JAIL_TRY(require_trusted(layout, path));
        return run_with_input({path}, details.dump() + "\n", kPatience);
    }();
    if (!ran) log_error("hook " + path + ": " + describe(ran.error()));
}

}  // namespace jail::provision
