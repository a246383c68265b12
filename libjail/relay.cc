#include "libjail/relay.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <string_view>

#include "libjail/file_descriptor.h"

namespace jail {
namespace {

constexpr int kForwarded[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT};

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

struct Terminal {
    FileDescriptor master;
    FileDescriptor slave;
};

Result<Terminal> open_terminal(int outer) {
    Terminal terminal;
    terminal.master.reset(::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!terminal.master) return errno_error("open", "/dev/ptmx");
    const int unlock = 0;
    if (::ioctl(terminal.master.get(), TIOCSPTLCK, &unlock) != 0) return errno_error("unlock", "terminal");
    // By the master, not by name (ioctl_tty(2)): no path is looked up.
    terminal.slave.reset(::ioctl(terminal.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!terminal.slave) return errno_error("open", "terminal");
    termios settings = {};
    if (::tcgetattr(outer, &settings) == 0) (void)::tcsetattr(terminal.slave.get(), TCSANOW, &settings);
    winsize size = {};
    if (::ioctl(outer, TIOCGWINSZ, &size) == 0) (void)::ioctl(terminal.slave.get(), TIOCSWINSZ, &size);
    return terminal;
}

// The child: the parent's end is its end, and its terminals are the jail's.
Result<> become_session(const Terminal* terminal, const FileDescriptor& lifeline, const bool (&foreign)[3]) {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return errno_error("prctl PR_SET_PDEATHSIG");
    pollfd parent = {lifeline.get(), 0, 0};
    if (::poll(&parent, 1, 0) != 0) return Error(EPIPE, "start session,", "its parent ended");
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

// One piece; false when there is no more.
bool copy(int from, int to) {
    char buffer[16384];
    const ssize_t count = ::read(from, buffer, sizeof buffer);
    if (count < 0) return errno == EINTR || errno == EAGAIN;
    return count > 0 && write_all(to, {buffer, static_cast<std::size_t>(count)});
}

// Ends this process as the child ended.
[[noreturn]] void end_like(int status) {
    if (WIFSIGNALED(status)) {
        const int signal = WTERMSIG(status);
        const rlimit no_core = {0, 0};
        (void)::setrlimit(RLIMIT_CORE, &no_core);
        (void)::signal(signal, SIG_DFL);
        sigset_t set;
        (void)::sigemptyset(&set);
        (void)::sigprocmask(SIG_SETMASK, &set, nullptr);
        (void)::kill(::getpid(), signal);
        ::_exit(128 + signal);  // a signal that does not end us
    }
    ::_exit(WEXITSTATUS(status));
}

class Relay {
public:
    Relay(pid_t child, int signals, FileDescriptor master, const bool (&foreign)[3])
        : child_(child), signals_(signals), master_(std::move(master)) {
        for (int fd = 2; fd >= 0; --fd)
            if (foreign[fd]) outer_ = fd;
        input_ = foreign[0] ? 0 : -1;
        output_ = foreign[1] ? 1 : outer_;
    }

    [[noreturn]] void run(WhenEnded then) {
        RawTerminal raw(input_);
        int status = 0;
        while (!ended(status)) {
            pollfd waiting[] = {
                {signals_, POLLIN, 0}, {master_.get(), POLLIN, 0}, {master_ ? input_ : -1, POLLIN, 0}};
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
    // Nothing tells of an end a second time.
    bool ended(int& status) const {
        pid_t pid;
        do pid = ::waitpid(child_, &status, WNOHANG);
        while (pid < 0 && errno == EINTR);
        return pid == child_;
    }

    // The outer terminal is gone: so is the session's, which the kernel tells it by SIGHUP.
    void end_input() {
        input_ = -1;
        master_.reset();
    }

    void handle_signals() {
        signalfd_siginfo information = {};
        if (::read(signals_, &information, sizeof information) != sizeof information) return;
        const int signal = static_cast<int>(information.ssi_signo);
        if (signal == SIGWINCH) {
            winsize size = {};
            if (master_ && ::ioctl(outer_, TIOCGWINSZ, &size) == 0)
                (void)::ioctl(master_.get(), TIOCSWINSZ, &size);
        } else if (signal != SIGCHLD) {
            (void)::kill(child_, signal);
        }
    }

    // What the child wrote before it ended. Not until end of file: a background job may hold the terminal.
    void drain() {
        pollfd waiting = {master_.get(), POLLIN, 0};
        while (master_ && ::poll(&waiting, 1, 0) > 0 && copy(master_.get(), output_)) {
        }
    }

    pid_t child_;
    int signals_;
    FileDescriptor master_;
    int outer_ = -1;   // one of 0-2 that is the outer terminal
    int input_ = -1;   // where keys come from
    int output_ = -1;  // where the inner terminal's output goes
};

Result<FileDescriptor> watch_signals() {
    sigset_t set;
    (void)::sigemptyset(&set);
    (void)::sigaddset(&set, SIGCHLD);
    (void)::sigaddset(&set, SIGWINCH);
    for (const int signal : kForwarded) (void)::sigaddset(&set, signal);
    if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return errno_error("sigprocmask");
    FileDescriptor signals(::signalfd(-1, &set, SFD_CLOEXEC));
    if (!signals) return errno_error("signalfd");
    return signals;
}

}  // namespace

bool has_foreign_terminal() {
    return is_foreign_terminal(0) || is_foreign_terminal(1) || is_foreign_terminal(2) ||
           has_foreign_controlling_terminal();
}

Result<> relay(WhenEnded ended) {
    // The parent will hold the outer terminal: nothing of the account's may look into it (ptrace(2),
    // /proc/PID/fd).
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return errno_error("prctl PR_SET_DUMPABLE");
    const bool foreign[3] = {is_foreign_terminal(0), is_foreign_terminal(1), is_foreign_terminal(2)};
    Terminal terminal;
    const bool with_terminal = foreign[0] || foreign[1] || foreign[2];
    if (with_terminal) terminal = JAIL_TRY(open_terminal(foreign[0] ? 0 : foreign[1] ? 1 : 2));
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return errno_error("pipe2");
    const FileDescriptor lifeline(ends[0]);
    FileDescriptor held(ends[1]);
    const FileDescriptor signals = JAIL_TRY(watch_signals());
    const pid_t child = ::fork();
    if (child < 0) return errno_error("fork");
    if (child == 0) {
        held.reset();
        sigset_t none;
        (void)::sigemptyset(&none);
        (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
        return become_session(with_terminal ? &terminal : nullptr, lifeline, foreign);
    }
    terminal.slave.reset();
    Relay(child, signals.get(), std::move(terminal.master), foreign).run(ended);
}

}  // namespace jail
