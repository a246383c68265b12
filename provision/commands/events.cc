// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "libjail/base/clock.h"
#include "libjail/events/audit_log.h"
#include "provision/base/problem.h"
#include "provision/commands/event_lines.h"
#include "provision/commands/hooks.h"
#include "provision/commands/report.h"
#include "provision/events/event_time.h"
#include "provision/events/log_files.h"

namespace jail::provision {

namespace {

constexpr auto kLookAgain = 250ms;

struct Output {
    bool json = false;
    const Layout* hooks = nullptr;  // its hooks are run, and nothing is printed
};

// Denials alone have hooks.
void tell_hook(const Layout& layout, const nlohmann::json& event) {
    if (event.value("event", "") == "denial")
        run_hook(layout, event.contains("limit") ? "limit" : "denied", event);
}

// A line that is not an object does not come from our programs.
void print(const std::string& line, const EventFilter& filter, const Output& output) {
    const auto event = nlohmann::json::parse(line, nullptr, false);
    if (!event.is_object() || !is_wanted(event, filter)) return;
    if (output.hooks != nullptr) return tell_hook(*output.hooks, event);
    std::puts(output.json ? event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str()
                          : line_of(event).c_str());
}

// Prints complete lines; a line that is being written is left for the next time.
void print_rest(std::ifstream& file, const EventFilter& filter, const Output& output) {
    for (std::string line; std::getline(file, line);) {
        if (file.eof()) {
            file.clear();
            file.seekg(-static_cast<std::streamoff>(line.size()), std::ios::end);
            return;
        }
        print(line, filter, output);
    }
    file.clear();
}

std::pair<dev_t, ino_t> identity(const std::string& path) {
    struct stat status = {};
    return ::stat(path.c_str(), &status) == 0 ? std::pair(status.st_dev, status.st_ino)
                                              : std::pair(dev_t{0}, ino_t{0});
}

// Until it is interrupted, or its output is closed. A log that is renamed is left for the new one.
int follow(const std::string& path, const EventFilter& filter, const Output& output) {
    auto opened = identity(path);
    std::ifstream file(path);
    file.seekg(0, std::ios::end);
    for (;;) {
        if (file.is_open()) print_rest(file, filter, output);
        if (std::fflush(stdout) != 0) return 0;
        const auto present = identity(path);
        if (present != opened && present.second != 0) {
            file = std::ifstream(path);
            opened = present;
            continue;
        }
        pause_for(kLookAgain);
    }
}

}  // namespace

int events_command(const Layout& layout, const CommonOptions& common, const EventsOptions& options) {
    const Output output = {common.json, options.hooks ? &layout : nullptr};
    if (options.hooks && (!options.follow || !options.since.empty()))
        return fail(
            problem("--hooks needs --follow, without --since: hooks are for what happens from now on"));
    EventFilter filter = {options.account, options.denials, 0};
    if (!options.since.empty() && (filter.since = parse_since(options.since)) < 0)
        return fail(problem("'" + options.since + "' is no time; write 30m, 2h, 7d or 2026-11-30"));
    const std::string path = audit_log_path();
    if (::access(path.c_str(), R_OK) != 0 && errno != ENOENT)
        return fail(errno_error("open", path + ", which root and the group adm may read"));
    int status = 0;
    if (!options.follow || !options.since.empty())
        for (const std::string& log : audit_logs(filter.since))
            if (const auto read = read_lines(log, [&](const auto& line) { print(line, filter, output); });
                !read && read.error().code() != ENOENT)
                status = fail(read.error());
    if (status != 0) return status;
    return options.follow ? follow(path, filter, output) : 0;
}

}  // namespace jail::provision
