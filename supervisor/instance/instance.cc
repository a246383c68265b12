// SPDX-License-Identifier: Apache-2.0
#include "supervisor/instance/instance.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libjail/base/ipc.h"
#include "libjail/base/live_processes.h"
#include "libjail/base/process.h"
#include "libjail/base/readable.h"
#include "libjail/base/syscalls.h"
#include "libjail/confine/credentials.h"
#include "libjail/confine/mount.h"
#include "libjail/confine/namespaces.h"
#include "supervisor/instance/init.h"
#include "supervisor/instance/user_namespace.h"

namespace jail::supervisor {
namespace {

constexpr auto kStartTimeout = 20s, kEndTimeout = 5s, kStopTimeout = 15s;
constexpr auto kLook = 100ms;

// Waits for PID 1's next word. ECONNRESET when it ended, ETIMEDOUT when it sends no word.
Result<std::string> next_word(int control, std::chrono::milliseconds patience) {
    if (!JAIL_TRY(becomes_readable(control, patience)))
        return Error(ETIMEDOUT, "wait for", "PID 1 of the jail");
    char text[init::kMostWordBytes];
    const ssize_t length = ::recv(control, text, sizeof text, 0);
    if (length < 0) return errno_error("recv", "from PID 1 of the jail");
    if (length == 0) return refused(ECONNRESET, "PID 1 of the jail ended");
    return std::string(text, static_cast<std::size_t>(length));
}

Result<> wait_for_end(pid_t pid) {
    JAIL_TRY(process::wait_for(pid));
    return success();
}

// Its last word about how it started; the notes before it go to `notes`.
Result<std::string> receive_start(int control, std::vector<std::string>& notes) {
    for (;;) {
        std::string word = JAIL_TRY(next_word(control, kStartTimeout));
        if (word.rfind(init::kNote, 0) != 0) return word;
        // One more than notes says how many were left untold.
        if (notes.size() <= init::kMostNotes) notes.push_back(word.substr(init::kNote.size()));
    }
}

}  // namespace

Result<Instance> Instance::start(const InstancePlan& plan, const Cgroup& cgroup) {
    FileDescriptor user_namespace;
    if (plan.manifest.user_namespace != UserNamespace::kNone)
        user_namespace = JAIL_TRY(user_namespace::create(plan.identity, plan.manifest.user_namespace));
    SocketPair control = JAIL_TRY(make_socket_pair());
    const FileDescriptor group = JAIL_TRY(cgroup.unified());
    const auto entrances = group ? std::vector<FileDescriptor>() : JAIL_TRY(cgroup.entrances());
    process::Child child =
        JAIL_TRY(process::fork_into(namespaces::to_create(plan.manifest.network), group.get()));
    if (child.pid == 0) {
        control.ours.reset();  // else the end of the supervisor would never be an end of file here
        init::run(plan, control.theirs.release(), entrances);
    }
    control.theirs.reset();
    Instance instance(child.pid, std::move(child.pidfd), std::move(control.ours));
    instance.user_namespace_ = std::move(user_namespace);
    const auto pid_namespace = pid_namespace_of(instance.pid_);
    instance.pid_namespace_ = pid_namespace ? pid_namespace.value() : 0;
    auto result = pid_namespace ? success() : Result<>(pid_namespace.error());
    if (result) {
        const auto word = receive_start(instance.control_.get(), instance.notes_);
        if (!word)
            result = word.error();
        else if (word.value() != init::kReady)
            result = refused(ECANCELED, "cannot start the jail: " + word.value());
    }
    if (!result) {
        (void)instance.stop();  // the first error is the one to report
        return result.error();
    }
    return instance;
}

Result<> Instance::watch_for_emptiness() const {
    while (next_word(control_.get(), 0ms)) {  // what it said before is of before
    }
    if (::send(control_.get(), init::kTellEmpty, sizeof init::kTellEmpty, MSG_NOSIGNAL) < 0)
        return errno_error("send", "to PID 1 of the jail");
    return success();
}

bool Instance::said_empty() const {
    const auto word = next_word(control_.get(), 0ms);
    return word && word.value() == init::kReady;
}

bool Instance::ended_as_asked() const {
    siginfo_t end = {};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &end, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           end.si_pid == pid_ && end.si_code == CLD_EXITED && end.si_status == 0;
}

Result<> Instance::end_processes() const {
    if (::send(control_.get(), init::kEndAll, sizeof init::kEndAll, MSG_NOSIGNAL) < 0)
        return errno_error("send", "to PID 1 of the jail");
    const std::string word = JAIL_TRY(next_word(control_.get(), kEndTimeout));
    if (word != init::kReady) return refused(ETIMEDOUT, "cannot end the processes of the jail: " + word);
    return success();
}

void Instance::kill() {
    // SIGKILL is for a PID 1 that hangs in a system call before it could see the end of the socket.
    (void)send_signal(init_.get(), SIGKILL);
    control_.reset();
}

Result<> Instance::stop() {
    if (pid_ == 0) return success();
    kill();
    const pid_t pid = std::exchange(pid_, 0);
    // A PID 1 that the kernel delays must not block the next login.
    for (const Time deadline = now() + kStopTimeout; now() < deadline;) {
        if (JAIL_TRY(becomes_readable(init_.get(), kLook))) return wait_for_end(pid);
        if (pid_namespace_ != 0 && !has_live_process(pid, pid_namespace_)) return success();
    }
    return Error(ETIMEDOUT, "wait for the end of", "PID 1 of the jail");
}

}  // namespace jail::supervisor
