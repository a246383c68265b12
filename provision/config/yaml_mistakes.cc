// SPDX-License-Identifier: Apache-2.0
#include "provision/config/yaml_mistakes.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <vector>

namespace jail::provision {

namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::size_t indentation(std::string_view line) {
    return std::min(line.find_first_not_of(" \t"), line.size());
}

bool has_content(std::string_view line) {
    const std::size_t at = indentation(line);
    return at < line.size() && line[at] != '#' && line[at] != '\r';
}

// A key like "limits", and where its colon is; npos without one.
std::size_t colon_of_key(std::string_view line) {
    std::size_t at = indentation(line);
    while (at < line.size() && (std::isalnum(static_cast<unsigned char>(line[at])) || line[at] == '_')) ++at;
    return at > indentation(line) && at < line.size() && line[at] == ':' ? at : std::string_view::npos;
}

YamlMistake at(std::size_t line, std::size_t column, std::string text) {
    return {static_cast<int>(line) + 1, static_cast<int>(column) + 1, std::move(text)};
}

std::optional<YamlMistake> find_tab(const std::vector<std::string_view>& lines, std::size_t last) {
    for (std::size_t line = 0; line <= last; ++line) {
        const std::size_t tab = lines[line].find('\t');
        if (tab < indentation(lines[line])) return at(line, tab, "found a tab; YAML is indented with blanks");
    }
    return std::nullopt;
}

// The line where the parser stopped, or the one before.
std::optional<YamlMistake> find_missing_blank(const std::vector<std::string_view>& lines, std::size_t last) {
    for (std::size_t line = last + 1; line-- > 0 && line + 2 > last;) {
        const std::size_t colon = colon_of_key(lines[line]);
        if (colon != std::string_view::npos && colon + 1 < lines[line].size() &&
            lines[line].find_first_of(" \t\r", colon + 1) != colon + 1)
            return at(line, colon + 1, "expected a blank after the colon");
    }
    return std::nullopt;
}

// The bracket or quote that is open at the end of the text.
std::optional<YamlMistake> find_unclosed(const std::vector<std::string_view>& lines) {
    std::vector<YamlMistake> open;
    char quote = 0;
    for (std::size_t line = 0; line < lines.size(); ++line)
        for (std::size_t column = 0; column < lines[line].size(); ++column) {
            const char c = lines[line][column];
            const char before = column == 0 ? ' ' : lines[line][column - 1];
            const bool begins_word = std::isspace(static_cast<unsigned char>(before)) != 0 || before == '[' ||
                                     before == '{' || before == ',';
            if (quote != 0) {
                if (c == quote && !(quote == '"' && before == '\\')) {
                    quote = 0;
                    open.pop_back();
                }
            } else if (c == '#' && std::isspace(static_cast<unsigned char>(before)) != 0) {
                break;
            } else if ((c == '"' || c == '\'') && begins_word) {
                quote = c;
                open.push_back(at(line, column, std::string("the quote ") + c + " is not closed"));
            } else if ((c == '[' || c == '{') && (begins_word || !open.empty())) {
                open.push_back(at(line, column, std::string("the bracket ") + c + " is not closed"));
            } else if ((c == ']' || c == '}') && !open.empty()) {
                open.pop_back();
            }
        }
    return open.empty() ? std::nullopt : std::optional(open.back());
}

std::optional<YamlMistake> find_indentation(const std::vector<std::string_view>& lines, std::size_t line) {
    if (!has_content(lines[line])) return std::nullopt;
    const std::size_t own = indentation(lines[line]);
    std::size_t above = line;
    while (above > 0 && !has_content(lines[above - 1])) --above;
    if (above == 0) return std::nullopt;
    const std::size_t other = indentation(lines[above - 1]);
    if (own == other) return std::nullopt;
    const std::string blanks = std::to_string(own) + (own == 1 ? " blank" : " blanks");
    return at(line, own,
              "found " + blanks + " before this line and " + std::to_string(other) +
                  " before the one above; keys that belong together begin in one column");
}

}  // namespace

YamlMistake explain_yaml(std::string_view text, int line, int column, const std::string& complaint) {
    const YamlMistake as_it_is = {line, column, "not YAML: " + complaint};
    const std::vector<std::string_view> lines = lines_of(text);
    if (lines.empty() || line < 1) return as_it_is;
    const std::size_t last = std::min(static_cast<std::size_t>(line), lines.size()) - 1;
    if (auto found = find_tab(lines, last)) return *found;
    if (complaint.find("not found") != std::string::npos || complaint.find("quote") != std::string::npos)
        if (auto found = find_unclosed(lines)) return *found;
    if (auto found = find_missing_blank(lines, last)) return *found;
    if (auto found = find_indentation(lines, last)) return *found;
    return as_it_is;
}

}  // namespace jail::provision
