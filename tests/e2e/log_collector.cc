// SPDX-License-Identifier: Apache-2.0
#include "log_collector.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "libjail/events/journal.h"
#include "process.h"

namespace jail::testing {

namespace {

const std::string kAside = std::string(kJournalSocket) + ".aside";

}  // namespace

LogCollector::LogCollector() {
    (void)::rename(kJournalSocket, kAside.c_str());  // usually it does not exist
    (void)::unlink("/dev/log");
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, "/dev/log");
    (void)::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    (void)::chmod("/dev/log", 0666);
    thread_ = std::thread([this] { collect(); });
}

LogCollector::~LogCollector() {
    ending_ = true;
    thread_.join();
    ::close(socket_);
    (void)::unlink("/dev/log");
    (void)::rename(kAside.c_str(), kJournalSocket);
}

void LogCollector::collect() {
    char buffer[8192];
    while (!ending_) {
        pollfd waiting = {socket_, POLLIN, 0};
        if (::poll(&waiting, 1, 50) <= 0) continue;
        const ssize_t count = ::recv(socket_, buffer, sizeof buffer, 0);
        if (count <= 0) continue;
        const std::lock_guard<std::mutex> lock(mutex_);
        messages_.emplace_back(buffer, static_cast<std::size_t>(count));
    }
}

std::vector<std::string> LogCollector::find(const std::string& text) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<std::string> found;
    for (const std::string& message : messages_)
        if (message.find(text) != std::string::npos) found.push_back(message);
    return found;
}

std::string LogCollector::wait_for(const std::string& text) const {
    (void)eventually([&] { return !find(text).empty(); }, 10);
    const auto found = find(text);
    return found.empty() ? std::string() : found.front();
}

}  // namespace jail::testing
