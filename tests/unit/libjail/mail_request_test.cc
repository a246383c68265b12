// SPDX-License-Identifier: Apache-2.0
// A request for a mail: one form, and no word of it that an MTA could take for an option, a file or a
// program.
#include "libjail/session/mail_request.h"

#include <gtest/gtest.h>

namespace jail {
namespace {

using namespace std::string_literals;

std::string read_again(const std::string& bytes) {
    std::string_view rest = bytes;
    const auto request = take_mail_request(rest);
    return request ? encode(request.value()) + std::string(rest) : request.error().message();
}

TEST(MailRequest, IsReadAgainAndTheMessageIsLeft) {
    const MailRequest request = {{"harlequin", "joker@gotham.example"}, true, "CronDaemon"};
    const std::string bytes = encode(request) + "Subject: x\n\n\0y"s;
    EXPECT_EQ(read_again(bytes), bytes);
    std::string_view rest = bytes;
    EXPECT_EQ(take_mail_request(rest).value().recipients, request.recipients);
    EXPECT_EQ(rest, "Subject: x\n\n\0y"s);
}

TEST(MailRequest, AddressesAreNamesOfFewCharacters) {
    for (const char* good :
         {"harlequin", "a", "0", "harley.quinn+cron@gotham.example", "a_b%c=d-e@x", "a@b-c.d"})
        EXPECT_TRUE(is_mail_address(good)) << good;
    for (const std::string& bad :
         {""s, "-t"s, "-f@x"s, "|id"s, "/etc/passwd"s, "a@"s, "@b"s, "a@-b"s, "a@b@c"s, "a b"s, "a,b"s,
          "a\nb"s, "a;b"s, "\"a\"@b"s, "<a@b>"s, ":include:/x"s, "a\0b"s, "ä@b"s, std::string(255, 'a')})
        EXPECT_FALSE(is_mail_address(bad)) << bad;
}

TEST(MailRequest, EverythingElseIsRefused) {
    EXPECT_EQ(read_again(""), "the mail request is not whole");
    EXPECT_EQ(read_again("t"), "the mail request is not whole");
    EXPECT_EQ(read_again("\0\0a"s), "the mail request is not whole");
    EXPECT_EQ(read_again("\0\0a\0"s), "the mail request is not whole");
    EXPECT_EQ(read_again("x\0\0a\0\0"s), "unknown flags");
    EXPECT_EQ(read_again("\0a\nb\0a\0\0"s), "not a full name");
    EXPECT_EQ(read_again("\0"s + std::string(129, 'a') + "\0a\0\0"s), "not a full name");
    EXPECT_EQ(read_again("\0\0-t\0\0"s), "not an address");
    EXPECT_EQ(read_again("\0\0\0"s), "no recipient");
    EXPECT_EQ(read_again("t\0\0\0"s), "t\0\0\0"s);
    MailRequest many;
    many.recipients.assign(kMostRecipients, "a");
    EXPECT_EQ(read_again(encode(many)), encode(many));
    many.recipients.emplace_back("a");
    EXPECT_EQ(read_again(encode(many)), "too many recipients");
}

TEST(MailRequest, RecipientsOfAHeaderAreCountedAtLeastOnceEach) {
    EXPECT_EQ(recipients_in_header(""), 0u);
    EXPECT_EQ(recipients_in_header("Subject: a, b\nFrom: c, d\n\nTo: e, f\n"), 0u);
    EXPECT_EQ(recipients_in_header("To: a"), 1u);
    EXPECT_EQ(recipients_in_header("To: a, b\n c,\r\n\td\r\nX: e, f\nbCC \t: <g> <h>;\n\nTo: i"), 7u);
    EXPECT_EQ(recipients_in_header("Resent-To: a\nresent-bcc: b\nApparently-To: c\nReply-To: d\nTo"), 4u);
    EXPECT_EQ(recipients_in_header("\nTo: a"), 0u);
}

}  // namespace
}  // namespace jail
