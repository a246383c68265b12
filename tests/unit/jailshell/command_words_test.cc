// SPDX-License-Identifier: Apache-2.0
#include "jailshell/command_words.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace jail::jailshell {
namespace {

namespace fs = std::filesystem;

// Each word's text in brackets; its pattern after a *, if it has one; a ~ before it, if it is in the home.
std::string split(std::string_view command) {
    const auto words = split_words(command);
    if (!words) return "refused: " + words.error().message();
    std::string all;
    for (const Word& word : words.value())
        all +=
            (word.in_home ? "~[" : "[") + word.text + (word.pattern.empty() ? "]" : "*" + word.pattern + "]");
    return all;
}

bool is_refused(std::string_view command) {
    return split(command).rfind("refused: ", 0) == 0;
}

TEST(CommandWords, AreSplitAtBlanksAndQuotesAreTakenAway) {
    EXPECT_EQ(split(""), "");
    EXPECT_EQ(split("  \t "), "");
    EXPECT_EQ(split(" scp  -t\tx "), "[scp][-t][x]");
    EXPECT_EQ(split("a 'b c' \"d e\" f\\ g h'i j'k"), "[a][b c][d e][f g][hi jk]");
    EXPECT_EQ(split("'' \"\" a''"), "[][][a]");
    EXPECT_EQ(split("Umlaut\xc3\xa4 \xff"), "[Umlaut\xc3\xa4][\xff]");
    EXPECT_EQ(split("a=b x#y x~ ! ^ % @ : , + ] -"), "[a=b][x#y][x~][!][^][%][@][:][,][+][]][-]");
}

TEST(CommandWords, InQuotesEverythingIsItself) {
    EXPECT_EQ(split("'a;b|c&d$e`f<g>h(i)j{k}l*m?n[o]#p~\\q\"r\ns\x01'"),
              "[a;b|c&d$e`f<g>h(i)j{k}l*m?n[o]#p~\\q\"r\ns\x01]");
    EXPECT_EQ(split("\"a;b|c&d <>(){}*?['#~\\x\""), "[a;b|c&d <>(){}*?['#~\\x]");
    EXPECT_EQ(split("\"\\$\\`\\\"\\\\\""), "[$`\"\\]");
    EXPECT_EQ(split("\\;\\|\\&\\$\\`\\<\\>\\(\\)\\{\\}\\*\\?\\[\\#\\~\\\\\\'\\\""),
              "[;|&$`<>(){}*?[#~\\'\"]");
}

TEST(CommandWords, TheQuotingOfStockClients) {
    EXPECT_EQ(split("git-upload-pack 'it'\\''s'\\!'x.git'"), "[git-upload-pack][it's!x.git]");
    EXPECT_EQ(split("rsync --server . x\\ y/it\\'s \\[a\\]"), "[rsync][--server][.][x y/it's][[a]]");
}

TEST(CommandWords, WhatAShellWouldActUponIsRefused) {
    for (const std::string bad : {";", "&", "|", "<", ">", "(", ")", "{", "}", "$", "`", "\n", "\r", "\x01",
                                  "\x16", "\x1b", "\x7f", "\\\n"}) {
        EXPECT_TRUE(is_refused("scp -t x" + bad + "y")) << bad;
        EXPECT_TRUE(is_refused("scp -t x " + bad)) << bad;
        EXPECT_TRUE(is_refused(bad + " scp -t x")) << bad;
    }
    for (const std::string bad : {"$", "`", "\\\n"}) EXPECT_TRUE(is_refused("a \"x" + bad + "y\"")) << bad;
    EXPECT_TRUE(is_refused("a #b"));
    EXPECT_TRUE(is_refused("a ~root/x"));
    EXPECT_TRUE(is_refused("a ~+"));
    EXPECT_EQ(split("a ; b"), "refused: a ; outside of quotes is for a shell");
}

TEST(CommandWords, QuotesHaveAnEnd) {
    for (const char* bad : {"'", "a 'b", "\"", "a \"b", "\"\\\"", "a\\", "a 'b'\"", "it's"})
        EXPECT_TRUE(is_refused(bad)) << bad;
}

TEST(CommandWords, AWildcardIsOneOutsideOfQuotesOnly) {
    EXPECT_EQ(split("x\\ y* 'a*'b '*'*"), "[x y**x y*][a*b][***\\**]");
    EXPECT_EQ(split("[ab]\\] a?"), "[[ab]]*[ab]\\]][a?*a?]");
}

TEST(CommandWords, TheHomeIsMeantByATildeOutsideOfQuotesOnly) {
    EXPECT_EQ(split("~ ~/x ~/* '~/x' \\~/x x~/y"), "~[]~[/x]~[/**/*][~/x][~/x][x~/y]");
}

class ExpandTest : public ::testing::Test {
protected:
    void SetUp() override {
        char name[] = "/tmp/words.XXXXXX";
        ASSERT_NE(::mkdtemp(name), nullptr);
        directory_ = name;
        before_ = fs::current_path();
        fs::create_directory(directory_ / "h[o]me*");
        fs::current_path(directory_);
        for (const char* file : {"b.txt", "a.txt", "a b", "-S evil", ".hidden", "h[o]me*/c", "*"})
            std::ofstream(directory_ / file) << "x";
    }
    void TearDown() override {
        fs::current_path(before_);
        fs::remove_all(directory_);
    }

    std::vector<std::string> expanded(std::string_view word) const {
        const auto words = split_words(word);
        EXPECT_TRUE(words && words.value().size() == 1) << word;
        return expand(words.value().at(0), directory_ / "h[o]me*").value();
    }
    using Names = std::vector<std::string>;

    fs::path directory_, before_;
};

TEST_F(ExpandTest, AWildcardStandsForTheFilesThatMatch) {
    EXPECT_EQ(expanded("*.txt"), (Names{"a.txt", "b.txt"}));
    EXPECT_EQ(expanded("a\\ ?"), (Names{"a b"}));
    EXPECT_EQ(expanded("[ab].txt"), (Names{"a.txt", "b.txt"}));
    EXPECT_EQ(expanded("'*'"), (Names{"*"}));
    EXPECT_EQ(expanded("nothing*"), (Names{"nothing*"})) << "as in a shell";
}

TEST_F(ExpandTest, AFilesNameIsNoOption) {
    EXPECT_EQ(expanded("-*"), (Names{"./-S evil"}));
    EXPECT_EQ(expanded("?S*"), (Names{"./-S evil"}));
}

TEST_F(ExpandTest, TheHomesNameHasNoWildcards) {
    const std::string home = directory_ / "h[o]me*";
    EXPECT_EQ(expanded("~"), (Names{home}));
    EXPECT_EQ(expanded("~/c"), (Names{home + "/c"}));
    EXPECT_EQ(expanded("~/?"), (Names{home + "/c"}));
}

}  // namespace
}  // namespace jail::jailshell
