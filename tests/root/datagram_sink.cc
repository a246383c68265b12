// SPDX-License-Identifier: Apache-2.0
#include "datagram_sink.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

namespace jail::testing {
namespace {

constexpr char kAside[] = ".aside";

}  // namespace

OutOfTheWay::OutOfTheWay(std::string path) : path_(std::move(path)) {
    (void)::rename(path_.c_str(), (path_ + kAside).c_str());  // usually it does not exist
}

OutOfTheWay::~OutOfTheWay() {
    (void)::rename((path_ + kAside).c_str(), path_.c_str());
}

DatagramSink::DatagramSink(const std::string& path)
    : real_(path), path_(path), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    (void)::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    (void)::chmod(path.c_str(), 0666);
}

DatagramSink::~DatagramSink() {
    ::close(socket_);
    (void)::unlink(path_.c_str());
}

const std::vector<std::string>& DatagramSink::received() {
    char bytes[16384];
    for (ssize_t count; (count = ::recv(socket_, bytes, sizeof bytes, MSG_DONTWAIT)) >= 0;)
        received_.emplace_back(bytes, static_cast<std::size_t>(count));
    return received_;
}

std::vector<std::string> DatagramSink::with(const std::string& text) {
    std::vector<std::string> found;
    for (const std::string& one : received())
        if (one.find(text) != std::string::npos) found.push_back(one);
    return found;
}

}  // namespace jail::testing
