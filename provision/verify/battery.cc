// SPDX-License-Identifier: Apache-2.0
#include "provision/verify/battery.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "libjail/base/escape.h"
#include "libjail/base/files.h"
#include "libjail/base/ipc.h"
#include "libjail/base/process.h"
#include "libjail/confine/confinement.h"
#include "libjail/confine/credentials.h"
#include "libjail/session/client.h"
#include "provision/base/problem.h"
#include "provision/verify/attempt.h"
#include "provision/verify/child.h"
#include "provision/verify/line_reader.h"

namespace jail::provision {

namespace {

constexpr auto kPatience = 120s;
constexpr std::size_t kMostSeen = 300;
constexpr char kStates[] = {'o', 'n', 'u', 'w'};  // in the order of RowState
constexpr char kTrouble[] = "trouble";            // instead of a code: no attempt was made

void tell(int output, const std::string& code, const Observation& finding) {
    const std::string line = code + "\t" + kStates[static_cast<int>(finding.state)] + "\t" +
                             ::jail::printable(finding.seen, kMostSeen) + "\n";
    (void)!::write(output, line.data(), line.size());
}

struct Told {
    std::string code;
    Observation finding;
};
std::optional<Told> decode(const std::string& line) {
    const std::size_t code = line.find('\t');
    if (code == std::string::npos || line.size() < code + 3 || line[code + 2] != '\t') return std::nullopt;
    const auto state = std::find(std::begin(kStates), std::end(kStates), line[code + 1]);
    if (state == std::end(kStates)) return std::nullopt;
    return Told{line.substr(0, code),
                {static_cast<RowState>(state - std::begin(kStates)),
                 ::jail::printable(std::string_view(line).substr(code + 3), kMostSeen)}};
}

// As the account, like every process of a session. Its memory is not the account's to read: after the change
// of ids it is not dumpable.
[[noreturn]] void attempt_all(const InstanceRecord& record, const Attempts& attempts, int output) {
    const auto become = credentials::become(record.uid, record.gid, record.groups);
    const auto confined = become ? verify_confinement(record) : become;
    (void)::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (!confined) {
        tell(output, kTrouble, wrong(confined.error().message()));
        ::_exit(1);
    }
    for (const Attempt& attempt : attempts) tell(output, attempt.code, attempt.run());
    ::_exit(0);
}

// The number in the first of these files that is there; "max" and the like are no number.
std::optional<std::uint64_t> read_held(const Cgroup& cgroup, std::initializer_list<const char*> files) {
    for (const std::string& directory : cgroup.directories())
        for (const char* file : files)
            if (const auto text = read_small_file(directory + "/" + file)) {
                char* end = nullptr;
                const std::uint64_t number = std::strtoull(text.value().c_str(), &end, 10);
                if (end != text.value().c_str()) return number;
            }
    return std::nullopt;
}

// A door of ours, in a process of its own: root's until the account's process is there.
int open_session(BatteryPlan& plan, const Attempts& attempts, int output) {
    const auto lease = client::attach(plan.account.uid, "verify", "", "");
    if (!lease) return tell(output, kTrouble, {RowState::kUntried, lease.error().message()}), 1;
    plan.others = lease.value().sessions;
    plan.held_tasks = read_held(lease.value().cgroup, {"pids.max"});
    plan.held_memory = read_held(lease.value().cgroup, {"memory.max", "memory.limit_in_bytes"});
    const auto record = client::enter(lease.value());
    if (!record) return tell(output, kTrouble, wrong(record.error().message())), 1;
    if (record.value().manifest.generation != plan.generation)
        tell(output, "generation",
             wrong("generation " + std::to_string(record.value().manifest.generation) +
                   " runs: its sessions have to end first"));
    else
        tell(output, "generation", as_policy(std::to_string(plan.generation)));
    const pid_t child = ::fork();
    if (child == 0) attempt_all(record.value(), attempts, output);
    int status = 0;
    return child > 0 && ::waitpid(child, &status, 0) == child ? 0 : 1;
}

Attempts all_attempts(const BatteryPlan& plan) {
    Attempts attempts;
    add_host_attempts(plan, attempts);
    add_privilege_attempts(plan, attempts);
    add_filter_attempts(plan, attempts);
    add_network_attempts(plan, attempts);
    add_execution_attempts(plan, attempts);
    add_limit_attempts(plan, attempts);
    return attempts;
}

// The findings by code; the trouble that kept all back, or ended them early, under kTrouble.
Result<std::vector<Told>> listen(BatteryPlan& plan, const Attempts& attempts,
                                 const std::function<void(const std::string&)>& progress) {
    Pipe pipe = JAIL_TRY(make_pipe());
    VerifyChild child =
        JAIL_TRY(VerifyChild::start([&] { return open_session(plan, attempts, pipe.write_end.get()); }));
    pipe.write_end.reset();
    std::vector<Told> told;
    const auto read = read_lines(pipe.read_end.get(), now() + kPatience, [&](const std::string& line) {
        auto one = decode(line);
        if (!one || told.size() > attempts.size() + 1) return false;
        progress("tried " + one->code);
        told.push_back(std::move(*one));
        return true;
    });
    if (!read) told.push_back({kTrouble, {RowState::kUntried, describe(read.error())}});
    return told;
}

}  // namespace

Observation in_a_child(int seconds, const std::function<Observation()>& body,
                       const std::function<Observation(int signal)>& died) {
    auto pipe = make_pipe();
    if (!pipe) return {RowState::kUntried, pipe.error().message()};
    const pid_t child = ::fork();
    if (child < 0) return {RowState::kUntried, std::string("fork: ") + std::strerror(errno)};
    if (child == 0) {
        (void)::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        (void)::alarm(static_cast<unsigned>(seconds));
        tell(pipe->write_end.get(), "child", body());
        ::_exit(0);
    }
    pipe->write_end.reset();
    const auto said = read_all(pipe->read_end.get(), 4096, "a child");
    int status = 0;
    (void)::waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) return died(WTERMSIG(status));
    const auto told = said ? decode(said.value().substr(0, said.value().find('\n'))) : std::nullopt;
    return told ? told->finding : Observation{RowState::kUntried, "the child said nothing"};
}

Rows run_battery(BatteryPlan& plan, const std::function<void(const std::string&)>& progress) {
    Attempts attempts = all_attempts(plan);
    const auto told = listen(plan, attempts, progress);
    std::string missing = told ? "the process inside ended" : describe(told.error());
    RowState of_missing = RowState::kUntried;
    const auto find = [&](const std::string& code) -> const Told* {
        if (told)
            for (const Told& one : told.value())
                if (one.code == code) return &one;
        return nullptr;
    };
    if (const Told* const trouble = find(kTrouble)) {
        missing = trouble->finding.seen;
        of_missing = trouble->finding.state;
    }
    attempts.insert(
        attempts.begin(),
        {"inside", "generation", "the generation that runs", std::to_string(plan.generation), {}});
    Rows rows;
    for (const Attempt& attempt : attempts) {
        const Told* const one = find(attempt.code);
        rows.push_back({attempt.group, attempt.code, attempt.tried, attempt.policy,
                        one != nullptr ? one->finding.seen : "not tried: " + missing,
                        one != nullptr ? one->finding.state : of_missing});
    }
    return rows;
}

}  // namespace jail::provision
