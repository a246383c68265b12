// SPDX-License-Identifier: Apache-2.0
#include "provision/trial/suggestion.h"

#include <gmock/gmock.h>

namespace jail::provision {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Bundle bundle(const std::string& name, const std::vector<std::string>& commands,
              const std::vector<std::string>& files) {
    Bundle made;
    made.name.value = name;
    for (const std::string& command : commands) made.commands.push_back({command, {}});
    for (const std::string& file : files) made.optional_files.push_back({file, {}, {}, {}});
    return made;
}

TEST(Suggestion, ABundleThatHasMostOfTheFilesComesFirst) {
    const Bundle perl = bundle("perl", {"perl"}, {"/usr/share/perl"});
    const Bundle one = bundle("one", {}, {"/usr/share/perl/5.36/strict.pm"});
    const Suggestion made = suggest({"/usr/share/perl/5.36/JSON.pm", "/usr/share/perl/5.36/strict.pm"},
                                    {&one, &perl}, {}, {"perl"});
    EXPECT_THAT(made.include, ElementsAre("perl"));
    EXPECT_THAT(made.files, IsEmpty());
}

// An allowlist does not grow by commands that a file needs.
TEST(Suggestion, ABundleWithACommandThatTheJailLacksIsNotNamed) {
    const Bundle perl = bundle("perl", {"perl", "prove"}, {"/usr/share/perl"});
    const Suggestion made = suggest({"/usr/share/perl/x.pm"}, {&perl}, {}, {"perl"});
    EXPECT_THAT(made.include, IsEmpty());
    EXPECT_THAT(made.files, ElementsAre("/usr/share/perl/x.pm"));
}

TEST(Suggestion, ABundleThatTheJailHasDoesNotHelp) {
    const Bundle perl = bundle("perl", {}, {"/usr/share/perl"});
    EXPECT_THAT(suggest({"/usr/share/perl/x.pm"}, {&perl}, {"perl"}, {}).files,
                ElementsAre("/usr/share/perl/x.pm"));
}

TEST(Suggestion, ProgramsOfPathAreCommandsAndDirectoriesGiveWayToTheirFiles) {
    const Suggestion made = suggest(
        {"/usr/bin/sed", "/bin/sed", "/usr/share/a", "/usr/share/a/b", "/usr/share/ab", "/usr/lib/x/run"}, {},
        {}, {});
    EXPECT_THAT(made.commands, ElementsAre("sed"));
    EXPECT_THAT(made.files, ElementsAre("/usr/lib/x/run", "/usr/share/a/b", "/usr/share/ab"));
}

}  // namespace
}  // namespace jail::provision
