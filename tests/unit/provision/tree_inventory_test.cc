// SPDX-License-Identifier: Apache-2.0
#include "provision/tree/tree_inventory.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>

#include "provision/base/progress.h"
#include "provision/host/link_resolution.h"
#include "provision/tree/generation_diff.h"

namespace jail::provision {
namespace {

Inventory sample() {
    return {{"/bin", {EntryKind::kSymlink, false, "usr/bin"}},
            {"/usr", {EntryKind::kDirectory, false, ""}},
            {"/usr/bin", {EntryKind::kDirectory, false, ""}},
            {"/usr/bin/ls", {EntryKind::kFile, true, std::string(64, 'a')}},
            {"/usr/notice", {EntryKind::kFile, false, std::string(64, 'b')}}};
}

TEST(TreeInventory, ReadsWhatItWrites) {
    const std::string text = encode_inventory(sample());
    const Result<Inventory> read = decode_inventory(text);
    ASSERT_TRUE(read);
    EXPECT_EQ(read.value(), sample());
    EXPECT_EQ(tree_id(sample()).size(), 64u);
}

TEST(TreeInventory, EveryPartOfAnEntryIsPartOfTheId) {
    std::set<std::string> ids = {tree_id(sample())};
    for (const auto& [path, entry] :
         Inventory{{"/usr/notice", {EntryKind::kFile, true, std::string(64, 'b')}},
                   {"/usr/bin/ls", {EntryKind::kFile, true, std::string(64, 'c')}},
                   {"/bin", {EntryKind::kSymlink, false, "usr/sbin"}},
                   {"/usr/extra", {EntryKind::kDirectory, false, ""}}}) {
        Inventory changed = sample();
        changed[path] = entry;
        EXPECT_TRUE(ids.insert(tree_id(changed)).second) << path;
    }
}

TEST(TreeInventory, DamageIsAnError) {
    const std::string text = encode_inventory(sample());
    for (std::size_t length = 0; length < text.size(); ++length) {
        const Result<Inventory> read = decode_inventory(text.substr(0, length));
        EXPECT_TRUE(!read || read.value() != sample()) << length;
    }
    EXPECT_FALSE(decode_inventory("jail tree 1\n/x\0fifo 644 y\0"));
    EXPECT_FALSE(decode_inventory("something else"));
}

TEST(GenerationDiff, TellsFilesNotTheDirectoriesAboveThem) {
    Inventory now = sample();
    now.erase("/usr/notice");
    now["/usr/share"] = {};
    now["/usr/share/doc"] = {EntryKind::kFile, false, std::string(64, 'd')};
    now["/usr/bin/ls"] = {EntryKind::kFile, false, std::string(64, 'e')};
    now["/bin"].content = "elsewhere";
    std::vector<std::string> lines;
    for (const TreeChange& change : compare(sample(), now)) lines.push_back(change.path + " " + change.what);
    EXPECT_EQ(lines, (std::vector<std::string>{"/bin symlink usr/bin -> elsewhere",
                                               "/usr/bin/ls content, mode 755 -> 644", "/usr/notice ",
                                               "/usr/share/doc "}));
    EXPECT_TRUE(compare(now, now).empty());
}

TEST(LinkResolution, FollowsLinksOfTheData) {
    const std::map<std::string, std::string> links = {{"/bin", "usr/bin"},
                                                      {"/usr/bin/vi", "/etc/alternatives/vi"},
                                                      {"/etc/alternatives/vi", "../../bin/vim"},
                                                      {"/loop", "loop"}};
    const auto target_of = [&](const std::string& path) {
        const auto link = links.find(path);
        return link == links.end() ? std::nullopt : std::optional(link->second);
    };
    const ResolvedPath resolved = resolve_links("/bin/vi", target_of);
    EXPECT_EQ(resolved.path, "/usr/bin/vim");
    EXPECT_EQ(resolved.links,
              (std::vector<std::string>{"/bin", "/usr/bin/vi", "/etc/alternatives/vi", "/bin"}));
    EXPECT_EQ(resolve_links("/../../x/./y", target_of).path, "/x/y");
    EXPECT_EQ(resolve_links("/loop/x", target_of).path, "");
}

std::int64_t time_ms = 0;

// The output of a Progress on a new terminal, or on a pipe, when ten files take so long each.
std::string drawn(bool terminal, std::int64_t ms_a_file) {
    int ends[2] = {-1, -1};
    if (terminal ? ::openpty(&ends[0], &ends[1], nullptr, nullptr, nullptr) : ::pipe(ends))
        return "no descriptors";
    {
        Progress progress(ends[1], [] { return time_ms; });
        progress.begin("arkham", 10);
        for (std::size_t done = 1; done <= 10; ++done) {
            time_ms += ms_a_file;
            progress.advance(done);
        }
    }
    ::close(ends[1]);  // a terminal hands on what is left, and then fails (EIO); what was written may be on
                       // its way
    std::string text;
    char buffer[4096];
    for (ssize_t length; (length = ::read(ends[0], buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<std::size_t>(length));
    ::close(ends[0]);
    return text;
}

TEST(Progress, IsForTerminalsAndLongWorkOnly) {
    EXPECT_EQ(drawn(true, Progress::kPatienceMs / 10 - 1), "");
    EXPECT_EQ(drawn(false, Progress::kPatienceMs), "");
    const std::string once = "\rarkham  [########################################]  10/10 files\r\033[K";
    EXPECT_EQ(drawn(true, Progress::kPatienceMs / 10), once);
}

TEST(Progress, IsDrawnAgainNotMoreOftenThanAPersonReads) {
    const std::string text = drawn(true, Progress::kBetweenMs * 3 / 4);
    // The seventh file is the first after half a second; then every second one.
    EXPECT_EQ(std::count(text.begin(), text.end(), '\r'), 2 + 1) << text;
    EXPECT_NE(text.find("7/10 files"), std::string::npos) << text;
    EXPECT_NE(text.find("9/10 files"), std::string::npos) << text;
}

TEST(Progress, FitsTheTerminal) {
    EXPECT_EQ(progress_line("arkham", 5, 10, 80),
              "arkham  [####################--------------------]  5/10 files");
    for (std::size_t columns = 0; columns < 200; ++columns)
        EXPECT_TRUE(progress_line("arkham", 99, 100, columns).empty() ||
                    progress_line("arkham", 99, 100, columns).size() < columns);
    EXPECT_EQ(progress_line("arkham", 1, 0, 80), "");
    EXPECT_EQ(progress_line("a", 11, 10, 80), progress_line("a", 10, 10, 80));
}

}  // namespace
}  // namespace jail::provision
