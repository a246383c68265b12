// SPDX-License-Identifier: Apache-2.0
#include "jailshell/info/options.h"

#include <string_view>

namespace jail::jailshell {

const char kInfoHelp[] =
    "Usage: jail-info [--json | --brief] [allowed] [limits]\n"
    "\n"
    "Says what this account may do in its jail, and what it has used of its limits.\n"
    "\n"
    "  allowed  ways in, network, commands, places to write to, days and hours\n"
    "  limits   what is used and what is left\n"
    "           Without a word: both.\n"
    "\n"
    "  --json   as JSON, schema 1\n"
    "  --brief  in a few lines\n"
    "  --help   this text\n"
    "\n"
    "Examples:\n"
    "  jail-info\n"
    "  jail-info --brief limits\n"
    "  jail-info --json | jq .limits.memory.left\n"
    "\n"
    "Exit status: 0, 1 outside of a jail, 2 for a wrong command line.\n";

Result<InfoOptions> parse_info_options(int argc, const char* const* argv) {
    InfoOptions options;
    bool allowed = false, limits = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--help")
            options.help = true;
        else if (word == "--json")
            options.json = true;
        else if (word == "--brief")
            options.brief = true;
        else if (word == "allowed")
            allowed = true;
        else if (word == "limits")
            limits = true;
        else
            return refused(EINVAL, "unknown word '" + std::string(word) +
                                       "', expected allowed, limits, --json, --brief or --help");
    }
    if (options.json && options.brief) return refused(EINVAL, "--json and --brief exclude each other");
    if (allowed || limits) {
        options.allowed = allowed;
        options.limits = limits;
    }
    return options;
}

}  // namespace jail::jailshell
