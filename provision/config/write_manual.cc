// SPDX-License-Identifier: Apache-2.0
// write_manual PAGE: prints the page with the list of all keys, from the tables, in place of the line
// `.\" KEYS`; when the product is built (docs/CMakeLists.txt).
#include <fstream>
#include <iostream>
#include <string>

#include "provision/config/keys.h"

namespace {

using namespace jail::provision;

// mdoc(7): a line that begins with a control character, and backslashes, would be no text.
std::string as_text(const std::string& text) {
    std::string escaped = text.empty() || (text[0] != '.' && text[0] != '\'') ? "" : "\\&";
    for (const char c : text) {
        const bool ends_sentence = c == ' ' && escaped.ends_with('.');  // the next one begins a line
        escaped += c == '\\' ? "\\e" : ends_sentence ? "\n" : std::string(1, c);
    }
    return escaped;
}

template <class Target>
void print(std::span<const Key<Target>> table) {
    for (const Key<Target>& key : table)
        std::cout << ".It Ic " << key.path << '\n' << as_text(key.text) << '\n';
}

}  // namespace

int main(int argc, char** argv) {
    std::ifstream page(argc == 2 ? argv[1] : "");
    if (!page) {
        std::cerr << "usage: write_manual PAGE\n";
        return 64;
    }
    for (std::string line; std::getline(page, line);) {
        if (line != ".\\\" KEYS") {
            std::cout << line << '\n';
            continue;
        }
        std::cout << ".Bl -tag -width Ds\n";
        print(policy_keys());
        std::cout << ".El\n";
    }
    return std::cout.flush() ? 0 : 1;
}
