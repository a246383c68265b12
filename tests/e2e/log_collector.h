// SPDX-License-Identifier: Apache-2.0
// Stands in for syslogd: takes every message of /dev/log, and keeps it for the tests. Where there is
// journald, which would have the events instead, its socket is out of the way meanwhile.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace jail::testing {

class LogCollector {
public:
    LogCollector();
    ~LogCollector();
    LogCollector(const LogCollector&) = delete;
    LogCollector& operator=(const LogCollector&) = delete;

    // All messages so far that contain `text`.
    std::vector<std::string> find(const std::string& text) const;
    // Waits for such a message; empty if it did not come.
    std::string wait_for(const std::string& text) const;

private:
    void collect();

    int socket_ = -1;
    std::atomic<bool> ending_ = false;
    mutable std::mutex mutex_;
    std::vector<std::string> messages_;
    std::thread
        thread_;  // the kernel keeps ten datagrams only: a sender would wait for a test that waits for it
};

}  // namespace jail::testing
