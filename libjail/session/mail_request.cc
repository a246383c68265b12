// SPDX-License-Identifier: Apache-2.0
#include "libjail/session/mail_request.h"

#include <algorithm>

namespace jail {
namespace {

constexpr std::size_t kMostAddressBytes = 254;  // RFC 5321, 4.5.3.1.3, without the brackets
constexpr std::size_t kMostNameBytes = 128;

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// To, Cc, Bcc, and the same of a message that is sent on.
bool names_recipients(std::string_view field) {
    std::string name;
    for (const char c : field) name += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.pop_back();
    const std::string_view whole = name;
    const std::string_view rest = whole.starts_with("resent-") ? whole.substr(7) : whole;
    return rest == "to" || rest == "cc" || rest == "bcc" || rest == "apparently-to";
}

// A string that ends with a null byte.
Result<std::string> take_string(std::string_view& bytes) {
    const std::size_t end = bytes.find('\0');
    if (end == std::string_view::npos) return refused(EBADMSG, "the mail request is not whole");
    std::string text(bytes.substr(0, end));
    bytes.remove_prefix(end + 1);
    return text;
}

}  // namespace

bool is_full_name(std::string_view text) {
    return text.size() <= kMostNameBytes && std::all_of(text.begin(), text.end(), [](char c) {
               return c == ' ' || c == '-' || c == '.' || is_letter_or_digit(c);
           });
}

std::size_t recipients_in_header(std::string_view message) {
    std::size_t count = 0;
    bool counts = false;  // the field that a line begins or continues
    while (!message.empty()) {
        const std::size_t end = std::min(message.find('\n'), message.size());
        std::string_view line = message.substr(0, end);
        message.remove_prefix(std::min(end + 1, message.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty()) break;
        if (line[0] != ' ' && line[0] != '\t') {
            counts = names_recipients(line.substr(0, line.find(':')));
            count += counts ? 1 : 0;
        }
        const auto separates = [](char c) { return c == ',' || c == ';' || c == '<'; };
        if (counts) count += static_cast<std::size_t>(std::count_if(line.begin(), line.end(), separates));
    }
    return count;
}

bool is_mail_address(std::string_view text) {
    constexpr std::string_view kMarks = "._%+=-";
    if (text.empty() || text.size() > kMostAddressBytes || !is_letter_or_digit(text[0])) return false;
    const std::size_t at = text.find('@');
    if (at != std::string_view::npos && (at + 1 == text.size() || !is_letter_or_digit(text[at + 1])))
        return false;
    return std::all_of(text.begin(), text.end(), [&](const char& c) {
        const bool is_the_at = static_cast<std::size_t>(&c - text.data()) == at;
        return is_letter_or_digit(c) || kMarks.find(c) != std::string_view::npos || is_the_at;
    });
}

// Strings that each end with a null byte: "t" or "", the full name, the recipients, and an empty one.
std::string encode(const MailRequest& request) {
    std::string bytes = request.recipients_in_header ? "t" : "";
    bytes += '\0';
    bytes += request.full_name;
    bytes += '\0';
    for (const std::string& recipient : request.recipients) {
        bytes += recipient;
        bytes += '\0';
    }
    return bytes + '\0';
}

Result<MailRequest> take_mail_request(std::string_view& bytes) {
    const auto bad = [](const char* why) { return refused(EBADMSG, why); };
    MailRequest request;
    const std::string flags = JAIL_TRY(take_string(bytes));
    if (flags != "t" && !flags.empty()) return bad("unknown flags");
    request.recipients_in_header = flags == "t";
    request.full_name = JAIL_TRY(take_string(bytes));
    if (!is_full_name(request.full_name)) return bad("not a full name");
    for (std::string next = JAIL_TRY(take_string(bytes)); !next.empty();
         next = JAIL_TRY(take_string(bytes))) {
        if (!is_mail_address(next)) return bad("not an address");
        if (request.recipients.size() == kMostRecipients) return bad("too many recipients");
        request.recipients.push_back(std::move(next));
    }
    if (request.recipients.empty() && !request.recipients_in_header) return bad("no recipient");
    return request;
}

}  // namespace jail
