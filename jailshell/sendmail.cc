// /usr/sbin/sendmail of a jail with `mail: true`: hands the message on its standard input to the host's
// sendmail, by the account's supervisor (libjail/mail_request.h). It has no privilege and decides nothing.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "jailshell/sendmail_arguments.h"
#include "libjail/file_descriptor.h"
#include "libjail/unix_address.h"

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

// EPIPE: the host has read enough, and its answer says why.
jail::Result<> write_all(int socket, const char* bytes, std::size_t size) {
    while (size > 0) {
        const ssize_t count = ::write(socket, bytes, size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return jail::errno_error("write", jail::kMailSocket);
        bytes += count;
        size -= static_cast<std::size_t>(count);
    }
    return jail::success();
}

jail::Result<> copy_message(int socket) {
    static char buffer[65536];
    for (;;) {
        const ssize_t count = ::read(STDIN_FILENO, buffer, sizeof buffer);
        if (count == 0) return jail::success();
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return jail::errno_error("read", "standard input");
        JAIL_TRY(write_all(socket, buffer, static_cast<std::size_t>(count)));
    }
}

// -1: none came.
int read_answer(int socket) {
    char text[16] = {};
    std::size_t size = 0;
    while (size < sizeof text - 1) {
        const ssize_t count = ::read(socket, text + size, sizeof text - 1 - size);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        size += static_cast<std::size_t>(count);
    }
    return size == 0 ? -1 : std::atoi(text);
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
            return tell(status, "the host refused the message: it is too large, or broken off");
        default:
            return tell(status,
                        "the host's sendmail refused the mail, with status " + std::to_string(status));
    }
}

}  // namespace

int main(int argc, char** argv) {
    (void)::signal(SIGPIPE, SIG_IGN);
    const auto request = jailshell::parse_sendmail_arguments(argc, argv);
    if (!request) return tell(EX_USAGE, request.error().object());
    const auto socket = connect_to_host();
    if (!socket) return tell(EX_UNAVAILABLE, socket.error().message());
    const std::string head = jail::encode(request.value());
    auto sent = write_all(socket.value().get(), head.data(), head.size());
    if (sent) sent = copy_message(socket.value().get());
    // Where the input could not be read, the connection ends without the half-close: the host drops what it
    // has.
    if (!sent && sent.error().code() != EPIPE) return tell(EX_IOERR, sent.error().message());
    (void)::shutdown(socket.value().get(), SHUT_WR);
    return report(read_answer(socket.value().get()));
}
