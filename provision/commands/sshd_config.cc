// SPDX-License-Identifier: Apache-2.0
// /etc/ssh/sshd_config.d/50-jailshell.conf: sshd's internal-sftp starts no program, and so asks no policy.
// For accounts that may not use sftp, a ForceCommand leads all that they ask for through their login shell.
#include <unistd.h>

#include <cstdio>
#include <set>

#include "jailshell/invocation.h"
#include "libjail/policy/name_service.h"
#include "provision/accounts/account_records.h"
#include "provision/accounts/group_records.h"
#include "provision/base/child_process.h"
#include "provision/base/file_io.h"
#include "provision/base/log.h"
#include "provision/base/problem.h"
#include "provision/base/replacement.h"
#include "provision/commands/report.h"
#include "provision/host/sshd_settings.h"
#include "provision/tree/publisher.h"

namespace jail::provision {

namespace {

constexpr char kDirectory[] = "/etc/ssh/sshd_config.d";
constexpr char kFile[] = "/etc/ssh/sshd_config.d/50-jailshell.conf";
constexpr std::size_t kMostBytes = 1u << 20;

bool needs_it(const Layout& layout, const std::string& jail) {
    const auto manifest = published_manifest(layout, jail);
    return manifest && !manifest.value().access.sftp;
}

// Sorted, so that the same accounts give the same file.
struct Names {
    std::set<std::string> users, groups;
};

Names names_of(const Layout& layout) {
    Names names;
    std::vector<std::string> damaged;
    for (const AccountRecord& record : all_records(layout, damaged))
        if (needs_it(layout, record.jail)) names.users.insert(record.account);
    for (const GroupRecord& record : all_group_records(layout, damaged))
        if (needs_it(layout, record.jail)) names.groups.insert(record.group);
    return names;
}

std::string block(const std::string& kind, const std::set<std::string>& names) {
    if (names.empty()) return {};
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ",") + name;
    return "Match " + kind + " " + list + "\n    ForceCommand " + jailshell::kAsAsked + "\n";
}

std::string text_for(const Names& names) {
    const std::string blocks = block("User", names.users) + block("Group", names.groups);
    if (blocks.empty()) return {};
    return "# Written by jail-provision sshd-config; see jail-provision(8). The jails of these accounts say "
           "sftp: "
           "false.\n" +
           blocks;
}

// Empty: there is no such file.
Result<> put(const std::string& text) {
    if (!text.empty()) {
        JAIL_TRY(make_directories(kDirectory));
        return replace_file(kFile, text, 0644);
    }
    if (::unlink(kFile) != 0 && errno != ENOENT) return errno_error("unlink", kFile);
    return success();
}

Result<> require_obeyed(const SshdPlaces& places, const std::string& user) {
    const auto settings = JAIL_TRY(sshd_settings_of(places, user));
    if (settings.forced_command == jailshell::kAsAsked) return success();
    std::string sentence = "sshd does not obey ";
    sentence += kFile;
    sentence += " for " + user;
    if (settings.forced_command.empty())
        sentence += ": /etc/ssh/sshd_config has no line 'Include /etc/ssh/sshd_config.d/*.conf' at its top";
    else
        sentence += ": another ForceCommand comes before it: " + settings.forced_command;
    return problem(sentence);
}

// That sshd takes the file, and obeys it. A group is asked for by one of its members.
Result<> try_out(const Names& names) {
    const SshdPlaces places;
    JAIL_TRY(run_program({places.program, "-t", "-f", places.config}));
    for (const std::string& user : names.users) JAIL_TRY(require_obeyed(places, user));
    for (const std::string& group : names.groups) {
        const auto gid = name_service::group_id(group);
        const auto known =
            gid ? name_service::group_of(gid.value()) : Result<name_service::Group>(gid.error());
        if (known && !known.value().members.empty())
            JAIL_TRY(require_obeyed(places, known.value().members.front()));
    }
    return success();
}

}  // namespace

int sshd_config_command(const Layout& layout, const CommonOptions& common) {
    if (::access(SshdPlaces().program.c_str(), X_OK) != 0)
        return fail(problem("there is no " + SshdPlaces().program));
    const Result<StateLock> lock = lock_state(layout, common);
    if (!lock) return fail(lock.error());
    const Names names = names_of(layout);
    const std::string wanted = text_for(names);
    const auto read = read_file(kFile, kMostBytes);
    if (!read && read.error().code() != ENOENT) return fail(read.error());
    const std::string before = read ? read.value() : std::string();
    if (before == wanted) {
        if (const Result<> tried = wanted.empty() ? success() : try_out(names); !tried)
            return fail(tried.error());
        std::printf("%s: %s\n", kFile, wanted.empty() ? "not needed" : "unchanged");
        return 0;
    }
    if (common.dry_run) {
        std::printf("would %s %s\n%s", wanted.empty() ? "remove" : "write", kFile, wanted.c_str());
        return 0;
    }
    if (const Result<> written = put(wanted); !written) return fail(written.error());
    if (const Result<> tried = try_out(names); !tried) {
        (void)fail(tried.error());
        const Result<> back = put(before);
        if (!back) return fail(back.error());
        log_error("the file is as it was before");
        return 1;
    }
    std::printf("%s: %s; run systemctl reload ssh\n", kFile, wanted.empty() ? "removed" : "written");
    if (!wanted.empty())
        log_notice(
            "a command= in the authorized_keys of these accounts, and force-command of a certificate, has no "
            "effect from then on: sshd runs the forced command in its place");
    return 0;
}

}  // namespace jail::provision
