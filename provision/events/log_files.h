// SPDX-License-Identifier: Apache-2.0
// audit.jsonl and what logrotate(8) and its own cap (libjail/events/audit_log.h) have made of it: renamed
// files, and those that gzip(1) has compressed since.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "libjail/base/result.h"
#include "libjail/policy/paths.h"

namespace jail::provision {

// The files, the oldest first. `since`, in seconds since 1970: without those to which nothing was written
// from then on.
std::vector<std::string> audit_logs(std::int64_t since = 0, const std::string& directory = paths::kLogDir);

// Each whole line, without its end, of a file that may be compressed. A line longer than any event is left
// out. ENOENT: there is no such file. EBADMSG: neither a log nor compressed by gzip(1), or damaged; the lines
// before the damage were given.
Result<> read_lines(const std::string& path, const std::function<void(const std::string&)>& each);

// Each event of these files; a line that is not an object does not come from our programs. The errors are of
// files that could not be read whole; one that was renamed meanwhile is none.
std::vector<Error> read_events(const std::vector<std::string>& logs,
                               const std::function<void(const nlohmann::json&)>& each);

}  // namespace jail::provision
