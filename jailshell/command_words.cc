// SPDX-License-Identifier: Apache-2.0
#include "jailshell/command_words.h"

#include <glob.h>

namespace jail::jailshell {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kWildcards = "*?[";

bool is_one_of(std::string_view set, char c) {
    return set.find(c) != std::string_view::npos;
}

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

Error for_a_shell(std::string_view what) {
    return refused(EINVAL, std::string(what) + " outside of quotes is for a shell");
}

Error without_end(char quote) {
    return refused(EINVAL, std::string("a ") + quote + " has no end");
}

class Splitter {
public:
    explicit Splitter(std::string_view command) : rest_(command) {}

    Result<std::vector<Word>> run() {
        while (true) {
            while (!rest_.empty() && is_one_of(kBlanks, rest_.front())) rest_.remove_prefix(1);
            if (rest_.empty()) return std::move(words_);
            JAIL_TRY(read_word());
        }
    }

private:
    Result<> read_word() {
        word_ = Word();
        pattern_.clear();
        has_wildcard_ = false;
        JAIL_TRY(read_beginning());
        while (!rest_.empty() && !is_one_of(kBlanks, rest_.front())) {
            const char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '\'') {
                JAIL_TRY(read_single_quoted());
            } else if (c == '"') {
                JAIL_TRY(read_double_quoted());
            } else if (c == '\\') {
                JAIL_TRY(read_escaped());
            } else {
                JAIL_TRY(read_unquoted(c));
            }
        }
        if (has_wildcard_) word_.pattern = pattern_;
        words_.push_back(std::move(word_));
        return success();
    }

    Result<> read_beginning() {
        if (rest_.front() == '#') return for_a_shell("a '#' where a word begins");
        if (rest_.front() != '~') return success();
        rest_.remove_prefix(1);
        if (!rest_.empty() && rest_.front() != '/' && !is_one_of(kBlanks, rest_.front()))
            return for_a_shell("a '~' with a name");
        word_.in_home = true;
        return success();
    }

    Result<> read_single_quoted() {
        const std::size_t end = rest_.find('\'');
        if (end == std::string_view::npos) return without_end('\'');
        for (const char c : rest_.substr(0, end)) add_quoted(c);
        rest_.remove_prefix(end + 1);
        return success();
    }

    Result<> read_double_quoted() {
        while (!rest_.empty()) {
            char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '"') return success();
            if (is_one_of("$`", c)) return refused(EINVAL, std::string(1, c) + " is for a shell");
            if (c == '\\' && !rest_.empty() && is_one_of("$`\"\\\n", rest_.front())) {
                c = rest_.front();
                rest_.remove_prefix(1);
                if (c == '\n') return for_a_shell("a newline");
            }
            add_quoted(c);
        }
        return without_end('"');
    }

    Result<> read_escaped() {
        if (rest_.empty()) return without_end('\\');
        const char c = rest_.front();
        rest_.remove_prefix(1);
        if (c == '\n') return for_a_shell("a newline");  // it would go, and the \ with it
        add_quoted(c);
        return success();
    }

    Result<> read_unquoted(char c) {
        if (c == '\n') return for_a_shell("a newline");
        if (is_control(c)) return for_a_shell("a control character");
        if (is_one_of(";&|<>(){}$`", c)) return for_a_shell(std::string("a ") + c);
        if (is_one_of(kWildcards, c)) has_wildcard_ = true;
        word_.text += c;
        pattern_ += c;
        return success();
    }

    void add_quoted(char c) {
        word_.text += c;
        if (is_one_of(kWildcards, c) || is_one_of("\\]", c)) pattern_ += '\\';
        pattern_ += c;
    }

    std::string_view rest_;
    std::vector<Word> words_;
    Word word_;
    std::string pattern_;
    bool has_wildcard_ = false;
};

std::string without_wildcards(const std::string& path) {
    std::string pattern;
    for (const char c : path) {
        if (is_one_of(kWildcards, c) || c == '\\') pattern += '\\';
        pattern += c;
    }
    return pattern;
}

class Matches {
public:
    Matches() = default;
    Matches(const Matches&) = delete;
    Matches& operator=(const Matches&) = delete;
    ~Matches() { ::globfree(&found_); }

    int find(const std::string& pattern) { return ::glob(pattern.c_str(), 0, nullptr, &found_); }
    std::vector<std::string> names() const { return {found_.gl_pathv, found_.gl_pathv + found_.gl_pathc}; }

private:
    glob_t found_ = {};
};

}  // namespace

Result<std::vector<Word>> split_words(std::string_view command) {
    return Splitter(command).run();
}

Result<std::vector<std::string>> expand(const Word& word, const std::string& home) {
    const std::vector<std::string> itself = {(word.in_home ? home : "") + word.text};
    if (word.pattern.empty()) return itself;
    Matches matches;
    const int status = matches.find((word.in_home ? without_wildcards(home) : "") + word.pattern);
    if (status == GLOB_NOMATCH) return itself;
    if (status != 0) return Error(ENOMEM, "look for files", word.text);
    std::vector<std::string> names = matches.names();
    for (std::string& name : names)
        if (name[0] == '-') name.insert(0, "./");
    return names;
}

std::string base_name(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

}  // namespace jail::jailshell
