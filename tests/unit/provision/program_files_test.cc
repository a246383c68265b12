// SPDX-License-Identifier: Apache-2.0
// Files that come along with programs: those of bundles that name them, and data of their packages.
#include "provision/tree/program_files.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "provision/build/jail_build.h"
#include "provision/config/jail_catalog.h"
#include "provision/tree/package_data.h"
#include "provision/tree/publisher.h"
#include "tests/unit/provision/test_host.h"

namespace jail::provision {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ProgramFilesTest : public TestHost {
protected:
    ProgramFilesTest() { host_file("/usr/bin/bash", "bash", 0755); }

    // In dpkg's database: the package's files are made where they are missing.
    void package(const std::string& name, const std::vector<std::string>& files,
                 const std::string& fields = "") {
        status_ += "Package: " + name + "\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n" +
                   "Maintainer: x <x@example.org>\nDescription: x\n" + fields + "\n";
        std::string list = "/.\n";
        for (const std::string& file : files) {
            list += file + "\n";
            if (!std::filesystem::exists(root() + file))
                host_file(file, "of " + name, file.find("/bin/") != std::string::npos ? 0755 : 0644);
        }
        host_file("/var/lib/dpkg/info/" + name + ".list", list);
        host_file("/var/lib/dpkg/status", status_);
    }
    // The paths of the tree that a jail with this YAML has, joined by blanks; errors and notes go to `said_`.
    std::string tree_of(const std::string& yaml) {
        jail("j", "jail: j\n" + yaml);
        Diagnostics diagnostics;
        Result<JailBuild> build = build_jail(layout_, "j", {}, diagnostics);
        EXPECT_TRUE(build) << diagnostics.joined();
        said_ = diagnostics.joined();
        for (const std::string& note : diagnostics.notes()) said_ += note + "\n";
        std::string paths = " ";
        const std::string tree = build ? tree_path(layout_, build->manifest.tree) : "/nonexistent";
        for (const auto& entry : std::filesystem::recursive_directory_iterator(tree))
            paths += entry.path().string().substr(tree.size()) + " ";
        return paths;
    }

    std::string status_, said_;
};

TEST_F(ProgramFilesTest, AnInterpreterBringsTheFilesOfItsBundleAndNoCommand) {
    host_file("/usr/bin/python3.11", "python", 0755);
    host_link("/usr/bin/python3", "python3.11");
    host_file("/usr/bin/pydoc3", "pydoc", 0755);
    host_file("/usr/bin/tool", "#!/usr/bin/python3\n", 0755);
    host_file("/usr/lib/python3.11/os.py", "os");
    host_file("/usr/share/zoneinfo/UTC", "utc");
    host_file("/usr/lib/python/helper", "helper", 0755);
    bundle("zones", "bundle: zones\noptional_files: [/usr/share/zoneinfo]\n");
    bundle("python3",
           "bundle: python3\ninclude: [zones]\ncommands: [python3, pydoc3, /usr/lib/python/helper]\n"
           "optional_files: [/usr/lib/python3.*]\ncomes_with: ['/usr/bin/python3.[0-9]*']\n"
           "environment: {PYTHONUTF8: '1'}\n");
    const std::string tree = tree_of("commands: [bash, tool]\n");
    for (const char* there :
         {"/usr/lib/python3.11/os.py", "/usr/share/zoneinfo/UTC", "/usr/lib/python/helper"})
        EXPECT_THAT(tree, HasSubstr(" " + std::string(there) + " "));
    EXPECT_THAT(tree, Not(HasSubstr("pydoc3")));
    EXPECT_THAT(
        said_,
        HasSubstr("j.yaml:1:7: /usr/bin/python3.11 brings the files of the bundle python3 along, not its "
                  "commands"));
    EXPECT_THAT(tree_of("commands: [bash, tool]\nprogram_files: false\n"), Not(HasSubstr("os.py")));
    EXPECT_THAT(tree_of("commands: [bash]\n"), Not(HasSubstr("os.py")));
}

TEST_F(ProgramFilesTest, AHomeThatMayRunProgramsBringsTheRuntimeAndNoCommand) {
    host_file("/usr/lib/libstdc++.so.6", "library");
    host_file("/usr/bin/ldd", "#!/usr/bin/bash\n", 0755);
    bundle("runtime", "bundle: runtime\ncommands: [ldd]\noptional_files: [/usr/lib/libstdc++.so.6]\n");
    const std::string tree = tree_of("commands: [bash]\nhome: {exec: true}\n");
    EXPECT_THAT(tree, HasSubstr("/usr/lib/libstdc++.so.6"));
    EXPECT_THAT(tree, Not(HasSubstr("ldd")));
    EXPECT_THAT(tree_of("commands: [bash]\n"), Not(HasSubstr("libstdc")));
    EXPECT_THAT(tree_of("commands: [bash]\nhome: {exec: true}\nprogram_files: false\n"),
                Not(HasSubstr("libstdc")));
}

// PYTHONUTF8 above is the bundle's; the jail's own setting wins.
TEST_F(ProgramFilesTest, TheJailsOwnVariableWins) {
    host_file("/usr/bin/screen", "screen", 0755);
    bundle("screen", "bundle: screen\ncomes_with: [/usr/bin/screen]\nenvironment: {A: bundle, B: bundle}\n");
    jail("j", "jail: j\ncommands: [bash, screen]\nenvironment: {set: {A: own}}\n");
    Diagnostics diagnostics;
    Result<JailBuild> build = build_jail(layout_, "j", {}, diagnostics);
    ASSERT_TRUE(build) << diagnostics.joined();
    std::string set;
    for (const EnvironmentVariable& variable : build->manifest.environment_set)
        set += variable.name + "=" + variable.value + " ";
    EXPECT_EQ(set, "A=own B=bundle ");
}

TEST_F(ProgramFilesTest, ACommandBringsTheDataOfItsPackageAndOfThoseForIt) {
    host_file("/usr/share/man/man1/map.1", "manual");
    package("map",
            {"/usr/bin/map", "/usr/bin/map-other", "/usr/share/map/data", "/usr/lib/map/plug.so",
             "/etc/map.conf", "/usr/share/man/man1/map.1", "/usr/share/doc/map/copyright", "/etc/cron.d/map"},
            "Depends: map-common (>= 1), other | missing, debconf (>= 0.5)\n");
    package("map-common", {"/usr/share/map-common/more"});
    package("other", {"/usr/share/other/not-ours"});
    package("debconf", {"/usr/share/debconf-more/x"});
    host_file("/etc/map/secret", "secret", 0600);
    package("map-data", {"/etc/map/secret"});
    const std::string tree = tree_of("commands: [bash, map]\n");
    for (const char* there :
         {"/usr/share/map/data", "/usr/lib/map/plug.so", "/etc/map.conf", "/usr/share/map-common/more"})
        EXPECT_THAT(tree, HasSubstr(" " + std::string(there) + " "));
    for (const char* away :
         {"map-other", "man1", "copyright", "cron.d", "not-ours", "debconf-more", "secret"})
        EXPECT_THAT(tree, Not(HasSubstr(away)));
    EXPECT_THAT(tree_of("commands: [bash, map]\nprogram_files: false\n"), Not(HasSubstr("/usr/share/map")));
    // A bundle's list is complete as it is.
    bundle("maps", "bundle: maps\ncommands: [map]\n");
    EXPECT_THAT(tree_of("include: [maps]\ncommands: [bash, map]\n"), Not(HasSubstr("/usr/share/map")));
}

TEST_F(ProgramFilesTest, TheDataOfEssentialPackagesIsNotBrought) {
    package("map", {"/usr/bin/map", "/usr/share/map/data"}, "Depends: map-base\n");
    package("map-base", {"/usr/share/map-base/x"}, "Essential: yes\n");
    const std::string tree = tree_of("commands: [bash, map]\n");
    EXPECT_THAT(tree, HasSubstr("/usr/share/map/data"));
    EXPECT_THAT(tree, Not(HasSubstr("/usr/share/map-base/x")));
}

TEST_F(ProgramFilesTest, ACommandOfNoPackageIsNoted) {
    package("bash", {"/usr/bin/bash"});
    host_file("/usr/local/bin/own", "own", 0755);
    (void)tree_of("commands: [bash, own]\n");
    EXPECT_THAT(said_, HasSubstr("of no Debian package, so that files that are opened at run time are not "
                                 "known: /usr/local/bin/own"));
    EXPECT_THAT(said_, Not(HasSubstr("/usr/bin/bash")));
    (void)tree_of("commands: [bash, own]\nprogram_files: false\n");
    EXPECT_THAT(said_, Not(HasSubstr("no Debian package")));
}

// The next build looks again after the package got another version.
TEST_F(ProgramFilesTest, AnUpgradeOfThePackageIsSeen) {
    package("map", {"/usr/bin/map", "/usr/share/map/one"});
    ::usleep(30'000);
    EXPECT_THAT(tree_of("commands: [bash, map]\n"), HasSubstr("/usr/share/map/one"));
    status_.clear();
    package("map", {"/usr/bin/map", "/usr/share/map/one", "/usr/share/map/two"});
    Diagnostics diagnostics;
    Result<JailBuild> build = build_jail(layout_, "j", {}, diagnostics);
    ASSERT_TRUE(build) << diagnostics.joined();
    EXPECT_TRUE(build->changed);
}

TEST(PackageData, TellsDataFromTheRest) {
    for (const char* data :
         {"/usr/share/vim/vim90/syntax.vim", "/usr/lib/x86_64-linux-gnu/zsh/5.9/zsh/zle.so",
          "/usr/lib/file/magic.mgc", "/usr/libexec/x/y", "/etc/nanorc", "/etc/ImageMagick-6/policy.xml",
          "/usr/lib/x86_64-linux-gnu/ossl-modules/legacy.so"})
        EXPECT_TRUE(is_program_data(data)) << data;
    for (const char* other :
         {"/usr/bin/x", "/usr/sbin/x", "/usr/lib/x86_64-linux-gnu/libz.so.1", "/usr/lib/os-release", "/usr",
          "/usr/share", "/usr/share/doc/x/y", "/usr/share/man/man1/x.1", "/etc/pam.d/x", "/etc/cron.daily/x",
          "/var/lib/x/y", "/usr/lib/systemd/system/x.service", "/usr/include/x.h", "/boot/x", "/opt/x/y",
          "/usr/share/zsh/vendor-completions/_x"})
        EXPECT_FALSE(is_program_data(other)) << other;
}

TEST(PackageData, KnowsWhatExistsForAPackage) {
    const std::pair<const char*, const char*> belong[] = {
        {"vim-runtime", "vim-tiny"}, {"libmagic-mgc", "libmagic1:amd64"}, {"zsh-common", "zsh"},
        {"mc-data", "mc"},           {"golang-1.19-go", "golang-go"},     {"imagemagick-6-common", "x"}};
    for (const auto& [dependency, package] : belong)
        EXPECT_TRUE(belongs_to(dependency, package)) << dependency;
    const std::pair<const char*, const char*> strangers[] = {
        {"libc6", "libcap2"}, {"debconf", "deb"}, {"perl-base", "rsync"}, {"rsync", "r-base"}};
    for (const auto& [dependency, package] : strangers)
        EXPECT_FALSE(belongs_to(dependency, package)) << dependency;
}

TEST(DebianPackages, ReadsDepends) {
    EXPECT_THAT(names_in_depends("libc6 (>= 2.34), default-mta | mail-transport-agent, python3:any (>= 3)"),
                ElementsAre("libc6", "default-mta", "mail-transport-agent", "python3"));
    EXPECT_THAT(names_in_depends(""), ElementsAre());
}

}  // namespace
}  // namespace jail::provision
