// SPDX-License-Identifier: Apache-2.0
// /usr/sbin/sendmail of a jail with `mail: true`: hands the message on its standard input to the host's
// sendmail, by the account's supervisor (libjail/session/mail_request.h). It has no privilege and makes no
// decision.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "jailshell/sendmail_arguments.h"
#include "libjail/base/file_descriptor.h"
#include "libjail/base/files.h"
#include "libjail/base/unix_address.h"

namespace {

int tell(int status, const std::string& line) {
    (void)std::fprintf(stderr, "sendmail: %s\n", line.c_str());
    return status;
}

jail::Result<jail::FileDescriptor> connect_to_host() {
    jail::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) return jail::errno_error("socket");
    const sockaddr_un address = JAIL_TRY(jail::unix_address("connect", jail::kMailSocket));
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return jail::errno_error("connect", jail::kMailSocket);
    return socket;
}

// Before the host is asked, which takes some mails a minute. A message that is too long is cut behind the
// bound: the host refuses and reports it.
jail::Result<std::string> read_message() {
    static char buffer[65536];
    std::string message;
    while (message.size() <= jail::kMostMailBytes) {
        const ssize_t count = ::read(STDIN_FILENO, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return jail::errno_error("read", "standard input");
        if (count == 0) break;
        message.append(buffer, static_cast<std::size_t>(count));
    }
    return message;
}

// -1: no answer came. One line is an answer, even before an error: a host that refuses before it has read
// everything ends with ECONNRESET.
int read_answer(int socket) {
    char text[16] = {};
    for (std::size_t size = 0; size < sizeof text - 1 && std::strchr(text, '\n') == nullptr;) {
        const ssize_t count = ::read(socket, text + size, sizeof text - 1 - size);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        size += static_cast<std::size_t>(count);
    }
    return text[0] == '\0' ? -1 : std::atoi(text);
}

int report(int status) {
    switch (status) {
        case EX_OK:
            return EX_OK;
        case -1:
            return tell(EX_TEMPFAIL, "the host took no mail; try again later");
        case EX_TEMPFAIL:
            return tell(status,
                        "this account has sent as much mail as it may for now, or the host cannot take it; "
                        "try again later");
        case EX_DATAERR:
            return tell(status, "the host refused the message: it is too large, or has too many recipients");
        default:
            return tell(status,
                        "the host's sendmail refused the mail, with status " + std::to_string(status));
    }
}

}  // namespace

int main(int argc, char** argv) {
    (void)::signal(SIGPIPE, SIG_IGN);
    const auto request = jail::jailshell::parse_sendmail_arguments(argc, argv);
    if (!request) return tell(EX_USAGE, request.error().message());
    const auto message = read_message();
    if (!message) return tell(EX_IOERR, message.error().message());
    const auto socket = connect_to_host();
    if (!socket) return tell(EX_UNAVAILABLE, socket.error().message());
    // Where the host reads no more, its answer says why.
    if (jail::write_all(socket.value().get(), jail::encode(request.value()), jail::kMailSocket))
        (void)jail::write_all(socket.value().get(), message.value(), jail::kMailSocket);
    (void)::shutdown(socket.value().get(), SHUT_WR);
    return report(read_answer(socket.value().get()));
}
