// SPDX-License-Identifier: Apache-2.0
// A program on a terminal of its own, and what that terminal shows: a vt52, which has few commands.
#pragma once

#include <termios.h>

#include <string>
#include <vector>

namespace jail::testing {

class PtyProgram {
public:
    // The terminal has these lines and columns. `term`: the program's TERM; of another kind than a vt52 only
    // raw() says something.
    PtyProgram(const std::vector<std::string>& arguments, int lines, int columns,
               const std::string& term = "vt52");
    ~PtyProgram();
    PtyProgram(const PtyProgram&) = delete;
    PtyProgram& operator=(const PtyProgram&) = delete;

    void type(const std::string& bytes) const;
    void resize(int lines, int columns);
    pid_t pid() const { return pid_; }

    // Reads until the screen has this text in one of its lines. False: not within `seconds`.
    bool shows(const std::string& text, double seconds = 20);
    // The same of the bytes that came.
    bool receives(const std::string& text, double seconds = 20);
    // As it is when nothing more comes for a moment.
    std::vector<std::string> screen();
    const std::string& raw() const { return raw_; }

    // Whether its modes are those before the program began.
    bool is_restored() const;
    // waitpid(2)'s, when it has ended; -1: it has not within `seconds`.
    int wait(double seconds = 20);

private:
    bool read(int milliseconds);
    void draw(char byte);
    void escape(char byte);
    void put(char byte);

    int lines_, columns_;
    pid_t pid_ = -1;
    int terminal_ = -1, program_side_ = -1;
    termios before_ = {};
    std::string raw_;
    std::vector<std::string> screen_;
    std::string sequence_;  // of an escape that is not whole yet
    int line_ = 0, column_ = 0;
};

}  // namespace jail::testing
