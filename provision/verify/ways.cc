// SPDX-License-Identifier: Apache-2.0
#include "provision/verify/ways.h"

#include <algorithm>
#include <iterator>

#include "libjail/policy/passed_variables.h"

namespace jail::provision {

namespace {

// The expectation of one way.
enum class Want {
    kLogin,
    kInside,      // it opens, in the jail
    kRefused,     // jailshell refuses it, as the policy says
    kNotThere,    // a shell may run it, and the jail does not have the program
    kNotOutside,  // whatever else happens, the host is not reached
    kAnything,    // the policy gives the host's network
    kArrives,
    kKeptOut,
    kForced,  // sshd runs another program for each request
};

struct Known {
    std::string_view way;
    const char* tried;
};
constexpr Known kKnown[] = {
    {"login", "login by a one-time key"},
    {"exec", "a command"},
    {"shell", "a shell"},
    {"terminal", "a command with a terminal"},
    {"sftp-subsystem", "sftp, the subsystem"},
    {"sftp-command", "sftp-server as a command"},
    {"scp-to", "scp to the account"},
    {"scp-from", "scp from the account"},
    {"rsync", "rsync from the account"},
    {"git", "git fetch"},
    {"forward-host", "-L to a listener of the host"},
    {"dynamic", "-D to a listener of the host"},
    {"remote", "-R"},
    {"forward-inside", "-L to a listener inside"},
    {"streamlocal", "-L to a socket of the host"},
    {"agent", "-A, a forwarded agent"},
    {"x11", "-X, a forwarded display"},
    {"environment", "a variable LC_VERIFY"},
    {"environment-other", "a variable VERIFY_OTHER"},
};

bool matches(const std::string& pattern, std::string_view name) {
    return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1)) : name == pattern;
}

bool sshd_accepts(const SshdConfig& sshd, std::string_view name) {
    return std::any_of(sshd.begin(), sshd.end(), [&](const auto& entry) {
        return entry.first == "acceptenv" && matches(entry.second, name);
    });
}

Want of_variable(const WaysPolicy& policy, const char* name) {
    return sshd_accepts(policy.sshd, name) && passes(policy.manifest, name) ? Want::kArrives : Want::kKeptOut;
}

// Where there is a shell any command is allowed, and it is there or not.
Want of_program(const WaysPolicy& policy, bool allowed, const char* program) {
    const Access& access = policy.manifest.access;
    if (!access.shell) return allowed ? Want::kInside : Want::kRefused;
    return policy.has_program(program) ? Want::kInside : Want::kNotThere;
}

Want of_sftp(const WaysPolicy& policy, bool internal) {
    const Manifest& manifest = policy.manifest;
    if (internal || !manifest.access.shell) return manifest.access.sftp ? Want::kInside : Want::kRefused;
    return manifest.sftp_server.empty() ? Want::kNotThere : Want::kInside;
}

bool is_forced(const SshdConfig& sshd) {
    const std::string command = value_of(sshd, "forcecommand");
    return !command.empty() && command != "none";
}

Want wanted(const WaysPolicy& policy, std::string_view way) {
    const Manifest& manifest = policy.manifest;
    const Access& access = manifest.access;
    const bool is_host = manifest.network == Network::kHost;
    if (way == "login") return Want::kLogin;
    if (way == "forward-host" || way == "dynamic") return is_host ? Want::kAnything : Want::kNotOutside;
    if (way == "remote" || way == "x11") return is_host ? Want::kAnything : Want::kNotOutside;
    if (way == "forward-inside" || way == "streamlocal" || way == "agent") return Want::kNotOutside;
    if (way == "environment") return of_variable(policy, "LC_VERIFY");
    if (way == "environment-other") return of_variable(policy, "VERIFY_OTHER");
    if (way == "sftp-subsystem")
        return of_sftp(policy, sftp_subsystem(policy.sshd).starts_with("internal-sftp"));
    if (is_forced(policy.sshd)) return Want::kForced;
    if (way == "sftp-command") return of_sftp(policy, false);
    if (way == "scp-to" || way == "scp-from") return of_program(policy, access.scp, "scp");
    if (way == "rsync") return of_program(policy, access.rsync, "rsync");
    if (way == "git") return of_program(policy, access.git, "git-upload-pack");
    return access.shell ? Want::kInside : Want::kRefused;
}

const char* in_words(Want want) {
    switch (want) {
        case Want::kLogin:
        case Want::kInside:
            return "allowed";
        case Want::kRefused:
            return "refused";
        case Want::kNotThere:
            return "not in the jail";
        case Want::kNotOutside:
            return "not to the host";
        case Want::kAnything:
            return "the host's network";
        case Want::kArrives:
            return "passed on";
        case Want::kKeptOut:
            return "kept out";
        case Want::kForced:
            return "sshd's ForceCommand";
    }
    return "";
}

const char* in_words(Seen seen) {
    switch (seen) {
        case Seen::kInside:
            return "open, in the jail";
        case Seen::kOutside:
            return "outside of the jail";
        case Seen::kOpen:
            return "open";
        case Seen::kRefused:
            return "refused";
        case Seen::kAbsent:
            return "the jail does not have it";
        case Seen::kUntried:
            return "not tried";
    }
    return "";
}

// The sentence of jailshell's (permitted(), jailshell/client_command.h), or the status by which it refuses a
// subsystem, whose words sshd does not pass on.
bool is_of_policy(const WireReport& report) {
    return report.detail.find("this account may ") != std::string::npos ||
           (report.way == "sftp-subsystem" && report.detail == "exit status 254");
}

// Whether its answer says where it is: then it has to be the jail.
bool tells_place(std::string_view way) {
    return way != "scp-to" && way != "rsync" && way != "git";
}

RowState judge_refusal(const WireReport& report) {
    if (report.seen == Seen::kRefused) return is_of_policy(report) ? RowState::kAsPolicy : RowState::kUntried;
    return report.seen == Seen::kUntried ? RowState::kUntried : RowState::kWrong;
}

RowState judge(Want want, const WireReport& report) {
    const Seen seen = report.seen;
    if (seen == Seen::kOutside && want != Want::kAnything) return RowState::kWrong;
    switch (want) {
        case Want::kLogin:
            return seen == Seen::kOpen ? RowState::kAsPolicy : RowState::kWrong;
        case Want::kInside:
            if (seen == Seen::kUntried) return RowState::kUntried;
            return seen == Seen::kInside || (seen == Seen::kOpen && !tells_place(report.way))
                       ? RowState::kAsPolicy
                       : RowState::kWrong;
        case Want::kRefused:
            return judge_refusal(report);
        case Want::kNotThere:
            return seen == Seen::kAbsent || seen == Seen::kRefused ? RowState::kAsPolicy : RowState::kUntried;
        case Want::kNotOutside:
            return seen == Seen::kUntried ? RowState::kNote : RowState::kAsPolicy;
        case Want::kAnything:
            return RowState::kAsPolicy;
        case Want::kArrives:
        case Want::kKeptOut:
            if (seen == Seen::kUntried) return RowState::kNote;
            return (seen == Seen::kOpen) == (want == Want::kArrives) ? RowState::kAsPolicy : RowState::kWrong;
        case Want::kForced:
            return RowState::kNote;
    }
    return RowState::kWrong;
}

}  // namespace

Rows judge_ways(const WaysPolicy& policy, const std::vector<WireReport>& reports,
                const std::string& missing) {
    Rows rows;
    for (const Known& known : kKnown) {
        const auto found = std::find_if(reports.begin(), reports.end(),
                                        [&](const WireReport& report) { return report.way == known.way; });
        const WireReport report =
            found != reports.end() ? *found : WireReport{std::string(known.way), Seen::kUntried, missing};
        const Want want = wanted(policy, known.way);
        std::string seen = in_words(report.seen);
        if (!report.detail.empty()) seen += ": " + report.detail;
        rows.push_back({"ways", std::string(known.way), known.tried, in_words(want), std::move(seen),
                        judge(want, report)});
    }
    return rows;
}

}  // namespace jail::provision
