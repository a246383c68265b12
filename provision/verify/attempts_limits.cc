// SPDX-License-Identifier: Apache-2.0
// Limits, reached. Where other sessions of the account are open those would feel it: then they are not.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "libjail/base/file_descriptor.h"
#include "provision/verify/attempt.h"

namespace jail::provision {

namespace {

constexpr std::uint64_t kMostTasks = 2048;
constexpr std::uint64_t kMostMemory = 512u << 20;
constexpr std::uint64_t kMostFiles = 65536;
constexpr int kSeconds = 60;

// The limit that the control group holds, in place of reaching it; memory counts in pages.
Observation look_at_held(const std::optional<std::uint64_t>& held, std::uint64_t limit,
                         const std::string& reason) {
    constexpr std::uint64_t kPage = 65536;
    if (!held) return wrong("the control group holds no limit");
    if (*held > limit || limit - *held >= kPage)
        return wrong("the control group holds " + std::to_string(*held));
    return as_policy("held by the control group, and not reached: " + reason);
}

std::string others_in_words(const BatteryPlan& plan) {
    return std::to_string(plan.others) + " other session" + (plan.others == 1 ? " is" : "s are") + " open";
}

Observation timed_out(int signal) {
    return {RowState::kUntried, "signal " + std::to_string(signal) + " ended the process"};
}

// Children that wait, until there may be no more; then all of them are ended.
Observation fork_until_refused(std::uint64_t limit) {
    std::vector<pid_t> children;
    children.reserve(limit + 1);
    int error = 0;
    while (children.size() <= limit) {
        const pid_t child = ::fork();
        if (child == 0) {
            (void)::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
            (void)::alarm(kSeconds);
            for (;;) ::pause();
        }
        error = errno;
        if (child < 0) break;
        children.push_back(child);
    }
    for (const pid_t child : children) (void)::kill(child, SIGKILL);
    for (const pid_t child : children) (void)::waitpid(child, nullptr, 0);
    const std::string count = std::to_string(children.size());
    if (children.size() > limit) return wrong(count + " processes, and no end");
    return error == EAGAIN ? as_policy("it stops after " + count + " more")
                           : Observation{RowState::kUntried, std::string("fork: ") + std::strerror(error)};
}

Observation reach_tasks(const BatteryPlan& plan) {
    const std::uint64_t limit = plan.manifest.limits.tasks;
    if (plan.others > 0) return look_at_held(plan.held_tasks, limit, others_in_words(plan));
    if (limit > kMostTasks) return look_at_held(plan.held_tasks, limit, "it is large");
    return in_a_child(
        kSeconds, [limit] { return fork_until_refused(limit); }, timed_out);
}

Observation take_memory(std::uint64_t bytes) {
    constexpr std::size_t kStep = 1u << 20;
    for (std::uint64_t taken = 0; taken < bytes; taken += kStep) {
        void* const more = ::mmap(nullptr, kStep, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (more == MAP_FAILED) return as_policy("refused after " + std::to_string(taken >> 20) + " MiB");
        std::memset(more, 1, kStep);
    }
    return wrong(std::to_string(bytes >> 20) + " MiB were to be had");
}

bool is_unheld(const BatteryPlan& plan, const char* key) {
    return std::find(plan.unheld.begin(), plan.unheld.end(), key) != plan.unheld.end();
}

Observation reach_memory(const BatteryPlan& plan) {
    const Limits& limits = plan.manifest.limits;
    const std::uint64_t all = limits.memory_bytes + limits.swap_bytes;
    if (plan.others > 0) return look_at_held(plan.held_memory, limits.memory_bytes, others_in_words(plan));
    if (is_unheld(plan, "swap") || limits.swap_bytes == kSwapNotLimited)
        return look_at_held(plan.held_memory, limits.memory_bytes, "swap is not limited");
    if (all > kMostMemory) return look_at_held(plan.held_memory, limits.memory_bytes, "it is large");
    return in_a_child(
        kSeconds, [all] { return take_memory(all + (32u << 20)); },
        [](int signal) {
            return signal == SIGKILL ? as_policy("the kernel ends the process") : timed_out(signal);
        });
}

Observation reach_open_files(std::uint64_t limit) {
    return in_a_child(
        kSeconds,
        [limit] {
            for (std::uint64_t count = 0; count <= limit; ++count)
                if (::open("/dev/null", O_RDONLY) < 0)  // NOLINT: the process ends next
                    return errno == EMFILE ? as_policy("it stops after " + std::to_string(count) + " more")
                                           : Observation{RowState::kUntried, std::strerror(errno)};
            return wrong("more than " + std::to_string(limit) + " can be open");
        },
        timed_out);
}

Observation reach_file_size(const std::string& token, std::uint64_t limit) {
    return in_a_child(
        kSeconds,
        [&] {
            (void)::signal(SIGXFSZ, SIG_IGN);
            const std::string path = "/tmp/.jail-verify-" + token;
            const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
            if (!file) return Observation{RowState::kUntried, std::strerror(errno)};
            (void)::unlink(path.c_str());
            const ssize_t wrote = ::pwrite(file.get(), "x", 1, static_cast<off_t>(limit));
            return expect_refused("one byte more", wrote, {EFBIG});
        },
        timed_out);
}

std::string in_words(std::uint64_t limit, std::string_view code) {
    if (limit == 0) return "none";
    return code == "memory" ? std::to_string(limit >> 20) + " MiB" : std::to_string(limit);
}

Observation see_core() {
    rlimit limit = {};
    (void)::getrlimit(RLIMIT_CORE, &limit);
    return limit.rlim_max <= 1 ? as_policy("none") : wrong("a core file can be written");
}

}  // namespace

void add_limit_attempts(const BatteryPlan& plan, Attempts& attempts) {
    const Limits& limits = plan.manifest.limits;
    const auto add = [&](const char* code, const char* tried, std::uint64_t limit, std::uint64_t most,
                         std::function<Observation()> run) {
        if (limit == 0) run = [] { return note("the policy sets no limit"); };
        if (limit > most) run = [] { return note("not tried: it is large"); };
        // Of defaults alone: a limit that is written is an error there.
        if (is_unheld(plan, code)) run = [] { return note("not tried: this host cannot hold it"); };
        attempts.push_back({"limits", code, tried, in_words(limit, code), std::move(run)});
    };
    add("tasks", "a fork bomb", limits.tasks, UINT64_MAX, [&plan] { return reach_tasks(plan); });
    add("memory", "a memory hog", limits.memory_bytes, UINT64_MAX, [&plan] { return reach_memory(plan); });
    add("open-files", "open files", limits.open_files, kMostFiles,
        [limit = limits.open_files] { return reach_open_files(limit); });
    add("file-size", "a large file", limits.file_size_bytes, INT64_MAX,
        [token = plan.files.token(), limit = limits.file_size_bytes] {
            return reach_file_size(token, limit);
        });
    attempts.push_back({"limits", "core", "a core file", "none", see_core});
}

}  // namespace jail::provision
