// SPDX-License-Identifier: Apache-2.0
#include "pty_program.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>

namespace jail::testing {

namespace {

using Clock = std::chrono::steady_clock;

Clock::time_point after(double seconds) {
    return Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

PtyProgram::PtyProgram(const std::vector<std::string>& arguments, int lines, int columns,
                       const std::string& term)
    : lines_(lines), columns_(columns) {
    const winsize size = {static_cast<unsigned short>(lines), static_cast<unsigned short>(columns), 0, 0};
    if (::openpty(&terminal_, &program_side_, nullptr, nullptr, &size) != 0) return;
    (void)::fcntl(terminal_, F_SETFD, FD_CLOEXEC);
    (void)::tcgetattr(program_side_, &before_);
    screen_.assign(static_cast<std::size_t>(lines), std::string(static_cast<std::size_t>(columns), ' '));
    std::vector<char*> words;
    for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ != 0) return;
    (void)::setsid();
    (void)::ioctl(program_side_, TIOCSCTTY, 0);
    for (int fd = 0; fd < 3; ++fd) (void)::dup2(program_side_, fd);
    (void)::close(program_side_);
    (void)::setenv("TERM", term.c_str(), 1);
    (void)::execvp(words[0], words.data());
    ::_exit(127);
}

PtyProgram::~PtyProgram() {
    if (pid_ > 0) {
        (void)::kill(pid_, SIGKILL);
        (void)::waitpid(pid_, nullptr, 0);
    }
    (void)::close(terminal_);
    (void)::close(program_side_);
}

void PtyProgram::type(const std::string& bytes) const {
    (void)!::write(terminal_, bytes.data(), bytes.size());
}

void PtyProgram::resize(int lines, int columns) {
    lines_ = lines;
    columns_ = columns;
    screen_.assign(static_cast<std::size_t>(lines), std::string(static_cast<std::size_t>(columns), ' '));
    const winsize size = {static_cast<unsigned short>(lines), static_cast<unsigned short>(columns), 0, 0};
    (void)::ioctl(terminal_, TIOCSWINSZ, &size);
}

void PtyProgram::put(char byte) {
    if (line_ >= 0 && line_ < lines_ && column_ >= 0 && column_ < columns_)
        screen_[static_cast<std::size_t>(line_)][static_cast<std::size_t>(column_)] = byte;
    if (column_ < columns_) ++column_;
}

// Y and a place, H home, J and K erase to the end of the screen and of the line, A to D move, I scrolls back.
void PtyProgram::escape(char byte) {
    sequence_ += byte;
    const char kind = sequence_[1];
    if (kind == 'Y' && sequence_.size() < 4) return;
    if (kind == 'Y') {
        const auto place = [&](std::size_t at) { return static_cast<unsigned char>(sequence_[at]) - ' '; };
        line_ = std::clamp(place(2), 0, lines_ - 1);
        column_ = std::clamp(place(3), 0, columns_ - 1);
    }
    if (kind == 'H') line_ = column_ = 0;
    if (kind == 'A') line_ = std::max(0, line_ - 1);
    if (kind == 'B') line_ = std::min(lines_ - 1, line_ + 1);
    if (kind == 'C') column_ = std::min(columns_ - 1, column_ + 1);
    if (kind == 'D') column_ = std::max(0, column_ - 1);
    if ((kind == 'J' || kind == 'K') && line_ < lines_) {
        std::string& line = screen_[static_cast<std::size_t>(line_)];
        const auto from = static_cast<std::size_t>(std::min(column_, columns_));
        line.replace(from, line.size() - from, line.size() - from, ' ');
    }
    if (kind == 'J')
        for (int i = line_ + 1; i < lines_; ++i)
            screen_[static_cast<std::size_t>(i)].assign(static_cast<std::size_t>(columns_), ' ');
    if (kind == 'I') {
        screen_.pop_back();
        screen_.insert(screen_.begin(), std::string(static_cast<std::size_t>(columns_), ' '));
    }
    sequence_.clear();
}

void PtyProgram::draw(char byte) {
    if (!sequence_.empty()) return escape(byte);
    if (byte == '\x1b') {
        sequence_ = byte;
    } else if (byte == '\r') {
        column_ = 0;
    } else if (byte == '\b') {
        column_ = std::max(0, column_ - 1);
    } else if (byte == '\t') {
        column_ = std::min(columns_ - 1, column_ / 8 * 8 + 8);
    } else if (byte == '\n') {
        if (line_ + 1 < lines_) {
            ++line_;
        } else {
            screen_.erase(screen_.begin());
            screen_.emplace_back(static_cast<std::size_t>(columns_), ' ');
        }
    } else if (static_cast<unsigned char>(byte) >= ' ') {
        put(byte);
    }
}

bool PtyProgram::read(int milliseconds) {
    pollfd ready = {terminal_, POLLIN, 0};
    if (::poll(&ready, 1, milliseconds) <= 0) return false;
    char bytes[4096];
    const ssize_t count = ::read(terminal_, bytes, sizeof bytes);
    if (count <= 0) return false;
    raw_.append(bytes, static_cast<std::size_t>(count));
    for (ssize_t i = 0; i < count; ++i) draw(bytes[i]);
    return true;
}

bool PtyProgram::shows(const std::string& text, double seconds) {
    const auto is_there = [&] {
        return std::any_of(screen_.begin(), screen_.end(),
                           [&](const std::string& line) { return line.find(text) != std::string::npos; });
    };
    for (const auto deadline = after(seconds); !is_there();) {
        if (Clock::now() > deadline) return false;
        (void)read(50);
    }
    return true;
}

bool PtyProgram::receives(const std::string& text, double seconds) {
    for (const auto deadline = after(seconds); raw_.find(text) == std::string::npos;) {
        if (Clock::now() > deadline) return false;
        (void)read(50);
    }
    return true;
}

std::vector<std::string> PtyProgram::screen() {
    while (read(150)) {
    }
    return screen_;
}

bool PtyProgram::is_restored() const {
    termios now = {};
    (void)::tcgetattr(program_side_, &now);
    return now.c_iflag == before_.c_iflag && now.c_oflag == before_.c_oflag &&
           now.c_lflag == before_.c_lflag && now.c_cflag == before_.c_cflag &&
           std::memcmp(now.c_cc, before_.c_cc, sizeof now.c_cc) == 0;
}

int PtyProgram::wait(double seconds) {
    int status = -1;
    for (const auto deadline = after(seconds); Clock::now() < deadline;) {
        (void)read(20);  // a full terminal would hold it up
        if (::waitpid(pid_, &status, WNOHANG) != pid_) continue;
        pid_ = -1;
        while (read(0)) {
        }
        return status;
    }
    return -1;
}

}  // namespace jail::testing
