// SPDX-License-Identifier: Apache-2.0
#include "supervisor/base/event_loop.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "libjail/base/ipc.h"

namespace jail::supervisor {
namespace {

// A pipe with something to read.
Pipe ready_pipe() {
    Pipe pipe = make_pipe().value();
    EXPECT_EQ(::write(pipe.write_end.get(), "x", 1), 1);
    return pipe;
}

TEST(EventLoopTest, HandlersRunInTheOrderInWhichTheyWereAddedDescriptorsFirst) {
    const Pipe one = ready_pipe(), other = ready_pipe(), quiet = make_pipe().value();
    std::string ran;
    EventLoop loop;
    loop.at(now(), [&] { ran += "t"; });
    loop.on("one", one.read_end.get(), [&] { ran += "1"; });
    loop.on("quiet", quiet.read_end.get(), [&] { ran += "q"; });
    loop.on("none", -1, [&] { ran += "n"; });
    loop.on("other", other.read_end.get(), [&] { ran += "2"; });
    EXPECT_TRUE(loop.run().value());
    EXPECT_EQ(ran, "12t");
}

TEST(EventLoopTest, AHandlerCanBeTheLastOne) {
    const Pipe one = ready_pipe(), other = ready_pipe();
    std::string ran;
    EventLoop loop;
    loop.on("one", one.read_end.get(), [&] {
        ran += "1";
        loop.stop();
    });
    loop.on("other", other.read_end.get(), [&] { ran += "2"; });
    loop.at(now(), [&] { ran += "t"; });
    EXPECT_TRUE(loop.run().value());
    EXPECT_EQ(ran, "1");
}

TEST(EventLoopTest, ADeadlineEndsTheWaitAndIsNoDescriptor) {
    const Pipe quiet = make_pipe().value();
    const Time deadline = now() + 20ms;
    std::string ran;
    EventLoop loop;
    loop.on("quiet", quiet.read_end.get(), [&] { ran += "q"; });
    loop.at(deadline + 1h, [&] { ran += "later"; });
    loop.at(deadline, [&] { ran += "t"; });
    loop.at({}, [&] { ran += "never"; });
    EXPECT_FALSE(loop.run().value());
    EXPECT_EQ(ran, "t");
    EXPECT_GE(now(), deadline);
}

TEST(EventLoopTest, TheEndOfTheOtherSideIsAnEvent) {
    Pipe pipe = make_pipe().value();
    pipe.write_end.reset();
    bool ran = false;
    EventLoop loop;
    loop.on("pipe", pipe.read_end.get(), [&] { ran = true; });
    EXPECT_TRUE(loop.run().value());
    EXPECT_TRUE(ran);
}

TEST(EventLoopTest, ADescriptorThatIsNotOpenIsAnErrorByItsName) {
    EventLoop loop;
    loop.on("the inbox", 1023, [] {});
    const auto result = loop.run();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), EBADF);
    EXPECT_NE(result.error().message().find("the inbox"), std::string::npos);
}

}  // namespace
}  // namespace jail::supervisor
