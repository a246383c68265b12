// SPDX-License-Identifier: Apache-2.0
// Child processes of the tests: clients, sshd, su. Every wait has a deadline, and no child outlives its
// Process.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace jail::testing {

// Seconds: a deadline for what should happen at once, on a machine that is busy. JAIL_PATIENCE=N: N times as
// many, on one that is emulated.
extern const double kPatience;

// True when `condition` came true within `seconds`.
bool eventually(const std::function<bool()>& condition, double seconds = kPatience);

struct Outcome {
    int status = 0;  // of waitpid(2)
    std::string output;
    std::string errors;
    // As a shell tells it: 128 + signal for a death by signal.
    int exit_status() const;
};

class Process {
public:
    // kTerminal: a new terminal, 80x24, as controlling terminal and descriptors 0-2; errors come with the
    // output.
    enum class Stdio { kPipes, kTerminal };

    explicit Process(const std::vector<std::string>& command, Stdio stdio = Stdio::kPipes);
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();

    pid_t pid() const { return pid_; }
    bool running();
    void send_signal(int signal) const;
    void resize(unsigned short columns, unsigned short rows) const;

    void write(std::string_view bytes);
    void close_input();
    // Reads until `text` stands in what came so far. False: the end, or the deadline.
    bool read_until(std::string_view text, double seconds = kPatience);
    const std::string& output() const { return outcome_.output; }
    const std::string& errors() const { return outcome_.errors; }

    // Feeds `input`, closes it, reads to the end and waits. Past the deadline the child is killed.
    Outcome finish(std::string_view input = {}, double seconds = 4 * kPatience);

private:
    bool read_some(int timeout_ms, std::string_view& input);
    void read_from(int& fd, std::string& to);

    pid_t pid_ = -1;
    int input_ = -1;
    int output_ = -1;
    int errors_ = -1;
    bool reaped_ = false;
    Outcome outcome_;
};

Outcome run(const std::vector<std::string>& command, std::string_view input = {});

}  // namespace jail::testing
