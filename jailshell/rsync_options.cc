// SPDX-License-Identifier: Apache-2.0
#include "jailshell/rsync_options.h"

#include <algorithm>

namespace jail::jailshell {
namespace {

constexpr std::string_view kAlone[] = {
    "append",
    "copy-devices",
    "copy-unsafe-links",
    "delay-updates",
    "delete",
    "delete-after",
    "delete-before",
    "delete-delay",
    "delete-during",
    "delete-excluded",
    "delete-missing-args",
    "dirs",
    "existing",
    "fake-super",
    "force",
    "from0",
    "fsync",
    "fuzzy",
    "group",
    "hard-links",
    "ignore-errors",
    "ignore-existing",
    "ignore-missing-args",
    "ignore-times",
    "inplace",
    "links",
    "list-only",
    "mkpath",
    "msgs2stderr",
    "munge-links",
    "new-compress",
    "no-W",
    "no-implied-dirs",
    "no-msgs2stderr",
    "no-munge-links",
    "no-r",
    "no-relative",
    "no-specials",
    "numeric-ids",
    "old-compress",
    "one-file-system",
    "open-noatime",
    "owner",
    "partial",
    "perms",
    "preallocate",
    "recursive",
    "remove-sent-files",
    "remove-source-files",
    "safe-links",
    "sender",
    "size-only",
    "specials",
    "stats",
    "super",
    "times",
    "use-qsort",
    "write-devices",
};

constexpr std::string_view kWithValue[] = {
    "backup-dir",      "block-size",     "bwlimit",
    "checksum-choice", "checksum-seed",  "compare-dest",
    "compress-choice", "compress-level", "compress-threads",
    "copy-dest",       "debug",          "files-from",
    "groupmap",        "iconv",          "info",
    "link-dest",       "log-file",       "log-format",
    "max-alloc",       "max-delete",     "max-size",
    "min-size",        "modify-window",  "only-write-batch",
    "partial-dir",     "skip-compress",  "stderr",
    "suffix",          "temp-dir",       "timeout",
    "usermap",
};

constexpr std::string_view kLetters = "ACDEHIJKLNORSUWXbcdgklmnopqrtuvxyz";
constexpr std::string_view kDigits = "0123456789";

template <std::size_t size>
bool holds(const std::string_view (&names)[size], std::string_view name) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool are_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of(kDigits) == std::string_view::npos;
}

// "30.1iLsfxC", ".iLsfxCIvu": the version of a protocol before its release, a dot, and letters.
bool is_capabilities(std::string_view text) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos || (dot != 0 && !are_digits(text.substr(0, dot)))) return false;
    const std::string_view rest = text.substr(dot + 1);
    return std::all_of(rest.begin(), rest.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    });
}

Error not_of_clients(std::string_view word) {
    return refused(EINVAL, "rsync's option " + std::string(word) + " is not one that a client sends");
}

}  // namespace

Result<RsyncOption> read_rsync_option(std::string_view word) {
    const std::size_t equals = word.find('=');
    const bool has_value = equals != std::string_view::npos;
    const std::string_view name = word.substr(2, has_value ? equals - 2 : std::string_view::npos);
    if (holds(kAlone, name) && !has_value) return RsyncOption::kAlone;
    if (holds(kWithValue, name)) return has_value ? RsyncOption::kAlone : RsyncOption::kWithValue;
    return not_of_clients(word);
}

Result<> read_rsync_letters(std::string_view word, bool& secluded) {
    for (std::size_t i = 1; i < word.size(); ++i) {
        const std::string_view rest = word.substr(i + 1);
        if (word[i] == 'e' && is_capabilities(rest)) return success();
        if ((word[i] == 'B' || word[i] == '@') && are_digits(rest)) return success();
        if (word[i] == '@' && rest.substr(0, 1) == "-" && are_digits(rest.substr(1))) return success();
        if (word[i] == 's')
            secluded = true;
        else if (kLetters.find(word[i]) == std::string_view::npos)
            return not_of_clients(word);
    }
    return success();
}

}  // namespace jail::jailshell
