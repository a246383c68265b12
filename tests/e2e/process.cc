// SPDX-License-Identifier: Apache-2.0
#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

namespace jail::testing {

const double kPatience = [] {
    const char* times = std::getenv("JAIL_PATIENCE");
    return 15 * (times != nullptr ? std::max(1.0, std::strtod(times, nullptr)) : 1);
}();
namespace {

using Clock = std::chrono::steady_clock;

Clock::time_point deadline_in(double seconds) {
    return Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

void close_now(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
}

}  // namespace

bool eventually(const std::function<bool()>& condition, double seconds) {
    const auto deadline = deadline_in(seconds);
    while (!condition()) {
        if (Clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

int Outcome::exit_status() const {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Process::Process(const std::vector<std::string>& command, Stdio stdio) {
    // All memory is had before the fork: another thread may hold the allocator's lock.
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    if (stdio == Stdio::kTerminal) {
        const winsize size = {24, 80, 0, 0};
        pid_ = ::forkpty(&output_, nullptr, nullptr, &size);
        if (pid_ == 0) {
            ::execvp(arguments[0], arguments.data());
            ::_exit(127);
        }
        (void)::fcntl(output_, F_SETFD, FD_CLOEXEC);
        input_ = ::fcntl(output_, F_DUPFD_CLOEXEC, 3);
        return;
    }
    int in[2], out[2], err[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
        if (::dup2(in[0], 0) < 0 || ::dup2(out[1], 1) < 0 || ::dup2(err[1], 2) < 0) ::_exit(126);
        ::execvp(arguments[0], arguments.data());
        ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    ::close(err[1]);
    input_ = in[1];
    output_ = out[0];
    errors_ = err[0];
    (void)::fcntl(input_, F_SETFL, O_NONBLOCK);
}

Process::~Process() {
    if (pid_ > 0 && !reaped_) {
        (void)::kill(pid_, SIGKILL);
        (void)::waitpid(pid_, nullptr, 0);
    }
    close_now(input_);
    close_now(output_);
    close_now(errors_);
}

bool Process::running() {
    if (!reaped_ && ::waitpid(pid_, &outcome_.status, WNOHANG) == pid_) reaped_ = true;
    return !reaped_;
}

void Process::send_signal(int signal) const {
    (void)::kill(pid_, signal);
}

void Process::resize(unsigned short columns, unsigned short rows) const {
    const winsize size = {rows, columns, 0, 0};
    (void)::ioctl(output_, TIOCSWINSZ, &size);
}

void Process::write(std::string_view bytes) {
    const auto deadline = deadline_in(kPatience);
    while (!bytes.empty() && Clock::now() < deadline)
        if (!read_some(100, bytes) && input_ < 0) return;
}

void Process::close_input() {
    close_now(input_);
}

void Process::read_from(int& fd, std::string& to) {
    char buffer[65536];
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count > 0)
        to.append(buffer, static_cast<std::size_t>(count));
    else if (count < 0 && errno == EIO && running())  // login(1) hangs its terminal up, and opens it anew
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    else if (count == 0 || errno != EINTR)  // EIO: the last holder of a terminal closed it
        close_now(fd);
}

// One step of feeding and reading; false at the end of output.
bool Process::read_some(int timeout_ms, std::string_view& input) {
    pollfd waiting[] = {
        {output_, POLLIN, 0}, {errors_, POLLIN, 0}, {input.empty() ? -1 : input_, POLLOUT, 0}};
    (void)::poll(waiting, 3, timeout_ms);
    if (waiting[0].revents != 0) read_from(output_, outcome_.output);
    if (waiting[1].revents != 0) read_from(errors_, outcome_.errors);
    if (waiting[2].revents != 0) {
        const ssize_t count = ::write(input_, input.data(), std::min<std::size_t>(input.size(), 65536));
        if (count > 0) input.remove_prefix(static_cast<std::size_t>(count));
        if (count < 0 && errno != EAGAIN && errno != EINTR) close_now(input_);
    }
    return output_ >= 0 || errors_ >= 0;
}

bool Process::read_until(std::string_view text, double seconds) {
    const auto deadline = deadline_in(seconds);
    std::string_view nothing;
    bool more = true;
    while (outcome_.output.find(text) == std::string::npos) {
        if (!more || Clock::now() > deadline) return false;
        more = read_some(50, nothing);
    }
    return true;
}

Outcome Process::finish(std::string_view input, double seconds) {
    const auto deadline = deadline_in(seconds);
    if (input.empty() && errors_ >= 0) close_input();
    while (read_some(50, input) && Clock::now() < deadline)
        if (input.empty() && errors_ >= 0) close_input();
    if (Clock::now() >= deadline) outcome_.errors += "(not read to its end before the deadline)";
    close_input();
    if (!reaped_ && !eventually([this] { return !running(); }, seconds)) {
        outcome_.errors += "(killed at the deadline)";
        (void)::kill(pid_, SIGKILL);
        (void)::waitpid(pid_, &outcome_.status, 0);
        reaped_ = true;
    }
    return outcome_;
}

Outcome run(const std::vector<std::string>& command, std::string_view input) {
    return Process(command).finish(input);
}

}  // namespace jail::testing
