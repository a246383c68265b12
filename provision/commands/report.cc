#include "provision/commands/report.h"

#include <cstdio>

#include "provision/log.h"
#include "provision/problem.h"
#include "provision/tree_builder.h"

namespace jail::provision {

int fail(const Error& error, const Diagnostics& diagnostics) {
    std::fputs(diagnostics.joined().c_str(), stderr);
    log_error(describe(error));
    return 1;
}

Result<StateLock> lock_state(const Layout& layout, const CommonOptions& common) {
    StateLock lock = JAIL_TRY(StateLock::take(layout, common.lock_timeout,
                                              [] { log_notice("waiting for another jail-provision"); }));
    remove_stale_staging(layout);
    return lock;
}

std::string human_size(std::uint64_t bytes) {
    char text[32];
    if (bytes < 1024)
        (void)std::snprintf(text, sizeof text, "%llu B", static_cast<unsigned long long>(bytes));
    else if (bytes < (1u << 20))
        (void)std::snprintf(text, sizeof text, "%.1f KiB", static_cast<double>(bytes) / 1024);
    else
        (void)std::snprintf(text, sizeof text, "%.1f MiB", static_cast<double>(bytes) / (1 << 20));
    return text;
}

}  // namespace jail::provision
