// SPDX-License-Identifier: Apache-2.0
#include "supervisor/instance/init.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "libjail/base/clock.h"
#include "libjail/base/live_processes.h"
#include "libjail/base/process.h"
#include "libjail/confine/cgroup.h"
#include "libjail/confine/credentials.h"
#include "libjail/confine/mount.h"
#include "libjail/confine/namespaces.h"
#include "supervisor/instance/root_directory.h"

namespace jail::supervisor::init {
namespace {

constexpr int kControl = 3;
constexpr auto kLook = 50ms;

// SIGKILL when the supervisor ends, even if PID 1 does not read the socket. The kernel clears this setting
// whenever the process changes its ids, so it is set twice. A supervisor that ended before the call is
// noticed by the end of the socket, which is read after it.
Result<> end_with_supervisor() {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return errno_error("prctl PR_SET_PDEATHSIG");
    return success();
}

Result<> not_dumpable() {
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return errno_error("prctl PR_SET_DUMPABLE");
    return success();
}

// Keeps only the socket of the supervisor's descriptors; 0-2 are /dev/null.
Result<> keep_only(int control) {
    if (control != kControl && ::dup3(control, kControl, O_CLOEXEC) < 0) return errno_error("dup3");
    JAIL_TRY(process::close_from(kControl + 1));
    const FileDescriptor null_device(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!null_device) return errno_error("open", "/dev/null");
    for (int fd = 0; fd < kControl; ++fd)
        if (::dup2(null_device.get(), fd) < 0) return errno_error("dup2", "/dev/null");
    return success();
}

// The table of contents: what stands between a new process with root's rights and PID 1 of a jail.
Result<> become_init(const InstancePlan& plan, int control, const std::vector<FileDescriptor>& entrances,
                     std::vector<std::string>& notes) {
    JAIL_TRY(end_with_supervisor());
    const auto joined =
        Cgroup::join(entrances);   // before the cgroup namespace: the process's group becomes its top
    JAIL_TRY(keep_only(control));  // from here on errors reach the supervisor
    if (!joined) return joined.error();
    JAIL_TRY(namespaces::configure(plan.manifest.network, plan.manifest.hostname));
    ::umask(0);  // every mode below is meant as it is written
    const FileDescriptor root = JAIL_TRY(assemble_root(plan, notes));
    JAIL_TRY(mount::pivot_into(root.get()));
    JAIL_TRY(credentials::forbid_privilege());
    JAIL_TRY(credentials::become(plan.identity.uid, plan.identity.gid, {plan.identity.gid}));
    JAIL_TRY(not_dumpable());
    JAIL_TRY(end_with_supervisor());
    JAIL_TRY(credentials::verify_confined(plan.identity.uid));
    return success();
}

void reap() {
    while (::waitpid(-1, nullptr, WNOHANG | __WALL) > 0) {
    }
}

// Whether no other process runs in this pid namespace. kill(2) finds zombies too.
bool alone() {
    return (::kill(-1, 0) != 0 && errno == ESRCH) || !has_live_process(1, 0);
}

// kill(-1) reaches every process of the pid namespace but PID 1, in one sweep that no fork can slip through
// (tasklist lock). One that the kernel holds up may take a while to end, so this ends regardless.
bool end_all() {
    for (int round = 0; round < 1000; ++round) {
        if (::kill(-1, SIGKILL) != 0 && errno == ESRCH) return true;
        reap();
        if (round % 4 == 1 && alone()) return true;
        pause_for(1ms);
    }
    return false;
}

void say(std::string_view word) {
    (void)::send(kControl, word.data(), std::min(word.size(), kMostWordBytes),
                 MSG_NOSIGNAL);  // a supervisor that is gone is seen by poll
}

void tell(const std::vector<std::string>& notes) {
    const std::size_t told = std::min(notes.size(), kMostNotes);
    for (std::size_t i = 0; i < told; ++i) say(std::string(kNote) + notes[i]);
    if (told < notes.size())
        say(std::string(kNote) + std::to_string(notes.size() - told) + " more of the like");
}

// Whether, and when, to look for being alone. The end of a child is one occasion. The end of a process with a
// parent outside sends no signal, so it also looks periodically, at growing intervals.
class Vigil {
public:
    using Pause = std::chrono::milliseconds;

    void start() {
        looks_ = true;
        pause_ = kLeast;
    }
    Deadline next_look() const { return looks_ ? Deadline(now() + pause_) : std::nullopt; }
    void look(bool child_ended) {
        if (!looks_) return;
        if (alone()) {
            looks_ = false;
            return say(kReady);
        }
        pause_ = child_ended ? kLeast : std::min(2 * pause_, kMost);
    }

private:
    static constexpr Pause kLeast = 10ms, kMost = 60s;
    bool looks_ = false;
    Pause pause_ = kLeast;
};

// True when it got SIGTERM from outside of the pid namespace, where the sender's pid is 0 in here: from
// systemd, which stops the scope or the machine and sends SIGTERM to all of the jail's processes. SIGTERM
// from the account is ignored: the account can send one with any pid (rt_sigqueueinfo(2)), but cannot make it
// look as if it came from kill(2).
bool asked_to_end(int signals) {
    bool asked = false;
    signalfd_siginfo information;
    while (::read(signals, &information, sizeof information) > 0)
        asked = asked || (information.ssi_signo == SIGTERM && information.ssi_code == SI_USER &&
                          information.ssi_pid == 0);
    return asked;
}

[[noreturn]] void serve() {
    sigset_t set;
    (void)::sigemptyset(&set);
    for (const int signal : {SIGCHLD, SIGTERM}) (void)::sigaddset(&set, signal);
    (void)::sigprocmask(SIG_SETMASK, &set, nullptr);
    const int signals = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0) ::_exit(1);
    say(kReady);
    Vigil vigil;
    bool ending = false;
    for (;;) {
        pollfd waiting[] = {{kControl, POLLIN, 0}, {signals, POLLIN, 0}};
        // The end of a process with a parent outside sends no signal.
        const Deadline next_look = ending ? Deadline(now() + kLook) : vigil.next_look();
        if (::poll(waiting, 2, poll_timeout(next_look, now())) < 0 && errno != EINTR) ::_exit(1);
        if (waiting[1].revents != 0) {
            ending = asked_to_end(signals) || ending;
            reap();
        }
        vigil.look(waiting[1].revents != 0);
        if (ending && alone()) ::_exit(0);
        if (waiting[0].revents == 0) continue;
        char word = 0;
        if (::recv(kControl, &word, 1, 0) != 1) ::_exit(0);
        if (word == kTellEmpty[0]) vigil.start();
        if (word == kEndAll[0]) say(end_all() ? kReady : "some do not end");
    }
}

}  // namespace

void run(const InstancePlan& plan, int control, const std::vector<FileDescriptor>& entrances) {
    (void)::prctl(PR_SET_NAME, "jail-init", 0, 0, 0);  // for ps; no code depends on it
    std::vector<std::string> notes;
    const auto result = become_init(plan, control, entrances, notes);
    if (!result) {
        say(result.error().message());
        ::_exit(1);
    }
    tell(notes);
    serve();
}

}  // namespace jail::supervisor::init
