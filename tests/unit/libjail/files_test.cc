// SPDX-License-Identifier: Apache-2.0
#include "libjail/base/files.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <string>

#include "libjail/base/directory.h"
#include "libjail/base/ipc.h"
#include "libjail/base/process.h"

namespace jail {
namespace {

std::string after_writing(const std::string& bytes, std::size_t bound) {
    Pipe pipe = make_pipe().value();
    EXPECT_TRUE(write_all(pipe.write_end.get(), bytes, "pipe"));
    pipe.write_end.reset();
    const auto read = read_all(pipe.read_end.get(), bound, "pipe");
    return read ? read.value() : std::to_string(read.error().code());
}

TEST(FilesTest, ReadAllHasItsBound) {
    EXPECT_EQ(after_writing("", 0), "");
    EXPECT_EQ(after_writing("abc", 3), "abc");
    EXPECT_EQ(after_writing("abcd", 3), std::to_string(EFBIG));
    EXPECT_EQ(after_writing(std::string(60'000, 'x'), 60'000), std::string(60'000, 'x'));
    EXPECT_EQ(after_writing(std::string(60'001, 'x'), 60'000), std::to_string(EFBIG));
}

TEST(FilesTest, AFileOfProcWhichHasNoSizeIsReadWhole) {
    const auto status = read_small_file("/proc/self/status");
    ASSERT_TRUE(status);
    EXPECT_NE(status.value().find("nonvoluntary_ctxt_switches"), std::string::npos);
    EXPECT_EQ(read_small_file("/proc/self/nothing").error().code(), ENOENT);
}

// The kernel does not know the type of a process's directory when the process ends at that moment.
TEST(DirectoryTest, AProcessThatEndsMeanwhileDoesNotFailTheListOfProc) {
    const pid_t forker = process::fork_silently().value();
    if (forker == 0)
        for (;;) {
            const pid_t child = process::fork_silently().value();
            if (child == 0) ::_exit(0);
            (void)process::wait_for(child);
        }
    for (int i = 0; i < 4000; ++i) {
        const auto list = directory::list("/proc");
        EXPECT_TRUE(list) << list.error().message();
        if (!list) break;
    }
    (void)::kill(forker, SIGKILL);
    (void)process::wait_for(forker);
}

// A program has the descriptors that it is given alone, also where one of them is where another belongs.
TEST(ProgramTest, HasTheDescriptorsAndTheEnvironmentThatItIsGivenAndNoMore) {
    Pipe output = make_pipe().value(), extra = make_pipe().value();
    const process::Program program(
        "/bin/sh",
        {"sh", "-c", "echo $(echo /proc/self/fd/*) \"$PATH\" \"${HOME-none}\"; cat; echo error >&2"});
    Pipe input = make_pipe().value();
    ASSERT_TRUE(write_all(input.write_end.get(), "from input\n", "pipe"));
    input.write_end.reset();
    const pid_t child = process::fork_silently().value();
    if (child == 0) {
        (void)::dup2(input.read_end.get(), 2);
        (void)::dup2(output.write_end.get(), 0);
        program.execute(2, 0, 0);
        ::_exit(127);
    }
    output.write_end.reset();
    const std::string said = read_all(output.read_end.get(), 4096, "output").value();
    EXPECT_EQ(process::wait_for(child).value(), 0);
    EXPECT_EQ(said.rfind("/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 ", 0), 0u) << said;
    EXPECT_EQ(said.find("fd/4"), std::string::npos) << said;  // 3 is the shell's own, of the directory
    EXPECT_NE(said.find("/usr/sbin:/usr/bin:/sbin:/bin none\nfrom input\nerror\n"), std::string::npos)
        << said;
}

TEST(ProgramTest, ReturnsWhereItCannotBeExecuted) {
    const process::Program program("/nonexistent", {"nothing"});
    const pid_t child = process::fork_silently().value();
    if (child == 0) {
        program.execute(-1, -1, -1);
        ::_exit(42);
    }
    EXPECT_EQ(process::wait_for(child).value(), 42 << 8);
}

}  // namespace
}  // namespace jail
