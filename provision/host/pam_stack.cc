// SPDX-License-Identifier: Apache-2.0
#include "provision/host/pam_stack.h"

#include <strings.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <climits>
#include <cstdlib>
#include <memory>
#include <optional>

#include "provision/base/file_io.h"
#include "provision/base/problem.h"

namespace jail::provision::pam {

namespace {

constexpr std::size_t kMaxFileBytes = 64u << 10;
constexpr int kMaxDepth = 16;             // PAM_SUBSTACK_MAX_LEVEL
constexpr std::size_t kMaxEntries = 512;  // of a stack: files that include each other twice grow without end
constexpr int kMaxFiles = 128;
constexpr int kMaxJump = 1 << 16;
constexpr std::size_t kMaxLine = 1022;  // with its newline what libpam 1.5 has room for
constexpr int kUnset = INT_MIN;

constexpr const char* kResultNames[kResults] = {"success",
                                                "open_err",
                                                "symbol_err",
                                                "service_err",
                                                "system_err",
                                                "buf_err",
                                                "perm_denied",
                                                "auth_err",
                                                "cred_insufficient",
                                                "authinfo_unavail",
                                                "user_unknown",
                                                "maxtries",
                                                "new_authtok_reqd",
                                                "acct_expired",
                                                "session_err",
                                                "cred_unavail",
                                                "cred_expired",
                                                "cred_err",
                                                "no_module_data",
                                                "conv_err",
                                                "authtok_err",
                                                "authtok_recover_err",
                                                "authtok_lock_busy",
                                                "authtok_disable_aging",
                                                "try_again",
                                                "ignore",
                                                "abort",
                                                "authtok_expired",
                                                "module_unknown",
                                                "bad_item",
                                                "conv_again",
                                                "incomplete"};

bool same(const std::string& word, const char* known) {
    return ::strcasecmp(word.c_str(), known) == 0;
}

bool blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct Line {
    std::string text;
    int number = 0;  // of its first part
};

struct Lines {
    std::vector<Line> lines;
    int unclear = 0;  // the first that versions of libpam read differently
};

// Without comments and blank lines; a backslash at the end takes the next line along, one before a comment
// does not. A comment or a blank line amid a continued line ends it to libpam 1.7, and is left out by 1.5;
// what is too long for the buffer of 1.5, a comment too, is two lines to it.
Result<Lines> lines_of(std::string_view text) {
    Lines found;
    std::vector<Line>& lines = found.lines;
    bool continued = false, interrupted = false;
    std::size_t length = 0;
    int number = 0;
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        std::string_view part = text.substr(start, end - start);
        start = end + 1;
        ++number;
        length = (continued ? length : 0) + part.size();
        const std::size_t comment = part.find('#');
        part = part.substr(0, comment);
        while (!part.empty() && blank(part.back())) part.remove_suffix(1);
        const bool more = comment == std::string_view::npos && !part.empty() && part.back() == '\\';
        if (more) part.remove_suffix(1);
        interrupted = continued && part.empty() && !more;
        if (found.unclear == 0 && (interrupted || length > kMaxLine)) found.unclear = number;
        if (part.empty() && !more) continue;
        if (!continued) lines.push_back({"", number});
        lines.back().text += std::string(part) + " ";
        continued = more;
    }
    if (continued && !interrupted)
        return problem("its last line ends with a backslash");  // no libpam reads it
    return found;
}

// The next word; one in brackets without them, and with \] for a bracket in it.
std::optional<std::string> next_word(std::string_view& rest) {
    while (!rest.empty() && blank(rest.front())) rest.remove_prefix(1);
    if (rest.empty()) return std::nullopt;
    std::string word;
    if (rest.front() == '[') {
        rest.remove_prefix(1);
        while (!rest.empty() && rest.front() != ']') {
            if (rest.front() == '\\' && rest.size() > 1 && rest[1] == ']') rest.remove_prefix(1);
            word += rest.front();
            rest.remove_prefix(1);
        }
        if (!rest.empty()) rest.remove_prefix(1);
        return word;
    }
    while (!rest.empty() && !blank(rest.front())) {
        word += rest.front();
        rest.remove_prefix(1);
    }
    return word;
}

using Actions = std::array<int, kResults>;

Actions keyword(int success, int others) {
    Actions actions;
    actions.fill(others);
    actions[kSuccess] = actions[kNewAuthtokReqd] = success;
    if (others == kBad || others == kDie) actions[kIgnored] = kIgnore;
    return actions;
}

void skip_blanks(std::string_view& text) {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
}

bool take_word(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word)) return false;
    text.remove_prefix(word.size());
    return true;
}

// The number of a result's name; kResults: "default".
std::optional<int> take_result(std::string_view& text) {
    for (int result = 0; result < kResults; ++result)
        if (take_word(text, kResultNames[result])) return result;
    return take_word(text, "default") ? std::optional(kResults) : std::nullopt;
}

std::optional<int> take_action(std::string_view& text) {
    static constexpr std::pair<std::string_view, int> kNames[] = {
        {"ignore", kIgnore}, {"ok", kOk}, {"done", kDone}, {"bad", kBad}, {"die", kDie}, {"reset", kReset}};
    for (const auto& [name, action] : kNames)
        if (take_word(text, name)) return action;
    int jump = 0;
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1))
        jump = std::min(jump * 10 + (text.front() - '0'), kMaxJump);
    return jump == 0 ? std::nullopt : std::optional(jump);  // a jump of 0 is an error to libpam
}

// "success=ok default=bad"; libpam does not need a blank between two of them, and allows blanks around "=". A
// result that is not named is a failure, and all is when a part cannot be read. A default counts for what was
// not named before it.
Actions parse_control(std::string_view text) {
    Actions actions, unreadable;
    actions.fill(kUnset);
    unreadable.fill(kBad);
    for (skip_blanks(text); !text.empty(); skip_blanks(text)) {
        const auto result = take_result(text);
        skip_blanks(text);
        if (!result || !take_word(text, "=")) return unreadable;
        skip_blanks(text);
        const auto action = take_action(text);
        if (!action) return unreadable;
        if (*result == kResults)
            std::replace(actions.begin(), actions.end(), kUnset, *action);
        else
            actions[static_cast<std::size_t>(*result)] = *action;
    }
    std::replace(actions.begin(), actions.end(), kUnset, static_cast<int>(kBad));
    return actions;
}

Actions actions_of(const std::string& control) {
    if (same(control, "required")) return keyword(kOk, kBad);
    if (same(control, "requisite")) return keyword(kOk, kDie);
    if (same(control, "optional")) return keyword(kOk, kIgnore);
    if (same(control, "sufficient")) return keyword(kDone, kIgnore);
    return parse_control(control);
}

class Reader {
public:
    Reader(const Directories& directories, Phase phase) : directories_(directories), phase_(phase) {}

    Result<> read_file_of(const std::string& name, bool any_type, int depth, int level) {
        if (depth >= kMaxDepth) return problem("its files include each other too deeply");
        if (++files_ > kMaxFiles) return problem("it includes too many files");
        const std::string path = JAIL_TRY(file_of(directories_, name));
        // Distributions have links here. The directories are root's.
        const std::unique_ptr<char, decltype(&::free)> real(::realpath(path.c_str(), nullptr), &::free);
        if (!real) return errno_error("open", path);
        const std::string text = JAIL_TRY(read_file(real.get(), kMaxFileBytes));
        return read(path, text, any_type, depth, level);
    }

    // `any_type`: lines of all types are met, and those of other phases are not ours.
    Result<> read(const std::string& path, std::string_view text, bool any_type, int depth, int level) {
        const Lines found = JAIL_TRY(lines_of(text));
        if (found.unclear != 0 && stack_.unclear.empty())
            stack_.unclear = path + ":" + std::to_string(found.unclear);
        for (const Line& line : found.lines) {
            std::string_view rest = line.text;
            std::string type = next_word(rest).value_or("");
            if (same(type, "@include")) {
                JAIL_TRY(include_all(next_word(rest), any_type, depth, level));
                continue;
            }
            if (type.starts_with('-')) type.erase(0, 1);  // it only concerns the log of a missing module
            const bool ours = same(type, phase_ == Phase::kSession ? "session" : "account");
            const bool known = same(type, "session") || same(type, "account") || same(type, "auth") ||
                               same(type, "password");
            // An unknown type counts for the phase that is asked for, else for auth.
            if (!ours && (known || any_type)) continue;
            JAIL_TRY(take({path, line.number}, known, rest, depth, level));
        }
        return success();
    }

    Stack take_stack() { return std::move(stack_); }

private:
    struct Place {
        const std::string& file;
        int line;
    };

    // libpam gives up the whole service when the file is not there.
    Result<> include_all(const std::optional<std::string>& name, bool any_type, int depth, int level) {
        if (!name) return problem("it has an @include without a name");
        stack_.included.insert(*name);
        return read_file_of(*name, any_type, depth + 1, level);
    }

    Result<> take(const Place& at, bool known, std::string_view rest, int depth, int level) {
        const auto control = next_word(rest);
        const auto module = next_word(rest);
        Entry entry;
        entry.file = at.file;
        entry.line = at.line;
        entry.level = level;
        entry.control = control.value_or("");
        if (control && (same(*control, "include") || same(*control, "substack"))) {
            const bool substack = same(*control, "substack");
            if (substack) JAIL_TRY(add(entry, Entry::Kind::kSubstack));
            if (module) {
                stack_.included.insert(*module);
                Result<> read = read_file_of(*module, false, depth + 1, level + (substack ? 1 : 0));
                if (read || files_ > kMaxFiles) return read;
            }
            entry.actions.fill(kBad);
            return add(entry, Entry::Kind::kFails);
        }
        entry.actions = actions_of(entry.control);
        if (!control || !module) entry.actions.fill(kBad);
        if (module) entry.module = module->substr(module->rfind('/') + 1);
        return add(entry, known && control && module ? Entry::Kind::kModule : Entry::Kind::kFails);
    }

    Result<> add(Entry entry, Entry::Kind kind) {
        if (stack_.entries.size() >= kMaxEntries) return problem("it has too many entries");
        entry.kind = kind;
        stack_.entries.push_back(std::move(entry));
        return success();
    }

    const Directories& directories_;
    const Phase phase_;
    Stack stack_;
    int files_ = 0;
};

}  // namespace

const Directories& host_directories() {
    static const Directories directories = {"/etc/pam.d", "/usr/lib/pam.d"};
    return directories;
}

Result<std::string> file_of(const Directories& directories, const std::string& service) {
    if (service.starts_with('/')) return service;
    for (const std::string& directory : directories) {
        const std::string path = directory + "/" + service;
        if (::access(path.c_str(), F_OK) == 0) return path;
    }
    return Error(ENOENT, "find the PAM service", service);
}

Result<Stack> read_stack(const Directories& directories, const std::string& service, Phase phase) {
    Reader reader(directories, phase);
    JAIL_TRY(reader.read_file_of(service, true, 0, 0));
    Stack stack = reader.take_stack();
    if (!stack.entries.empty() || service == "other") return stack;
    // No line of this phase: libpam takes those of "other".
    Reader other(directories, phase);
    if (!other.read_file_of("other", true, 0, 0)) return stack;
    Stack of_other = other.take_stack();
    // The line that is unclear may be one of this phase.
    if (!stack.unclear.empty()) of_other.unclear = stack.unclear;
    return of_other;
}

Result<Stack> read_text(const Directories& directories, const std::string& file, std::string_view text,
                        Phase phase) {
    Reader reader(directories, phase);
    JAIL_TRY(reader.read(file, text, true, 0, 0));
    return reader.take_stack();
}

}  // namespace jail::provision::pam
