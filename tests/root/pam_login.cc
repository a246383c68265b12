// SPDX-License-Identifier: Apache-2.0
// pam_login CONFDIR SERVICE USER STEP...: a PAM application as sshd's monitor, su and login are ones, with
// its services in a directory of its own (pam_start_confdir(3)). Its steps, in their order:
//
//   tty=TEXT rhost=TEXT   PAM_TTY, PAM_RHOST          silent   from here on with PAM_SILENT
//   account open close    the calls; prints "STEP: " and PAM's word for what came of it
//   run=COMMAND           a child that becomes the account and executes its login shell
//                         with the environment of PAM's; prints what that printed
//   exec=PROGRAM          this process executes it
//   reopen                as login of util-linux: a child, in a session of its own, opens the terminal of
//                         descriptor 0 by the name that it had at the beginning, and takes it for its own;
//                         prints "reopen: the same", "reopen: another one" or the error
//   tmpfile               what the children print goes to a temporary file, as cron's jobs have it, and is
//                         printed from there
//   pause                 until standard input ends
//   stay                  the same after the last step and pam_end(3), as login of util-linux after a refusal
//
// Stops at the first step that fails, unless the first one is "on" (go on). What modules say is printed after
// "said: ".
#include <fcntl.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "libjail/confine/credentials.h"

namespace {

int converse(int count, const pam_message** messages, pam_response** replies, void*) {
    for (int i = 0; i < count; ++i) (void)::printf("said: %s\n", messages[i]->msg);
    *replies = static_cast<pam_response*>(std::calloc(static_cast<std::size_t>(count), sizeof(pam_response)));
    return *replies == nullptr ? PAM_BUF_ERR : PAM_SUCCESS;
}

struct Account {
    uid_t uid = 0;
    gid_t gid = 0;
    std::string shell;
};

// What can fail here fails by a status of its own.
[[noreturn]] void become_session(pam_handle_t* handle, const Account& account, const char* command,
                                 std::FILE* output) {
    for (const int fd : {1, 2})
        if (output != nullptr && ::dup2(::fileno(output), fd) < 0) ::_exit(102);
    if (!jail::credentials::become(account.uid, account.gid, {account.gid})) ::_exit(103);
    ::execle(account.shell.c_str(), "jailshell", "-c", command, nullptr, ::pam_getenvlist(handle));
    ::_exit(104);
}

// The start of the file that the children printed to.
void print(std::FILE* output) {
    if (output == nullptr) return;
    char text[4096];
    std::rewind(output);
    const std::size_t length = std::fread(text, 1, sizeof text - 1, output);
    (void)::printf("file: %.*s\n", static_cast<int>(length), text);
}

bool run(pam_handle_t* handle, const Account& account, const char* command, std::FILE* output) {
    const pid_t child = ::fork();
    if (child < 0) {
        std::perror("fork");
        return false;
    }
    if (child == 0) become_session(handle, account, command, output);
    (void)::prctl(PR_SET_NAME, "pam-opened", 0, 0, 0);
    int status = 0;
    (void)::waitpid(child, &status, 0);
    print(output);
    const bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!good) (void)::printf("run: status %d\n", status);
    return good;
}

bool reopen(const std::string& name) {
    (void)::fflush(stdout);
    const pid_t child = ::fork();
    if (child == 0) {
        struct stat held = {}, opened = {};
        const int fd = ::setsid() < 0 ? -1 : ::open(name.c_str(), O_RDWR | O_CLOEXEC);
        const char* const failed = fd < 0 ? std::strerror(errno) : nullptr;
        const bool same = ::fstat(0, &held) == 0 && ::fstat(fd, &opened) == 0 &&
                          held.st_dev == opened.st_dev && held.st_ino == opened.st_ino;
        const bool controls = ::ioctl(fd, TIOCSCTTY, 1) == 0 && ::tcgetsid(fd) == ::getsid(0);
        (void)::printf("reopen: %s\n", failed != nullptr  ? failed
                                       : same && controls ? "the same"
                                                          : "another one");
        (void)::fflush(stdout);
        ::_exit(same && controls ? 0 : 1);
    }
    int status = 0;
    return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

void wait_for_end_of_input() {
    while (std::getchar() != EOF) {
    }
}

class Login {
public:
    Login(pam_handle_t* handle, Account account) : handle_(handle), account_(std::move(account)) {
        if (const char* name = ::ttyname(0)) terminal_ = name;
    }

    bool step(std::string_view word) {
        const auto value = [&](std::string_view key) { return word.data() + key.size(); };
        if (word.starts_with("tty=")) return pam_set_item(handle_, PAM_TTY, value("tty=")) == PAM_SUCCESS;
        if (word.starts_with("rhost="))
            return pam_set_item(handle_, PAM_RHOST, value("rhost=")) == PAM_SUCCESS;
        if (word.starts_with("run=") && account_.uid == 0) return tell("run", PAM_USER_UNKNOWN);
        if (word.starts_with("run=")) return run(handle_, account_, value("run="), output_);
        if (word.starts_with("exec=")) return ::execl(value("exec="), "program", nullptr) == 0;
        if (word == "reopen") return reopen(terminal_);
        if (word == "tmpfile") return (output_ = std::tmpfile()) != nullptr;
        if (word == "account") return tell("account", pam_acct_mgmt(handle_, flags_));
        if (word == "open") return tell("open", pam_open_session(handle_, flags_));
        if (word == "close") return tell("close", pam_close_session(handle_, flags_));
        if (word == "silent") return (flags_ = PAM_SILENT) != 0;
        if (word == "stay") return (stays_ = true);
        if (word != "pause") return tell("read step", PAM_BAD_ITEM);
        wait_for_end_of_input();
        return true;
    }
    bool stays() const { return stays_; }

private:
    bool tell(const char* what, int code) {
        (void)::printf("%s: %s\n", what, pam_strerror(handle_, code));
        return code == PAM_SUCCESS;
    }

    pam_handle_t* handle_;
    Account account_;
    std::string terminal_;
    std::FILE* output_ = nullptr;
    int flags_ = 0;
    bool stays_ = false;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) return 2;
    static char buffer[8192];  // no memory is to be had for it where a test says so
    (void)::setvbuf(stdout, buffer, _IOLBF, sizeof buffer);
    Account account;  // looked up on the host; if unknown: only the steps of PAM run
    if (const passwd* entry = ::getpwnam(argv[3])) account = {entry->pw_uid, entry->pw_gid, entry->pw_shell};
    (void)::prctl(PR_SET_NAME, "pam-door", 0, 0, 0);
    const pam_conv conversation = {converse, nullptr};
    pam_handle_t* handle = nullptr;
    if (const int code = pam_start_confdir(argv[2], argv[3], &conversation, argv[1], &handle);
        code != PAM_SUCCESS) {
        (void)::printf("start: %s\n", pam_strerror(handle, code));
        return 1;
    }
    Login login(handle, std::move(account));
    bool good = true, go_on = false;
    for (int i = 4; i < argc && (good || go_on); ++i) {
        if (std::string_view(argv[i]) == "on")
            go_on = true;
        else
            good = login.step(argv[i]) && good;
    }
    (void)::fflush(stdout);
    (void)pam_end(handle, PAM_SUCCESS);
    if (login.stays()) wait_for_end_of_input();
    return good ? 0 : 1;
}
