// SPDX-License-Identifier: Apache-2.0
#include "libjail/session/relay.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <string_view>

namespace jail {
namespace {

constexpr int kWatched[] = {SIGCHLD, SIGWINCH, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT};

sigset_t watched_signals() {
    sigset_t set;
    (void)::sigemptyset(&set);
    for (const int signal : kWatched) (void)::sigaddset(&set, signal);
    return set;
}

bool is_foreign_terminal(int fd) {
    struct stat status = {}, pts = {};
    if (::isatty(fd) == 0 || ::fstat(fd, &status) != 0) return false;
    return ::stat("/dev/pts", &pts) != 0 || status.st_dev != pts.st_dev;
}

// /dev/tty leads to it though no descriptor does (`su -c ... < /dev/null > /dev/null 2>&1` from a terminal).
// It is the jail's only if a descriptor shows that terminal as our session's.
bool has_foreign_controlling_terminal() {
    const FileDescriptor controlling(::open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (!controlling) return false;
    for (int fd = 0; fd < 3; ++fd)
        if (::isatty(fd) != 0 && !is_foreign_terminal(fd) && ::tcgetsid(fd) == ::getsid(0)) return false;
    return true;
}

// The outer terminal while the session runs: raw, so that every key reaches the inner one, and as it was
// afterwards.
class RawTerminal {
public:
    explicit RawTerminal(int fd) : fd_(fd) {
        if (fd_ < 0 || ::tcgetattr(fd_, &saved_) != 0) return;
        termios raw = saved_;
        ::cfmakeraw(&raw);
        changed_ = ::tcsetattr(fd_, TCSANOW, &raw) == 0;
    }
    ~RawTerminal() { restore(); }
    void restore() {
        if (changed_) (void)::tcsetattr(fd_, TCSADRAIN, &saved_);
        changed_ = false;
    }

private:
    int fd_;
    termios saved_ = {};
    bool changed_ = false;
};

void make_alike(int terminal, int outer) {
    termios settings = {};
    if (::tcgetattr(outer, &settings) == 0) (void)::tcsetattr(terminal, TCSANOW, &settings);
    winsize size = {};
    if (::ioctl(outer, TIOCGWINSZ, &size) == 0) (void)::ioctl(terminal, TIOCSWINSZ, &size);
}

// The child: its terminals are the jail's.
Result<> become_session(const Terminal* terminal, const bool (&foreign)[3]) {
    // Away from the outer terminal, even where no descriptor is one: /dev/tty must not lead there.
    if (::setsid() < 0) return errno_error("setsid");
    if (terminal == nullptr) return success();
    if (::ioctl(terminal->slave.get(), TIOCSCTTY, 0) != 0) return errno_error("take", "terminal");
    for (int fd = 0; fd < 3; ++fd)
        if (foreign[fd] && ::dup2(terminal->slave.get(), fd) < 0) return errno_error("dup2", "terminal");
    return success();
}

bool write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

// One piece; false at the end.
bool copy(int from, int to) {
    char buffer[16384];
    const ssize_t count = ::read(from, buffer, sizeof buffer);
    if (count < 0) return errno == EINTR || errno == EAGAIN;
    return count > 0 && write_all(to, {buffer, static_cast<std::size_t>(count)});
}

class Relay {
public:
    Relay(SessionChild child, FileDescriptor master, const bool (&foreign)[3])
        : child_(std::move(child)), master_(std::move(master)) {
        for (int fd = 2; fd >= 0; --fd)
            if (foreign[fd]) outer_ = fd;
        input_ = foreign[0] ? 0 : -1;
        output_ = foreign[1] ? 1 : outer_;
    }

    [[noreturn]] void run(WhenEnded then) {
        RawTerminal raw(input_);
        int status = 0;
        while (!has_ended(child_.pid, status)) {
            pollfd waiting[] = {{child_.signals.get(), POLLIN, 0},
                                {master_.get(), POLLIN, 0},
                                {master_ ? input_ : -1, POLLIN, 0}};
            if (::poll(waiting, 3, -1) < 0) continue;
            if (waiting[0].revents != 0) handle_signals();
            if (waiting[1].revents != 0 && !copy(master_.get(), output_)) master_.reset();
            if (waiting[2].revents != 0 && master_ && !copy(input_, master_.get())) end_input();
        }
        drain();
        raw.restore();
        if (then.tell != nullptr) then.tell(then.context, status);
        end_like(status);
    }

private:
    // The outer terminal is gone: so is the session's, which the kernel tells it by SIGHUP.
    void end_input() {
        input_ = -1;
        master_.reset();
    }

    void handle_signals() {
        signalfd_siginfo information = {};
        if (::read(child_.signals.get(), &information, sizeof information) != sizeof information) return;
        const int signal = static_cast<int>(information.ssi_signo);
        if (signal == SIGWINCH) {
            winsize size = {};
            if (master_ && ::ioctl(outer_, TIOCGWINSZ, &size) == 0)
                (void)::ioctl(master_.get(), TIOCSWINSZ, &size);
        } else if (signal != SIGCHLD) {
            (void)::kill(child_.pid, signal);
        }
    }

    // Output that the child wrote before it ended. Not until end of file: a background job may hold the
    // terminal.
    void drain() {
        pollfd waiting = {master_.get(), POLLIN, 0};
        while (master_ && ::poll(&waiting, 1, 0) > 0 && copy(master_.get(), output_)) {
        }
    }

    SessionChild child_;
    FileDescriptor master_;
    int outer_ = -1;   // one of 0-2 that is the outer terminal
    int input_ = -1;   // where keys come from
    int output_ = -1;  // where the inner terminal's output goes
};

}  // namespace

bool has_foreign_terminal() {
    return is_foreign_terminal(0) || is_foreign_terminal(1) || is_foreign_terminal(2) ||
           has_foreign_controlling_terminal();
}

Result<Terminal> take_terminal() {
    Terminal terminal;
    terminal.master.reset(::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!terminal.master) return errno_error("open", "/dev/ptmx");
    const int unlock = 0;
    if (::ioctl(terminal.master.get(), TIOCSPTLCK, &unlock) != 0) return errno_error("unlock", "terminal");
    // By the master, not by name (ioctl_tty(2)): no path is looked up.
    terminal.slave.reset(::ioctl(terminal.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!terminal.slave) return errno_error("open", "terminal");
    return terminal;
}

Result<> relay(WhenEnded ended, Terminal terminal) {
    // The parent will hold the outer terminal: processes of the account must not look into it (ptrace(2),
    // /proc/PID/fd).
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return errno_error("prctl PR_SET_DUMPABLE");
    const bool foreign[3] = {is_foreign_terminal(0), is_foreign_terminal(1), is_foreign_terminal(2)};
    const bool with_terminal = foreign[0] || foreign[1] || foreign[2];
    if (with_terminal && !terminal.master) terminal = JAIL_TRY(take_terminal());
    if (with_terminal) make_alike(terminal.slave.get(), foreign[0] ? 0 : foreign[1] ? 1 : 2);
    SessionChild child = JAIL_TRY(fork_session_child(watched_signals()));
    if (child.pid == 0) return become_session(with_terminal ? &terminal : nullptr, foreign);
    terminal.slave.reset();
    Relay(std::move(child), std::move(terminal.master), foreign).run(ended);
}

}  // namespace jail
