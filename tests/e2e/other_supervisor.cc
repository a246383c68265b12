// SPDX-License-Identifier: Apache-2.0
#include "other_supervisor.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/unix_address.h"
#include "libjail/policy/paths.h"
#include "libjail/session/client.h"
#include "libjail/session/run_lock.h"
#include "process.h"

namespace jail::testing {
namespace {

[[noreturn]] void serve(uid_t uid, const std::string& directory, const std::string& answer) {
    const auto lock = run_lock::take(directory);
    const FileDescriptor listener(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    const auto address = unix_address("bind", client::control_path(uid));
    if (!lock || !lock.value() || !address ||
        ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address.value()), sizeof(sockaddr_un)) !=
            0 ||
        ::listen(listener.get(), 16) != 0)
        ::_exit(1);
    for (std::vector<FileDescriptor> connections;;) {
        connections.emplace_back(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        char request[1024];
        if (answer.empty() || ::recv(connections.back().get(), request, sizeof request, 0) <= 0) continue;
        (void)::send(connections.back().get(), answer.data(), answer.size(), MSG_NOSIGNAL);
        connections.pop_back();
    }
}

}  // namespace

OtherSupervisor::OtherSupervisor(uid_t uid, const std::string& answer)
    : directory_(std::string(paths::kRunDir) + "/" + std::to_string(uid)) {
    (void)::mkdir(paths::kRunDir, 0700);
    (void)::mkdir(directory_.c_str(), 0700);
    pid_ = ::fork();
    if (pid_ == 0) serve(uid, directory_, answer);
    EXPECT_TRUE(eventually([&] { return bool(client::connect(uid)); }));
}

OtherSupervisor::~OtherSupervisor() {
    (void)::kill(pid_, SIGKILL);
    (void)::waitpid(pid_, nullptr, 0);
    run_lock::remove(directory_);
}

}  // namespace jail::testing
