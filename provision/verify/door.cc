// SPDX-License-Identifier: Apache-2.0
// jail-verify-door SERVICE ACCOUNT MARKER: opens a session of the account by a service of PAM's, as cron, at
// and login do, and prints where a process of the account is then: "inside", "outside" (it sees the host's
// file MARKER), "neither", or "refused" and why. Started by `jail-provision verify`, as root: modules of PAM
// expect that, and so does the change to the account.
#include <grp.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "libjail/confine/credentials.h"

namespace jail::provision {

namespace {

enum Place { kInside = 10, kOutside, kNeither, kNotBecome };

// The words of modules; questions get no answer.
int converse(int count, const pam_message** messages, pam_response** replies, void* said) {
    for (int i = 0; i < count; ++i) {
        if (messages[i]->msg_style == PAM_PROMPT_ECHO_OFF || messages[i]->msg_style == PAM_PROMPT_ECHO_ON)
            return PAM_CONV_ERR;
        *static_cast<std::string*>(said) += std::string(messages[i]->msg) + " ";
    }
    *replies = static_cast<pam_response*>(std::calloc(static_cast<std::size_t>(count), sizeof(pam_response)));
    return *replies == nullptr ? PAM_BUF_ERR : PAM_SUCCESS;
}

struct Account {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<std::uint32_t> groups;
};

// From the host's name service, before the session is in the jail.
bool look_up(const char* name, Account& account) {
    const passwd* const entry = ::getpwnam(name);
    if (entry == nullptr || entry->pw_uid == 0) return false;
    account = {entry->pw_uid, entry->pw_gid, {}};
    int count = 1024;
    account.groups.resize(static_cast<std::size_t>(count));
    if (::getgrouplist(name, account.gid, account.groups.data(), &count) < 0) return false;
    account.groups.resize(static_cast<std::size_t>(count));
    return true;
}

Place look_as(const Account& account, const char* marker) {
    const pid_t child = ::fork();
    if (child == 0) {
        if (!credentials::become(account.uid, account.gid, account.groups)) ::_exit(kNotBecome);
        if (::access(marker, F_OK) == 0) ::_exit(kOutside);
        ::_exit(::access("/etc/jail/instance", F_OK) == 0 ? kInside : kNeither);
    }
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return kNotBecome;
    return static_cast<Place>(WEXITSTATUS(status));
}

const char* in_words(Place place) {
    switch (place) {
        case kInside:
            return "inside";
        case kOutside:
            return "outside";
        case kNeither:
            return "neither";
        case kNotBecome:
            break;
    }
    return "untried the process could not become the account";
}

// The phase that refused, or the place.
void open_session(pam_handle_t* handle, const Account& account, const char* marker, const std::string& said) {
    (void)pam_set_item(handle, PAM_TTY, "verify");
    const auto refused = [&](int code) {
        std::printf("refused %s\n", said.empty() ? pam_strerror(handle, code) : said.c_str());
    };
    if (const int code = pam_acct_mgmt(handle, 0); code != PAM_SUCCESS) return refused(code);
    if (const int code = pam_open_session(handle, 0); code != PAM_SUCCESS) return refused(code);
    std::printf("%s\n", in_words(look_as(account, marker)));
    (void)pam_close_session(handle, PAM_SILENT);
}

}  // namespace

}  // namespace jail::provision

int main(int argc, char** argv) {
    using namespace jail::provision;
    Account account;
    if (argc != 4 || ::getuid() != 0 || !look_up(argv[2], account)) return 64;
    std::string said;
    const pam_conv conversation = {converse, &said};
    pam_handle_t* handle = nullptr;
    if (pam_start(argv[1], argv[2], &conversation, &handle) != PAM_SUCCESS) return 1;
    open_session(handle, account, argv[3], said);
    (void)std::fflush(stdout);
    (void)pam_end(handle, PAM_SUCCESS);
    return 0;
}
