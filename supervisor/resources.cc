// SPDX-License-Identifier: Apache-2.0
#include "supervisor/resources.h"

#include <sys/resource.h>

#include <algorithm>

namespace jail::supervisor {
namespace {

Result<> require_resources() {
    constexpr struct {
        int resource;
        rlim_t needed;
        const char* name;
    } kNeeds[] = {{RLIMIT_NOFILE, 256, "open files"},     {RLIMIT_FSIZE, 64u << 20, "file size"},
                  {RLIMIT_AS, 1u << 30, "address space"}, {RLIMIT_DATA, 256u << 20, "data size"},
                  {RLIMIT_STACK, 1u << 20, "stack size"}, {RLIMIT_CPU, RLIM_INFINITY, "cpu time"},
                  {RLIMIT_NPROC, 64, "processes"}};
    for (const auto& need : kNeeds) {
        rlimit limit = {};
        if (::getrlimit(static_cast<__rlimit_resource>(need.resource), &limit) != 0)
            return errno_error("getrlimit", need.name);
        if (limit.rlim_cur >= need.needed) continue;
        limit.rlim_cur = need.needed;
        limit.rlim_max = std::max(limit.rlim_max, limit.rlim_cur);
        if (::setrlimit(static_cast<__rlimit_resource>(need.resource), &limit) != 0)
            return errno_error("raise the resource limit of", need.name);
    }
    return success();
}

// As large as the host allows: the record of a high uid in lastlog is far from its beginning.
Result<> take_room_in_files() {
    constexpr rlimit kAny = {RLIM_INFINITY, RLIM_INFINITY};
    rlimit limit = {};
    if (::setrlimit(RLIMIT_FSIZE, &kAny) == 0) return success();
    if (::getrlimit(RLIMIT_FSIZE, &limit) != 0) return errno_error("getrlimit", "file size");
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return errno_error("raise the resource limit of", "file size");
    return success();
}

// As many as the host allows: a session is up to five, and what one left running may keep two.
Result<> take_room_for_descriptors() {
    constexpr rlim_t kMany = 65536;
    rlimit limit = {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return errno_error("getrlimit", "open files");
    limit.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, kMany));
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return errno_error("raise the resource limit of", "open files");
    return success();
}

}  // namespace

Result<> take_resources() {
    JAIL_TRY(require_resources());
    JAIL_TRY(take_room_in_files());
    return take_room_for_descriptors();
}

}  // namespace jail::supervisor
