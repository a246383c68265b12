// SPDX-License-Identifier: Apache-2.0
// jail-provision report: a page that is whole, says what there is, and runs nothing that an account wrote.
#include <time.h>

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "arrival_fixture.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class ReportTest : public ArrivalTest {
protected:
    static constexpr char kPage[] = "/run/report.html";

    void SetUp() override {
        ArrivalTest::SetUp();
        policy("gotham", "accounts: [shell_only]\nhome: {exec: true}\nnetwork: {mode: host}\n");
        ASSERT_EQ(sh("jail-provision add shell_only").status, 0);
        fs::create_directories("/var/log/jail");
        char time[40] = {};
        const time_t now = ::time(nullptr);
        (void)::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", ::gmtime(&now));
        const json denial = {{"time", time},
                             {"event", "denial"},
                             {"account", "shell_only"},
                             {"jail", "gotham"},
                             {"door", "sshd"},
                             {"rhost", "192.0.2.7"},
                             {"event_id", "0a1b2c3d"},
                             {"cause", "<script>alert('x')</script> & \"more\""}};
        const json session = {{"time", time}, {"event", "session_open"}, {"account", "shell_only"}};
        std::ofstream("/var/log/jail/audit.jsonl") << session.dump() << "\n" << denial.dump() << "\n";
    }
    void TearDown() override {
        sh("rm -rf /var/log/jail");
        fs::remove(kPage);
        ArrivalTest::TearDown();
    }
};

TEST_F(ReportTest, ThePageIsWholeAndItsTextIsEscaped) {
    const Ran run = sh(std::string("jail-provision report --html ") + kPage);
    ASSERT_EQ(run.status, 0) << run.output;
    const std::string page = read_file(kPage);
    EXPECT_TRUE(has(page, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;more&quot;")) << page;
    EXPECT_FALSE(has(page, "<script"));
    for (const char* outside : {"http://", "https://", "src=", "href=", "url("})
        EXPECT_FALSE(has(page, outside));
    EXPECT_TRUE(has(page, "<span class=\"weak\">host</span>")) << page;
    EXPECT_TRUE(has(page, "<span class=\"weak\">home</span>")) << "what can be executed";
    EXPECT_TRUE(has(page, "shell_only"));
    EXPECT_EQ(fs::status(kPage).permissions(), fs::perms(0600));
    // Every element is closed, in order.
    const Ran parsed = sh(std::string("python3 -c \"\n"
                                      "import html.parser, sys\n"
                                      "class P(html.parser.HTMLParser):\n"
                                      "    open = []\n"
                                      "    def handle_starttag(self, tag, attrs):\n"
                                      "        if tag not in ('meta', 'br'): self.open.append(tag)\n"
                                      "    def handle_endtag(self, tag):\n"
                                      "        assert self.open.pop() == tag, tag\n"
                                      "p = P(); p.feed(open('") +
                          kPage + "').read()); p.close(); assert not p.open, p.open\"");
    EXPECT_EQ(parsed.status, 0) << parsed.output;
}

TEST_F(ReportTest, AsJsonItHasTheSameFacts) {
    const Ran run = sh("jail-provision report --json 2> /dev/null");
    const json facts = json::parse(run.output, nullptr, false);
    ASSERT_TRUE(facts.is_object()) << run.output;
    EXPECT_EQ(facts["schema"], 1);
    EXPECT_EQ(facts["jails"][0]["jail"], "gotham");
    EXPECT_EQ(facts["accounts"][0]["sessions"], 1);
    EXPECT_EQ(facts["accounts"][0]["denials"], 1);
    EXPECT_EQ(facts["days"][0]["denials"], 1);
    EXPECT_EQ(facts["denials"][0]["event_id"], "0a1b2c3d");
    EXPECT_FALSE(facts["findings"].empty());
    const json later = json::parse(sh("jail-provision report --json --since 0s").output);
    EXPECT_TRUE(later["since"].get<std::int64_t>() >= facts["since"].get<std::int64_t>());
    EXPECT_EQ(sh("jail-provision report").status, 1) << "nothing to write";
    EXPECT_EQ(sh("jail-provision report --json --since yesterday").status, 1);
}

}  // namespace
}  // namespace jail::testing
