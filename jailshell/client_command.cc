// SPDX-License-Identifier: Apache-2.0
#include "jailshell/client_command.h"

#include "jailshell/rsync_options.h"

namespace jail::jailshell {
namespace {

Error wrong(std::string_view why) {
    return refused(EINVAL, why);
}

bool is_option(const Word& word) {
    return word.text.size() > 1 && word.text[0] == '-' && !word.in_home;
}

bool is_git_service(std::string_view name) {
    return name == "git-upload-pack" || name == "git-receive-pack" || name == "git-upload-archive";
}

// An option is for the program, as it stands; a shell would look for a file named like it first.
Word as_it_stands(Word word) {
    word.pattern.clear();
    return word;
}

// One word, or several: -rt, -r -t. `mode` becomes t or f.
Result<> read_scp_letters(const std::string& word, char& mode) {
    for (const char letter : word.substr(1)) {
        const bool is_mode = letter == 't' || letter == 'f';
        if (is_mode && mode != 0 && mode != letter) return wrong("scp either takes (-t) or gives (-f)");
        if (!is_mode && std::string_view("rpdqv").find(letter) == std::string_view::npos)
            return wrong("scp's option " + word + " is not one that a client sends");
        if (is_mode) mode = letter;
    }
    return success();
}

Result<ClientCommand> read_scp(const std::vector<Word>& words) {
    ClientCommand command{"scp", {}};
    std::size_t next = 1;
    char mode = 0;
    for (; next < words.size() && is_option(words[next]); ++next) {
        if (words[next].text == "--") break;
        JAIL_TRY(read_scp_letters(words[next].text, mode));
        command.arguments.push_back(as_it_stands(words[next]));
    }
    if (next < words.size() && words[next].text == "--") ++next;
    if (mode == 0) return wrong("only the server side of scp is allowed (scp -t or scp -f)");
    const std::size_t paths = words.size() - next;
    if (paths == 0 || (mode == 't' && paths != 1))
        return wrong("scp expects one name here; quote blanks once more: 'HOST:a\\ b'");
    command.arguments.push_back({"--", "", false});
    command.arguments.insert(command.arguments.end(), words.begin() + static_cast<std::ptrdiff_t>(next),
                             words.end());
    return command;
}

// popt(3) takes options after paths too.
Word as_path(Word word) {
    if (word.in_home || word.text.empty() || word.text[0] != '-') return word;
    word.text.insert(0, "./");
    if (!word.pattern.empty()) word.pattern.insert(0, "./");
    return word;
}

// The options from words[next] on; next becomes the place of the first word that is not an option.
Result<> read_rsync_options(const std::vector<Word>& words, std::size_t& next, bool& secluded,
                            ClientCommand& command) {
    for (; next < words.size() && is_option(words[next]); ++next) {
        const std::string& text = words[next].text;
        command.arguments.push_back(as_it_stands(words[next]));
        if (text[1] != '-') {
            JAIL_TRY(read_rsync_letters(text, secluded));
            continue;
        }
        if (JAIL_TRY(read_rsync_option(text)) == RsyncOption::kAlone) continue;
        if (++next == words.size() || is_option(words[next]))
            return wrong("rsync's option " + text + " has no value");
        command.arguments.push_back(as_it_stands(words[next]));
    }
    return success();
}

Result<ClientCommand> read_rsync(const std::vector<Word>& words) {
    if (words.size() < 2 || words[1].text != "--server") return wrong("only rsync --server is allowed");
    ClientCommand command{"rsync", {words[1]}};
    std::size_t next = 2;
    bool secluded = false;
    JAIL_TRY(read_rsync_options(words, next, secluded, command));
    if (next == words.size() && secluded) return command;
    if (next + 1 >= words.size() || words[next].text != ".")
        return wrong("rsync's options are followed by a . and paths");
    command.arguments.push_back(words[next]);
    while (++next < words.size()) command.arguments.push_back(as_path(words[next]));
    return command;
}

// As git-shell(1): one path, which must not look like an option (CVE-2017-8386).
Result<ClientCommand> read_git(const std::string& service, const std::vector<Word>& words, std::size_t next) {
    if (words.size() != next + 1) return wrong(service + " expects one path");
    const Word& path = words[next];
    if (path.text.empty() && !path.in_home) return wrong(service + " expects a path");
    if (path.text[0] == '-' && !path.in_home) return wrong(service + " takes no options");
    if (!path.pattern.empty()) return wrong("a wildcard outside of quotes is for a shell");
    return ClientCommand{service, {path}};
}

Error not_permitted(const Access& access) {
    return refused(EACCES, permitted(access));
}

Result<ClientCommand> read_words(const Access& access, const std::vector<Word>& words) {
    if (words.empty() || words[0].in_home || !words[0].pattern.empty()) return not_permitted(access);
    const std::string name = base_name(words[0].text);
    if (name == "scp" && access.scp) return read_scp(words);
    if (name == "rsync" && access.rsync) return read_rsync(words);
    if (is_git_service(name) && access.git) return read_git(name, words, 1);
    if (name == "git" && access.git && words.size() > 1 && is_git_service("git-" + words[1].text))
        return read_git("git-" + words[1].text, words, 2);
    return not_permitted(access);
}

}  // namespace

Result<ClientCommand> read_client_command(const Access& access, std::string_view command) {
    if (!access.scp && !access.rsync && !access.git) return not_permitted(access);
    const auto words = split_words(command);
    auto read = words ? read_words(access, words.value()) : Result<ClientCommand>(words.error());
    if (read || read.error().code() == EACCES) return read;
    return refused(read.error().code(), permitted(access) + "; " + read.error().message());
}

std::string permitted(const Access& access) {
    std::vector<std::string> ways;
    if (access.sftp) ways.emplace_back("sftp");
    if (access.scp) ways.emplace_back("scp");
    if (access.rsync) ways.emplace_back("rsync");
    std::string list;
    for (std::size_t i = 0; i < ways.size(); ++i)
        list += (i == 0 ? "" : i + 1 == ways.size() ? " and " : ", ") + ways[i];
    if (list.empty() && !access.git) return "this account may not open a shell";
    if (list.empty()) return "this account may use git, and nothing else";
    return "this account may transfer files by " + list + (access.git ? " and use git" : "") +
           ", and nothing else";
}

}  // namespace jail::jailshell
