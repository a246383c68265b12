// SPDX-License-Identifier: Apache-2.0
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/base/problem.h"
#include "provision/base/replacement.h"
#include "provision/commands/report.h"
#include "provision/commands/report_facts.h"
#include "provision/commands/report_page.h"
#include "provision/events/event_time.h"

namespace jail::provision {

int report_command(const Layout& layout, const CommonOptions& common, const ReportOptions& options) {
    if (::geteuid() != 0) return fail(problem("report needs root: it reads the log and PAM's files"));
    if (!common.json && options.html.empty())
        return fail(problem("nothing to write: name a file with --html, or say --json"));
    const std::int64_t since = parse_since(options.since);
    if (since < 0)
        return fail(problem("'" + options.since + "' is no time; write 30m, 2h, 7d or 2026-11-30"));
    const auto facts = collect_facts(layout, since);
    if (!facts) return fail(facts.error());
    if (common.json) print_json(facts.value());
    if (options.html.empty()) return 0;
    // It says who may do what, and how doors are open.
    if (const Result<> written = replace_file(options.html, make_page(facts.value()), 0600); !written)
        return fail(written.error());
    if (!common.json) std::printf("%s: written\n", options.html.c_str());
    return 0;
}

}  // namespace jail::provision
