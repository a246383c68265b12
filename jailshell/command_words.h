// SPDX-License-Identifier: Apache-2.0
// The words of a command, as a shell would read them, for an account that has no shell. Syntax that only a
// shell could carry out (a second command, a variable, a redirection, ...) is refused and not guessed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libjail/base/result.h"

namespace jail::jailshell {

struct Word {
    std::string text;      // without the quotes
    std::string pattern;   // for glob(3), when a wildcard (* ? [) stands in it unquoted; empty otherwise
    bool in_home = false;  // it began with an unquoted ~/ or was ~; both strings have what follows the ~
};

// Quotes are ' ', " " and \, as clients write them. EINVAL: a character that a shell acts on stands unquoted
// (; & | < > ( ) { } $ ` newline and other control characters, # and ~NAME where a word begins), or a quote
// has no end. The error's object names it, for the person at the client.
Result<std::vector<Word>> split_words(std::string_view command);

// The names that the word stands for: one name, or the files that it matches, sorted; the word itself if it
// matches no file. A file's name never becomes an option: a match that begins with - gets ./ before it.
Result<std::vector<std::string>> expand(const Word& word, const std::string& home);

// The last component of a path to a program: its name.
std::string base_name(const std::string& path);

}  // namespace jail::jailshell
