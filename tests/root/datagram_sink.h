// SPDX-License-Identifier: Apache-2.0
// Stands in for syslogd or journald: a datagram socket at a well-known path, in place of what the host has
// there.
#pragma once

#include <string>
#include <vector>

namespace jail::testing {

// Moves the file at a path out of the way for as long as it lives.
class OutOfTheWay {
public:
    explicit OutOfTheWay(std::string path);
    ~OutOfTheWay();
    OutOfTheWay(const OutOfTheWay&) = delete;
    OutOfTheWay& operator=(const OutOfTheWay&) = delete;

private:
    std::string path_;
};

class DatagramSink {
public:
    explicit DatagramSink(const std::string& path);
    ~DatagramSink();
    DatagramSink(const DatagramSink&) = delete;
    DatagramSink& operator=(const DatagramSink&) = delete;

    // Takes all that has come by now and returns all that ever came.
    const std::vector<std::string>& received();
    // Those of them that contain `text`.
    std::vector<std::string> with(const std::string& text);

private:
    OutOfTheWay real_;
    std::string path_;
    int socket_;
    std::vector<std::string> received_;
};

}  // namespace jail::testing
