// SPDX-License-Identifier: Apache-2.0
// jail-mail ACCOUNT: carries one mail of a jail, the connection on its standard input, to the host's sendmail
// (libjail/session/mail_request.h). Started by jail-supervisor, as root, in the host's namespaces; it gives
// up root before it reads a byte. jail-mail --refuse ACCOUNT: only answers that the account sends too many
// mails.
//
// It runs as nobody rather than as the account: some programs of the name sendmail read files of the home of
// the user who calls them (msmtp, esmtp), and run the commands that stand there, outside of the jail.
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/ipc.h"
#include "libjail/base/process.h"
#include "libjail/session/mail_request.h"

namespace jail::supervisor {
namespace {

constexpr uid_t kNobody = 65534;  // the same on every Debian (Debian policy, 9.2.2), and its group nogroup
constexpr long kReadSeconds = 60;
constexpr long kSendSeconds = 120;

volatile std::sig_atomic_t time_is_over = 0;

// From then on read(2), write(2) and waitpid(2) return with EINTR, again and again: one signal could come
// before the call.
void allow_seconds(long seconds) {
    struct sigaction action = {};
    action.sa_handler = [](int) { time_is_over = 1; };
    const itimerval clock = {{1, 0}, {seconds, 0}};
    (void)::sigaction(SIGALRM, &action, nullptr);
    (void)::setitimer(ITIMER_REAL, &clock, nullptr);
    time_is_over = 0;  // the seconds before, which may have ended after the last read
}

Result<> drop_privilege() {
    // The first door's limit is not meant for the processes of nobody. Where it cannot be raised it stays.
    constexpr rlimit kAny = {RLIM_INFINITY, RLIM_INFINITY};
    (void)::setrlimit(RLIMIT_NPROC, &kAny);
    if (::setgroups(0, nullptr) != 0) return errno_error("setgroups");
    if (::setresgid(kNobody, kNobody, kNobody) != 0) return errno_error("setresgid");
    if (::setresuid(kNobody, kNobody, kNobody) != 0) return errno_error("setresuid");
    // Keeps other processes of the uid nobody from reading this one; sendmail, once executed, has its own
    // setting.
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return errno_error("prctl PR_SET_DUMPABLE");
    return success();
}

// Whether the client has closed both directions: it broke off, where one that waits for the answer has only
// shut down its own.
bool has_hung_up(int connection) {
    pollfd peer = {connection, 0, 0};
    return ::poll(&peer, 1, 0) < 0 || (peer.revents & (POLLHUP | POLLERR)) != 0;
}

// Everything until the end.
Result<std::string> read_all(int connection) {
    allow_seconds(kReadSeconds);
    std::string bytes;
    char buffer[65536];
    for (;;) {
        const ssize_t count = ::read(connection, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR && time_is_over == 0) continue;
        if (count < 0) return Error(errno == EINTR ? ETIMEDOUT : errno, "read", "mail");
        if (count == 0) break;
        bytes.append(buffer, static_cast<std::size_t>(count));
        if (bytes.size() > kMostMailBytes) return Error(EFBIG, "read", "mail");
    }
    if (has_hung_up(connection)) return Error(ECONNRESET, "read", "mail");
    return bytes;
}

std::vector<std::string> command_line(const std::string& account, const MailRequest& request) {
    std::vector<std::string> words = {kSendmail, "-i", "-f", account};
    words.push_back("-F" + (request.full_name.empty() ? account : request.full_name));
    if (request.recipients_in_header) words.emplace_back("-t");
    words.emplace_back("--");
    words.insert(words.end(), request.recipients.begin(), request.recipients.end());
    return words;
}

// False when sendmail reads no more: its status says why.
bool feed(int pipe, std::string_view message) {
    while (!message.empty()) {
        const ssize_t count = ::write(pipe, message.data(), message.size());
        if (count < 0 && errno == EINTR && time_is_over == 0) continue;
        if (count < 0) return false;
        message.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

// The exit status of the host's sendmail; EX_TEMPFAIL: it took too long, and was ended.
Result<int> wait_for(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return errno_error("waitpid");
        if (time_is_over != 0) (void)::kill(child, SIGKILL);
    }
    if (time_is_over != 0 && WIFSIGNALED(status)) return EX_TEMPFAIL;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
}

Result<int> send(const std::string& account, const MailRequest& request, std::string_view message) {
    allow_seconds(kSendSeconds);
    const process::Program sendmail(kSendmail, command_line(account, request), {"HOME=/nonexistent"});
    Pipe text = JAIL_TRY(make_pipe());
    const pid_t child = ::fork();
    if (child < 0) return errno_error("fork");
    if (child == 0) {
        ::umask(022);
        sendmail.execute(text.read_end.get(), -1, -1);
        ::_exit(EX_UNAVAILABLE);
    }
    text.read_end.reset();
    // Before the pipe is closed, by which the message would end: half of one is not to be sent.
    if (!feed(text.write_end.get(), message) && time_is_over != 0) (void)::kill(child, SIGKILL);
    text.write_end.reset();
    return wait_for(child);
}

Result<MailRequest> take_request(std::string_view& message) {
    MailRequest request = JAIL_TRY(take_mail_request(message));
    if (request.recipients_in_header && recipients_in_header(message) > kMostRecipients)
        return refused(E2BIG, "the header has too many recipients");
    return request;
}

int carry(const std::string& account, int connection) {
    if (const auto dropped = drop_privilege(); !dropped) {
        ::syslog(LOG_ERR, "mail of %s: %s", account.c_str(), dropped.error().message().c_str());
        return EX_OSERR;
    }
    const auto bytes = read_all(connection);
    std::string_view message = bytes ? std::string_view(bytes.value()) : std::string_view();
    const auto request = bytes ? take_request(message) : Result<MailRequest>(bytes.error());
    if (!request) {
        ::syslog(LOG_NOTICE, "mail of %s: %s", account.c_str(), request.error().message().c_str());
        return request.error().code() == ETIMEDOUT ? EX_TEMPFAIL : EX_DATAERR;
    }
    const auto status = send(account, request.value(), message);
    if (!status) ::syslog(LOG_ERR, "mail of %s: %s", account.c_str(), status.error().message().c_str());
    const int result = status ? status.value() : EX_OSERR;
    ::syslog(LOG_INFO, "mail of %s: %zu bytes; %s ended with status %d", account.c_str(), message.size(),
             kSendmail, result);
    return result;
}

}  // namespace
}  // namespace jail::supervisor

int main(int argc, char** argv) {
    const bool refuse = argc == 3 && std::string_view(argv[1]) == "--refuse";
    if (argc != 2 && !refuse) return EX_USAGE;
    ::openlog("jail-mail", LOG_PID, LOG_MAIL);
    // The answer stays on a descriptor that sendmail does not have.
    const jail::FileDescriptor connection(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
    (void)::signal(SIGPIPE, SIG_IGN);
    const int status = !connection ? EX_OSERR
                       : refuse    ? EX_TEMPFAIL
                                   : jail::supervisor::carry(argv[1], connection.get());
    const std::string answer = std::to_string(status) + "\n";
    (void)!::write(connection.get(), answer.data(), answer.size());  // a client that is gone does not need it
    return status;
}
