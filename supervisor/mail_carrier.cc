#include "supervisor/mail_carrier.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libjail/paths.h"
#include "libjail/process.h"

namespace jail {
namespace {

constexpr char kTooMuch[] = "75\n";  // EX_TEMPFAIL of sysexits.h

// Root's processes of the jail are doors: cron sends what its job has printed.
bool is_of_account(int connection, uid_t uid) {
    ucred peer = {};
    socklen_t size = sizeof peer;
    return ::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == uid || peer.uid == 0);
}

// With privilege: jail-mail gives it up itself, before it reads.
[[noreturn]] void become_jail_mail(int connection, const std::string& account) {
    char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    char* const environment[] = {path, nullptr};
    std::string name = account;
    char word[] = "jail-mail";
    char* const arguments[] = {word, name.data(), nullptr};
    process::reset_signals();
    if (::dup2(connection, STDIN_FILENO) == STDIN_FILENO && ::setsid() > 0 && process::close_from(3))
        (void)::execve(paths::kMail, arguments, environment);
    ::_exit(127);
}

}  // namespace

Result<> MailCarrier::start(int connection) {
    process::Child child = JAIL_TRY(process::fork_into(0));
    if (child.pid == 0) become_jail_mail(connection, account_);
    carrying_ = std::move(child.pidfd);
    return success();
}

void MailCarrier::accept(EventLog& log) {
    FileDescriptor connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection || !is_of_account(connection.get(), uid_)) return;
    if (!log.may_mail()) {
        (void)::send(connection.get(), kTooMuch, sizeof kTooMuch - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
        return;
    }
    if (const auto started = start(connection.get()); !started)
        log.trouble("mail of " + account_ + ": " + started.error().message());
}

void MailCarrier::reap() {
    siginfo_t ended = {};
    if (::waitid(P_PIDFD, static_cast<id_t>(carrying_.get()), &ended, WEXITED | WNOHANG) == 0 &&
        ended.si_pid == 0)
        return;  // not yet
    carrying_.reset();
}

}  // namespace jail
