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
constexpr long long kPauseMs = 1000;

// Root's processes of the jail are doors: cron sends what its job has printed.
bool is_of_account(int connection, uid_t uid) {
    ucred peer = {};
    socklen_t size = sizeof peer;
    return ::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == uid || peer.uid == 0);
}

// With privilege: jail-mail gives it up itself, before it reads.
[[noreturn]] void become_jail_mail(int connection, const std::string& account, bool refuse) {
    char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    char* const environment[] = {path, nullptr};
    std::vector<std::string> words = {"jail-mail", account};
    if (refuse) words.insert(words.begin() + 1, "--refuse");
    const std::vector<char*> arguments = process::pointers(words);
    process::reset_signals();
    if (::dup2(connection, STDIN_FILENO) == STDIN_FILENO && ::setsid() > 0 && process::close_from(3))
        (void)::execve(paths::kMail, arguments.data(), environment);
    ::_exit(127);
}

}  // namespace

Result<> MailCarrier::start(int connection, bool refuse) {
    process::Child child = JAIL_TRY(process::fork_into(0));
    if (child.pid == 0) become_jail_mail(connection, account_, refuse);
    carrying_ = std::move(child.pidfd);
    return success();
}

// jail-mail refuses as well, so that the connection is not closed for the last time here: the account may
// have sent descriptors with it, and the last close of a TCP socket takes as long as its sender wants
// (socket(7), SO_LINGER).
void MailCarrier::accept(long long now_ms, EventLog& log) {
    FileDescriptor connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    const bool refuse = !connection || !is_of_account(connection.get(), uid_) || !log.may_mail();
    if (refuse) paused_until_ms_ = now_ms + kPauseMs;
    if (!connection) return;
    if (const auto started = start(connection.get(), refuse); !started)
        log.trouble("mail of " + account_ + ": " + started.error().message());
}

void MailCarrier::tick(long long now_ms) {
    if (now_ms >= paused_until_ms_) paused_until_ms_ = -1;
}

void MailCarrier::reap() {
    siginfo_t ended = {};
    if (::waitid(P_PIDFD, static_cast<id_t>(carrying_.get()), &ended, WEXITED | WNOHANG) == 0 &&
        ended.si_pid == 0)
        return;  // not yet
    carrying_.reset();
}

}  // namespace jail::supervisor
