// jail-mail ACCOUNT: carries one mail of a jail, the connection on its standard input, to the host's sendmail
// (libjail/mail_request.h). Started by jail-supervisor, as root, in the host's namespaces; it gives up
// root before it reads a byte.
//
// It runs as nobody rather than as the account: some programs of the name sendmail read files of the home of
// the user who calls them (msmtp, esmtp), and run the commands that stand there, outside of the jail.
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "libjail/file_descriptor.h"
#include "libjail/mail_request.h"

namespace jail {
namespace {

constexpr uid_t kNobody = 65534;  // the same on every Debian (Debian policy, 9.2.2), and its group nogroup
constexpr unsigned kReadSeconds = 60;
constexpr unsigned kSendSeconds = 120;

Result<> drop_privilege() {
    if (::setgroups(0, nullptr) != 0) return errno_error("setgroups");
    if (::setresgid(kNobody, kNobody, kNobody) != 0) return errno_error("setresgid");
    if (::setresuid(kNobody, kNobody, kNobody) != 0) return errno_error("setresuid");
    // Another process of nobody's must not read what one account sends.
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return errno_error("prctl PR_SET_DUMPABLE");
    return success();
}

// Whether the client has closed both directions: it broke off, where one that waits for the answer has only
// shut down its own.
bool has_hung_up(int connection) {
    pollfd peer = {connection, 0, 0};
    return ::poll(&peer, 1, 0) < 0 || (peer.revents & (POLLHUP | POLLERR)) != 0;
}

// Everything until the end. Ended by SIGALRM where that does not come.
Result<std::string> read_all(int connection) {
    (void)::alarm(kReadSeconds);
    std::string bytes;
    char buffer[65536];
    for (;;) {
        const ssize_t count = ::read(connection, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno_error("read", "mail");
        if (count == 0) break;
        bytes.append(buffer, static_cast<std::size_t>(count));
        if (bytes.size() > kMostMailBytes) return Error(EFBIG, "read", "mail");
    }
    if (has_hung_up(connection)) return Error(ECONNRESET, "read", "mail");
    return bytes;
}

[[noreturn]] void become_sendmail(const std::string& account, const MailRequest& request, int input) {
    std::vector<std::string> words = {kSendmail, "-i", "-f", account};
    if (!request.full_name.empty()) words.push_back("-F" + request.full_name);
    if (request.recipients_in_header) words.emplace_back("-t");
    words.emplace_back("--");
    words.insert(words.end(), request.recipients.begin(), request.recipients.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", home[] = "HOME=/nonexistent";
    char* const environment[] = {path, home, nullptr};
    if (::dup2(input, STDIN_FILENO) == STDIN_FILENO && ::signal(SIGPIPE, SIG_DFL) != SIG_ERR)
        (void)::execve(kSendmail, arguments.data(), environment);
    ::_exit(EX_UNAVAILABLE);
}

// False when sendmail reads no more: its status says why.
bool feed(int pipe, std::string_view message) {
    while (!message.empty()) {
        const ssize_t count = ::write(pipe, message.data(), message.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        message.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

// The exit status of the host's sendmail.
Result<int> send(const std::string& account, const MailRequest& request, std::string_view message) {
    (void)::alarm(kSendSeconds);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return errno_error("pipe2");
    FileDescriptor output(ends[0]), input(ends[1]);
    const pid_t child = ::fork();
    if (child < 0) return errno_error("fork");
    if (child == 0) become_sendmail(account, request, output.get());
    output.reset();
    (void)feed(input.get(), message);
    input.reset();
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return errno_error("waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
}

int carry(const std::string& account, int connection) {
    if (const auto dropped = drop_privilege(); !dropped) {
        ::syslog(LOG_ERR, "mail of %s: %s", account.c_str(), dropped.error().message().c_str());
        return EX_OSERR;
    }
    const auto bytes = read_all(connection);
    std::string_view message = bytes ? std::string_view(bytes.value()) : std::string_view();
    const auto request = bytes ? take_mail_request(message) : Result<MailRequest>(bytes.error());
    if (!request) {
        ::syslog(LOG_NOTICE, "mail of %s: %s", account.c_str(), request.error().message().c_str());
        return EX_DATAERR;
    }
    const auto status = send(account, request.value(), message);
    if (!status) ::syslog(LOG_ERR, "mail of %s: %s", account.c_str(), status.error().message().c_str());
    const int result = status ? status.value() : EX_OSERR;
    ::syslog(LOG_INFO, "mail of %s: %zu bytes; %s ended with status %d", account.c_str(), message.size(),
             kSendmail, result);
    return result;
}

}  // namespace
}  // namespace jail

int main(int argc, char** argv) {
    if (argc != 2) return EX_USAGE;
    ::openlog("jail-mail", LOG_PID, LOG_MAIL);
    // The answer stays on a descriptor that sendmail does not have.
    const jail::FileDescriptor connection(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
    (void)::signal(SIGPIPE, SIG_IGN);
    const int status = connection ? jail::carry(argv[1], connection.get()) : EX_OSERR;
    const std::string answer = std::to_string(status) + "\n";
    (void)!::write(connection.get(), answer.data(), answer.size());  // one who is gone needs none
    return status;
}
