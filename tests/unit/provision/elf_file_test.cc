// SPDX-License-Identifier: Apache-2.0
#include "provision/host/elf_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>

#include "tests/unit/provision/test_host.h"

namespace jail::provision {
namespace {

using testing::ElementsAre;
using ElfFileTest = TestHost;

Result<std::optional<ElfFile>> read(const std::string& path) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    return read_elf(file.get(), path);
}

TEST_F(ElfFileTest, ReadsWhatTheLinkerNeeds) {
    compile("/usr/lib/liba.so", "int a(void) { return 1; }\n", {"-shared", "-fPIC", "-Wl,-soname,liba.so.7"});
    compile("/usr/bin/p", "int a(void); void _start(void) { a(); }\n",
            {"@/usr/lib/liba.so", "-no-pie", "-Wl,--disable-new-dtags,-rpath,/one:$ORIGIN/two",
             "-Wl,--dynamic-linker,/lib/ld"});
    const auto elf = read(root() + "/usr/bin/p");
    ASSERT_TRUE(elf && elf.value());
    EXPECT_THAT(elf.value()->needed, ElementsAre("liba.so.7"));
    EXPECT_THAT(elf.value()->rpath, ElementsAre("/one", "$ORIGIN/two"));
    EXPECT_TRUE(elf.value()->runpath.empty());
    EXPECT_EQ(elf.value()->interpreter, "/lib/ld");
}

TEST_F(ElfFileTest, OtherFilesAreNone) {
    for (const char* content : {"", "\x7f",
                                "\x7f"
                                "ELF",
                                "#!/bin/sh\n", "text"}) {
        const auto elf = read(write(directory_ + "/f", content));
        EXPECT_TRUE(!elf || !elf.value() || elf.value()->needed.empty()) << content;
    }
}

// Whatever bytes are cut off or changed: an answer, never a crash.
TEST_F(ElfFileTest, SurvivesDamage) {
    compile("/usr/lib/liba.so", "int a(void) { return 1; }\n", {"-shared", "-fPIC", "-Wl,-soname,liba.so.7"});
    compile("/usr/bin/p", "int a(void); void _start(void) { a(); }\n",
            {"@/usr/lib/liba.so", "-no-pie", "-Wl,--dynamic-linker,/lib/ld"});
    const std::string good = slurp(root() + "/usr/bin/p");
    const std::string path = directory_ + "/damaged";
    for (std::size_t length = 0; length < good.size(); length += 37)
        (void)read(write(path, good.substr(0, length)));
    for (std::size_t at = 4; at < good.size(); at += at < 1024 ? 1 : 53) {
        std::string bad = good;
        bad[at] = static_cast<char>(~bad[at]);
        (void)read(write(path, bad));
    }
    EXPECT_FALSE(read(write(path, good.substr(0, 100))));
}

}  // namespace
}  // namespace jail::provision
