// SPDX-License-Identifier: Apache-2.0
#include "provision/config/field_reader.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "provision/base/nearest_name.h"

namespace jail::provision {

namespace {

std::string found(const YamlNode& node) {
    switch (node.kind) {
        case YamlNode::Kind::kNull:
            return "nothing";
        case YamlNode::Kind::kList:
            return "a list";
        case YamlNode::Kind::kMap:
            return "a map";
        case YamlNode::Kind::kScalar:
            break;
    }
    return "'" + (node.scalar.size() > 60 ? node.scalar.substr(0, 60) + "..." : node.scalar) + "'";
}

bool parse_number(std::string_view digits, std::uint64_t& number, int base = 10) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
    return error == std::errc() && end == digits.data() + digits.size();
}

struct Unit {
    char letter;
    std::uint64_t factor;
};

// "512M" with the unit of a table; no unit: as it stands.
bool parse_scaled(std::string_view text, std::span<const Unit> units, std::uint64_t& number) {
    std::uint64_t factor = 1;
    for (const Unit& unit : units)
        if (!text.empty() && text.back() == unit.letter) factor = unit.factor;
    if (factor != 1 || (!text.empty() && text.back() == units[0].letter)) text.remove_suffix(1);
    std::uint64_t value = 0;
    if (!parse_number(text, value)) return false;
    return !__builtin_mul_overflow(value, factor, &number);
}

constexpr Unit kSizeUnits[] = {
    {'B', 1}, {'K', 1ull << 10}, {'M', 1ull << 20}, {'G', 1ull << 30}, {'T', 1ull << 40}};
constexpr Unit kTimeUnits[] = {{'s', 1}, {'m', 60}, {'h', 3600}};
constexpr std::uint64_t kLongestDuration = 86'400;

// Sets `target` when the value is one of the range, or is `none` where that is allowed.
bool take(std::uint64_t value, Range range, std::uint64_t& target) {
    const bool none = range.or_none && value == 0 && range.least > 0;
    if (!none && (value < range.least || value > range.most)) return false;
    target = none ? kNotLimited : value;
    return true;
}

bool take_none(const YamlNode& node, Range range, std::uint64_t& target) {
    if (!range.or_none || node.kind != YamlNode::Kind::kScalar || node.scalar != "none") return false;
    target = kNotLimited;
    return true;
}

std::string or_none(Range range) {
    return range.or_none ? ", or none for no limit" : "";
}

std::string bounds(Range range) {
    if (range.most == UINT64_MAX)
        return (range.least == 0 ? "" : " of at least " + std::to_string(range.least)) + or_none(range);
    return " from " + std::to_string(range.least) + " to " + std::to_string(range.most) + or_none(range);
}

// The day that ends at this moment, in local time.
std::string day_before(std::uint64_t moment) {
    if (moment == 0) return "never";
    const time_t last = static_cast<time_t>(moment - 1);
    tm parts = {};
    char text[32] = "";
    if (::localtime_r(&last, &parts) != nullptr) (void)::strftime(text, sizeof text, "%Y-%m-%d", &parts);
    return text;
}

// "2027-03-31" as the first second after that day, in local time. False: not a day of the calendar.
bool parse_day(const std::string& text, std::uint64_t& end) {
    tm day = {};
    const bool has_form = text.size() == 10 && text[4] == '-' && text[7] == '-';
    const char* const rest = has_form ? ::strptime(text.c_str(), "%Y-%m-%d", &day) : nullptr;
    if (rest == nullptr || *rest != '\0') return false;
    const int wanted = day.tm_mday;
    day.tm_isdst = -1;
    tm checked = day;
    checked.tm_hour = 12;  // summer time may begin at midnight
    // strptime takes a 31st of February, which mktime makes a day of March
    if (::mktime(&checked) < 0 || checked.tm_mday != wanted) return false;
    ++day.tm_mday;
    const time_t moment = ::mktime(&day);
    end = static_cast<std::uint64_t>(moment);
    return moment > 0;
}

}  // namespace

std::optional<std::string> word_of(const Kind& kind, std::uint64_t value) {
    if (kind.form == Kind::Form::kChoice) return kind.choices[2 * value];
    if (kind.form == Kind::Form::kDate) return day_before(value);
    if (kind.form != Kind::Form::kMask) return std::nullopt;
    char mask[8];
    (void)std::snprintf(mask, sizeof mask, "%03o", static_cast<unsigned>(value));
    return mask;
}

bool is_variable_name(std::string_view name) {
    return !name.empty() && !std::isdigit(static_cast<unsigned char>(name[0])) &&
           std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

void FieldReader::wrong(const YamlNode& node, std::string_view expected) {
    diagnostics_.add(node.at, "found " + found(node) + ", expected " + std::string(expected));
}

void FieldReader::unknown_key(const YamlNode& key, std::span<const std::string> known) {
    if (key.kind != YamlNode::Kind::kScalar) return wrong(key, "a key");
    std::string text = "unknown key '" + key.scalar + "'" + did_you_mean(key.scalar, known);
    if (text.back() != '?') {
        text += ", expected one of:";
        for (const std::string& name : known) text += " " + name;
    }
    diagnostics_.add(key.at, text);
}

bool FieldReader::is_map(const YamlNode& node, std::string_view expected) {
    if (node.kind != YamlNode::Kind::kMap) wrong(node, expected);
    return node.kind == YamlNode::Kind::kMap;
}

bool FieldReader::is_list(const YamlNode& node, std::string_view expected) {
    if (node.kind != YamlNode::Kind::kList) wrong(node, expected);
    return node.kind == YamlNode::Kind::kList;
}

bool FieldReader::text(const YamlNode& node, std::string& target) {
    if (node.kind != YamlNode::Kind::kScalar || node.scalar.empty()) {
        wrong(node, "text");
        return false;
    }
    target = node.scalar;
    return true;
}

void FieldReader::located_text(const YamlNode& node, Located<std::string>& target) {
    if (text(node, target.value)) target.at = node.at;
}

void FieldReader::boolean(const YamlNode& node, bool& target) {
    if (node.kind == YamlNode::Kind::kScalar && !node.quoted &&
        (node.scalar == "true" || node.scalar == "false"))
        target = node.scalar == "true";
    else
        wrong(node, "true or false");
}

void FieldReader::optional_boolean(const YamlNode& node, std::optional<bool>& target) {
    bool value = target.value_or(false);
    const std::size_t before = diagnostics_.size();
    boolean(node, value);
    if (diagnostics_.size() == before) target = value;
}

void FieldReader::count(const YamlNode& node, std::uint64_t& target, Range range) {
    std::uint64_t value = 0;
    if (take_none(node, range, target)) return;
    const bool good = node.kind == YamlNode::Kind::kScalar && parse_number(node.scalar, value);
    if (!good || !take(value, range, target)) wrong(node, "a number" + bounds(range));
}

void FieldReader::size(const YamlNode& node, std::uint64_t& target, Range range) {
    std::uint64_t value = 0;
    if (take_none(node, range, target)) return;
    const bool good = node.kind == YamlNode::Kind::kScalar && parse_scaled(node.scalar, kSizeUnits, value);
    if (!good || !take(value, range, target))
        wrong(node, "a size like 512M or 2G (units K, M, G, T)" +
                        (range.least > 0 ? ", at least " + std::to_string(range.least) + " bytes" : "") +
                        or_none(range));
}

void FieldReader::duration(const YamlNode& node, std::uint64_t& seconds, Range range) {
    std::uint64_t value = 0;
    if (take_none(node, range, seconds)) return;
    range.most = std::min(range.most, kLongestDuration);
    const bool good = node.kind == YamlNode::Kind::kScalar && parse_scaled(node.scalar, kTimeUnits, value);
    if (!good || !take(value, range, seconds))
        wrong(node, "a duration like 30s or 5m, at most 24h" +
                        (range.least > 0 ? ", at least " + std::to_string(range.least) + "s" : "") +
                        or_none(range));
}

void FieldReader::percentage(const YamlNode& node, std::uint64_t& target, Range range) {
    std::uint64_t value = 0;
    const std::string_view text = node.scalar;
    if (take_none(node, range, target)) return;
    const bool percent = node.kind == YamlNode::Kind::kScalar && text.ends_with('%') &&
                         parse_number(text.substr(0, text.size() - 1), value);
    const bool good = percent || (range.or_none && text == "0");
    if (!good || !take(value, range, target))
        wrong(node, "a share like 50%" + bounds(range) + " (100% is one processor)");
}

void FieldReader::file_mode_mask(const YamlNode& node, std::uint64_t& target) {
    std::uint64_t value = 0;
    if (node.kind == YamlNode::Kind::kScalar && parse_number(node.scalar, value, 8) && value <= 0777)
        target = value;
    else
        wrong(node, "an octal mask from 000 to 777, like 022");
}

void FieldReader::choice(const YamlNode& node, std::uint64_t& target, std::span<const char* const> choices) {
    const std::size_t count = choices.size() / 2;
    std::string expected;
    for (std::size_t i = 0; i < count; ++i) {
        if (node.kind == YamlNode::Kind::kScalar && node.scalar == choices[2 * i]) {
            target = i;
            return;
        }
        expected += (i == 0          ? ""
                     : i + 1 < count ? ", "
                                     : " or ") +
                    std::string(choices[2 * i]) + " (" + choices[2 * i + 1] + ")";
    }
    wrong(node, expected);
}

void FieldReader::date(const YamlNode& node, std::uint64_t& target) {
    std::uint64_t end = 0;
    const bool is_text = node.kind == YamlNode::Kind::kScalar;
    if (!is_text || (node.scalar != "never" && !parse_day(node.scalar, end)))
        return wrong(node, "a day like 2027-03-31, or never");
    target = end;
}

void FieldReader::value(const YamlNode& node, std::uint64_t& target, const Kind& kind) {
    bool on = target != 0;
    switch (kind.form) {
        case Kind::Form::kBoolean:
            boolean(node, on);
            target = on ? 1 : 0;
            return;
        case Kind::Form::kChoice:
            return choice(node, target, kind.choices);
        case Kind::Form::kSize:
            return size(node, target, kind.range);
        case Kind::Form::kCount:
            return count(node, target, kind.range);
        case Kind::Form::kPercent:
            return percentage(node, target, kind.range);
        case Kind::Form::kDuration:
            return duration(node, target, kind.range);
        case Kind::Form::kMask:
            return file_mode_mask(node, target);
        case Kind::Form::kDate:
            return date(node, target);
        case Kind::Form::kSection:
        case Kind::Form::kSpecial:
            break;
    }
    __builtin_trap();  // its row has a reader of its own
}

void FieldReader::texts(const YamlNode& node, std::vector<Located<std::string>>& target) {
    if (!is_list(node, "a list, like [a, b]")) return;
    for (const YamlNode& item : node.items) {
        Located<std::string> value;
        located_text(item, value);
        if (!value.value.empty()) target.push_back(std::move(value));
    }
}

void FieldReader::variables(const YamlNode& node, std::map<std::string, std::string>& target) {
    if (!is_map(node, "a map of variables, like {EDITOR: vi}")) return;
    for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
        std::string name;
        if (!text(node.items[i], name)) continue;
        const YamlNode& value = node.items[i + 1];
        const bool scalar = value.kind == YamlNode::Kind::kScalar;
        const bool good = is_variable_name(name);
        if (!good) wrong(node.items[i], "a variable's name: letters, digits and _, no digit first");
        if (!scalar) wrong(value, "the variable's value as text");
        if (good && scalar) target[name] = value.scalar;
    }
}

}  // namespace jail::provision
