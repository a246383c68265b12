// SPDX-License-Identifier: Apache-2.0
// The command of a client to an account that has no shell: for any bytes, one of six programs is named and
// its words are within the client's choices, or it is refused in one line.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "jailshell/client_command.h"
#include "jailshell/rsync_options.h"

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

// The words, quoted, are read as the same words again.
void require_stable(const std::vector<jail::jailshell::Word>& words) {
    std::string quoted;
    for (const jail::jailshell::Word& word : words) {
        require(word.pattern.empty() || word.pattern.find_first_of("*?[") != std::string::npos);
        if (word.in_home) quoted += "~";
        require(!word.in_home || word.text.empty() || word.text[0] == '/');
        for (std::size_t i = 0; i < word.text.size(); ++i)
            quoted += word.in_home && i == 0 ? "/"
                      : word.text[i] == '\'' ? "\\'"
                                             : std::string("'") + word.text[i] + "'";
        quoted += word.text.empty() && !word.in_home ? "'' " : " ";
    }
    const auto again = jail::jailshell::split_words(quoted);
    require(again && again.value().size() == words.size());
    for (std::size_t i = 0; i < words.size(); ++i)
        require(again.value()[i].text == words[i].text && again.value()[i].in_home == words[i].in_home);
}

void require_scp(const std::vector<jail::jailshell::Word>& arguments) {
    const auto end =
        std::find_if(arguments.begin(), arguments.end(), [](const auto& word) { return word.text == "--"; });
    require(end != arguments.end() && end + 1 != arguments.end());
    for (auto word = arguments.begin(); word != end; ++word)
        require(word->text.find_first_not_of("-rpdqvtf") == std::string::npos && word->pattern.empty());
}

// No word that rsync would take for an option, wherever it stands, is another than those that a client sends.
void require_rsync(const std::vector<jail::jailshell::Word>& arguments) {
    require(arguments.at(0).text == "--server");
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        const std::string& text = arguments[i].text;
        bool secluded = false;
        if (arguments[i].in_home || text.size() < 2 || text[0] != '-') continue;
        require(text[1] == '-' ? bool(jail::jailshell::read_rsync_option(text))
                               : bool(jail::jailshell::read_rsync_letters(text, secluded)));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string command(reinterpret_cast<const char*>(data), size);
    command.erase(std::remove(command.begin(), command.end(), '\0'), command.end());  // arguments end there
    if (const auto words = jail::jailshell::split_words(command)) require_stable(words.value());
    const auto read = jail::jailshell::read_client_command({false, true, true, true, true}, command);
    if (!read) {
        require(read.error().message().rfind("this account may transfer files by", 0) == 0);
        return 0;
    }
    const std::vector<jail::jailshell::Word>& arguments = read.value().arguments;
    if (read.value().program == "scp") {
        require_scp(arguments);
    } else if (read.value().program == "rsync") {
        require_rsync(arguments);
    } else {
        require(read.value().program.rfind("git-", 0) == 0 && arguments.size() == 1);
        require(arguments[0].in_home || (!arguments[0].text.empty() && arguments[0].text[0] != '-'));
    }
    return 0;
}
