// SPDX-License-Identifier: Apache-2.0
// The jail's sendmail understands what programs call sendmail with, and refuses what it would not do.
#include "jailshell/sendmail_arguments.h"

#include <gtest/gtest.h>

#include <vector>

namespace jail::jailshell {
namespace {

std::string parsed(std::vector<const char*> words) {
    words.insert(words.begin(), "sendmail");
    const auto request = parse_sendmail_arguments(static_cast<int>(words.size()), words.data());
    if (!request) return "refused: " + request.error().message();
    std::string text = request.value().recipients_in_header ? "-t" : "";
    if (!request.value().full_name.empty()) text += "(" + request.value().full_name + ")";
    for (const std::string& recipient : request.value().recipients) text += " " + recipient;
    return text;
}

TEST(SendmailArguments, AsProgramsWriteThem) {
    EXPECT_EQ(parsed({"-FCronDaemon", "-i", "-B8BITMIME", "-oem", "harlequin"}), "(CronDaemon) harlequin")
        << "cron";
    EXPECT_EQ(parsed({"-t", "-i"}), "-t") << "PHP";
    EXPECT_EQ(parsed({"-t", "-i", "-f", "www@gotham.example"}), "-t") << "PHP with a sender, which is ours";
    EXPECT_EQ(parsed({"-fwww", "-t"}), "-t");
    EXPECT_EQ(parsed({"-i", "joker@gotham.example", "bane@gotham.example"}),
              " joker@gotham.example bane@gotham.example")
        << "git send-email";
    EXPECT_EQ(parsed({"-oi", "-oem", "-F", "Harley Quinn", "--", "a,b c"}), "(Harley Quinn) a b c")
        << "mail(1)";
    EXPECT_EQ(parsed({"-bm", "-v", "-N", "never", "a"}), " a");
    EXPECT_EQ(parsed({"-o", "i", "-F", "O'Brien", "a"}), " a") << "a name that would be quoted is left out";
    EXPECT_EQ(parsed({"-ti"}), "-t");
    EXPECT_EQ(parsed({"-it"}), "-t");
}

TEST(SendmailArguments, NothingElse) {
    for (const char* mode : {"-bs", "-bp", "-bi", "-bd", "-bt", "-b"})
        EXPECT_NE(parsed({mode, "a"}).find("only one mode"), std::string::npos) << mode;
    EXPECT_EQ(parsed({"-q"}), "refused: unknown option -q");
    EXPECT_EQ(parsed({"-C", "/x", "a"}), "refused: unknown option -C");
    EXPECT_EQ(parsed({"-X", "/x"}), "refused: no recipient");
    EXPECT_EQ(parsed({"-f"}), "refused: an option lacks its value");
    EXPECT_EQ(parsed({}), "refused: no recipient");
    EXPECT_EQ(parsed({"--", "-t"}).find("refused: a recipient is"), 0u);
    EXPECT_EQ(parsed({"|id"}).find("refused: a recipient is"), 0u);
}

}  // namespace
}  // namespace jail::jailshell
