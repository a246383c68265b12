// SPDX-License-Identifier: Apache-2.0
#include "jailshell/sendmail_arguments.h"

#include <cstring>
#include <string>
#include <string_view>

namespace jail::jailshell {
namespace {

// Options with a value, behind the letter or as the next argument.
constexpr std::string_view kWithValue = "BFfrhNRVOXLpo";
constexpr std::string_view kWithoutValue = "intvGUm";

Error usage(const std::string& why) {
    return refused(EINVAL, why);
}

// "a@b, c": programs write several recipients into one argument.
Result<> add_recipients(std::string_view text, MailRequest& request) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(", "), text.size());
        const std::string one(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (one.empty()) continue;
        if (!is_mail_address(one))
            return usage("a recipient is a name or name@domain of letters, digits and ._%+=-");
        if (request.recipients.size() == kMostRecipients) return usage("too many recipients");
        request.recipients.push_back(one);
    }
    return success();
}

Result<> check_mode(std::string_view mode) {
    if (mode == "m") return success();
    return usage("only one mode of sendmail works in a jail: a message on the standard input");
}

}  // namespace

Result<MailRequest> parse_sendmail_arguments(int argc, const char* const* argv) {
    MailRequest request;
    bool options = true;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (!options || argument.size() < 2 || argument[0] != '-') {
            JAIL_TRY(add_recipients(argument, request));
            continue;
        }
        const char letter = argument[1];
        std::string_view value = argument.substr(2);
        if (argument == "--") {
            options = false;
        } else if (letter == 'b') {
            JAIL_TRY(check_mode(value));
        } else if (kWithValue.find(letter) != std::string_view::npos) {
            if (value.empty() && ++i == argc) return usage("an option lacks its value");
            if (value.empty()) value = argv[i];
            // A name that would have to be quoted is left out rather than the mail.
            if (letter == 'F' && is_full_name(value)) request.full_name = value;
        } else if (kWithoutValue.find(letter) != std::string_view::npos) {
            if (letter == 't' || value.find('t') != std::string_view::npos)
                request.recipients_in_header = true;
        } else {
            return usage(std::string("unknown option -") + letter);
        }
    }
    if (request.recipients.empty() && !request.recipients_in_header) return usage("no recipient");
    return request;
}

}  // namespace jail::jailshell
