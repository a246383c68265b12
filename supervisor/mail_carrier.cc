// SPDX-License-Identifier: Apache-2.0
#include "supervisor/mail_carrier.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

#include "libjail/base/process.h"
#include "libjail/policy/paths.h"

namespace jail::supervisor {
namespace {

// A refusal takes the host's time, which no limit of the jail counts.
constexpr auto kPause = 1s;

// Root's processes of the jail are doors: cron sends what its job has printed.
bool is_of_account(int connection, uid_t uid) {
    ucred peer = {};
    socklen_t size = sizeof peer;
    return ::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == uid || peer.uid == 0);
}

}  // namespace

Result<> MailCarrier::start(int connection, bool refuse) {
    std::vector<std::string> words = {"jail-mail", account_};
    if (refuse) words.insert(words.begin() + 1, "--refuse");
    const process::Program program(paths::kMail, std::move(words));
    process::Child child = JAIL_TRY(process::fork_into(0));
    if (child.pid == 0) {
        // With privilege: jail-mail gives it up itself, before it reads.
        if (::setsid() > 0) program.execute(connection, -1, -1);
        ::_exit(127);
    }
    carrying_ = std::move(child.pidfd);
    return success();
}

// jail-mail refuses as well, so that the connection is not closed for the last time here: the account may
// have sent descriptors with it, and the last close of a TCP socket takes as long as its sender wants
// (socket(7), SO_LINGER).
void MailCarrier::accept(Time now, EventLog& log) {
    FileDescriptor connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    const bool refuse = !connection || !is_of_account(connection.get(), uid_) || !log.may_mail();
    if (refuse) paused_until_ = now + kPause;
    if (!connection) return;
    if (const auto started = start(connection.get(), refuse); !started)
        log.trouble("mail of " + account_ + ": " + started.error().message());
}

void MailCarrier::tick(Time now) {
    if (is_due(paused_until_, now)) paused_until_.reset();
}

void MailCarrier::reap() {
    siginfo_t ended = {};
    if (::waitid(P_PIDFD, static_cast<id_t>(carrying_.get()), &ended, WEXITED | WNOHANG) == 0 &&
        ended.si_pid == 0)
        return;  // not yet
    carrying_.reset();
}

}  // namespace jail::supervisor
