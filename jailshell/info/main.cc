// SPDX-License-Identifier: Apache-2.0
// jail-info(1): says to the account in a jail what it may do there, and what is left of its limits. It has no
// privilege, and reads nothing that the account cannot read.
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

#include "jailshell/info/facts.h"
#include "jailshell/info/options.h"
#include "jailshell/info/report.h"
#include "libjail/base/files.h"

namespace {

constexpr int kFailed = 1, kUsage = 2;

int tell(int status, const std::string& line) {
    (void)std::fprintf(stderr, "jail-info: %s\n", line.c_str());
    return status;
}

std::size_t width_of_output() {
    constexpr std::size_t kUsual = 80, kNarrowest = 40;
    winsize size = {};
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= kNarrowest ? size.ws_col : kUsual;
}

std::string in_words(const jail::jailshell::Facts& facts, const jail::jailshell::InfoOptions& options) {
    const std::size_t width = width_of_output();
    std::string text;
    if (options.brief) {
        if (options.allowed) text += allowed_in_brief(facts, width);
        return options.limits ? text + limits_in_brief(facts, width) : text;
    }
    if (options.allowed) text += allowed_in_words(facts, width);
    if (options.allowed && options.limits) text += "\n";
    return options.limits ? text + limits_in_words(facts) : text;
}

}  // namespace

int main(int argc, char** argv) {
    (void)::signal(SIGPIPE, SIG_DFL);  // a pager that was left ends this, too
    const auto options = jail::jailshell::parse_info_options(argc, argv);
    if (!options) return tell(kUsage, options.error().message());
    std::string text = jail::jailshell::kInfoHelp;
    if (!options.value().help) {
        const auto facts = jail::jailshell::gather_facts();
        if (!facts && facts.error().code() == ENOENT)
            return tell(kFailed, "this process is not in a jail; log in to an account that has one");
        if (!facts) return tell(kFailed, facts.error().message());
        text = options.value().json
                   ? facts_as_json(facts.value(), options.value().allowed, options.value().limits)
                   : in_words(facts.value(), options.value());
    }
    const auto written = jail::write_all(STDOUT_FILENO, text, "standard output");
    return written ? 0 : tell(kFailed, written.error().message());
}
