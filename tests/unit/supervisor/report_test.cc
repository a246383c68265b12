// SPDX-License-Identifier: Apache-2.0
#include "supervisor/reports/report.h"

#include <gtest/gtest.h>

namespace jail::supervisor {
namespace {

Report sample() {
    Report report;
    report.kind = ReportKind::kSessionClose;
    report.session = {"1f2e3d4c", "sshd", "ssh", "192.0.2.7", 4711, 3};
    report.text = "lease_closed";
    report.limit = "tasks";
    report.line = "pts/0@1001";
    report.number = 1;
    report.milliseconds = 2;
    report.cpu_us = 3;
    report.signal = 9;
    report.lost = 4;
    return report;
}

TEST(Report, ArrivesAsItWasSent) {
    const auto report = decode_report(encode(sample()));
    ASSERT_TRUE(report);
    EXPECT_EQ(encode(report.value()), encode(sample()));
    EXPECT_EQ(report.value().session.peer, "192.0.2.7");
    EXPECT_EQ(report.value().signal, 9u);
    EXPECT_FALSE(report.value().exit);
    EXPECT_FALSE(report.value().peak_memory_bytes);
    EXPECT_EQ(report.value().lost, 4u);
}

TEST(Report, OfAnyOtherFormIsNone) {
    const std::string bytes = encode(sample());
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decode_report(bytes.substr(0, size))) << size;
    EXPECT_FALSE(decode_report(bytes + '\0'));
    std::string unknown = bytes;
    unknown[0] = static_cast<char>(ReportKind::kLast) + 1;
    EXPECT_FALSE(decode_report(unknown));
}

}  // namespace
}  // namespace jail::supervisor
