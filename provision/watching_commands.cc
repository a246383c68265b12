// SPDX-License-Identifier: Apache-2.0
// The subcommands by which an administrator knows what goes on, and stops it.
#include "provision/arguments.h"

namespace jail::provision {

namespace {

void define_doctor(const DefineCommand& command, const Layout& layout, Arguments& in) {
    CLI::App* doctor = command("doctor", "is any door open, can everybody log in, is anything stale",
                               "  jail-provision doctor\n  jail-provision doctor --account harlequin\n\nExit "
                               "status: 0 healthy (notes do not "
                               "count), 1 problems, 2 broken.",
                               kListing | kDryRun | kLocking,
                               [&layout, &in] { return doctor_command(layout, in.common, in.doctor); });
    doctor->add_option("--account", in.doctor.account, "the doors, and this account alone");
    doctor->add_option("--fix", in.doctor.fix,
                       "mend what this code stands for; a copy of a changed file stays");
    doctor->add_flag("--trees", in.doctor.trees, "read every file of the jails' trees as well");
}

void define_verify(const DefineCommand& command, const Layout& layout, Arguments& in) {
    CLI::App* verify =
        command("verify", "prove by logins that an account is confined as its policy says",
                "  jail-provision verify harlequin\n  jail-provision verify --json harlequin | jq "
                ".as_policy\n\nExit status: 0 as the policy says, 1 not, or not proven, 2 could not be run.",
                kListing, [&layout, &in] { return verify_command(layout, in.common, in.name); });
    verify->add_option("ACCOUNT", in.name, "a Unix account in a jail")->required();
}

void define_events(const DefineCommand& command, const Layout& layout, Arguments& in) {
    CLI::App* events =
        command("events", "what happened in jails, a line each",
                "  jail-provision events --since 2h\n  jail-provision events --follow --account harlequin\n"
                "  jail-provision events --denials",
                kListing, [&layout, &in] { return events_command(layout, in.common, in.events); });
    events->add_flag("-f,--follow", in.events.follow, "go on with what happens from now on");
    events->add_option("--account", in.events.account, "of this account, or jail");
    events->add_flag("--hooks", in.events.hooks, "run the hooks denied and limit, and print nothing");
    events->add_flag("--denials", in.events.denials, "refused logins and commands alone");
    events->add_option("--since", in.events.since, "30m, 2h, 7d ago, or a day as 2026-11-30");
}

void define_try(const DefineCommand& command, const Layout& layout, Arguments& in) {
    CLI::App* trial = command(
        "try", "run a command in a jail as a build would make it, and see what it misses",
        "  jail-provision try arkham -- git --version\n"
        "  jail-provision try arkham -- bash -c 'make && ./hello'\n\n"
        "The account exists for that command alone; the jail's accounts see nothing of "
        "it.",
        kListing | kLocking, [&layout, &in] { return try_command(layout, in.common, in.name, in.words); });
    trial->add_option("JAIL", in.name, "a jail with a file")->required();
    trial->add_option("COMMAND", in.words, "after --: a program of the jail, with its arguments")->required();
}

void define_top(const DefineCommand& command, const Layout& layout, Arguments& in) {
    CLI::App* top = command(
        "top", "what ps shows, again and again, with keys to sort, end and freeze",
        "  jail-provision top\n  jail-provision top --sort memory --interval 5 @students\n"
        "  jail-provision top --batch -n 1\n  jail-provision top --batch --json arkham\n\n"
        "Keys: c cpu, m memory, t tasks, a account; up, down: select; k kill, f freeze or thaw; q quit.",
        kListing, [&layout, &in] { return top_command(layout, in.common, in.top); });
    top->add_option("NAME", in.top.name, "a jail, an account, or a group as @GROUP");
    top->add_flag("-b,--batch", in.top.batch, "print rounds, for a file or a program");
    top->add_option("-n,--rounds", in.top.rounds, "with --batch: how many rounds (default: without end)")
        ->check(CLI::PositiveNumber);
    top->add_option("--interval", in.top.interval, "seconds between looks, 0.1 to 3600")
        ->capture_default_str()
        ->check(CLI::Range(0.1, 3600.0));
    top->add_option("--sort", in.top.sort, "cpu, memory, tasks or account")
        ->capture_default_str()
        ->check(CLI::IsMember({"cpu", "memory", "tasks", "account"}));
}

void define_stats(const DefineCommand& command, const Layout& layout, Arguments& in) {
    CLI::App* stats = command(
        "stats", "how often accounts were in and were refused, and what that took",
        "  jail-provision stats\n  jail-provision stats --since 30d arkham\n"
        "  jail-provision stats --by day @students\n  jail-provision stats --json --by jail | jq .total",
        kListing, [&layout, &in] { return stats_command(layout, in.common, in.stats); });
    stats->add_option("NAME", in.stats.name, "a jail, an account, or a group as @GROUP");
    stats->add_option("--since", in.stats.since, "events of 30d, 2h ago, or a day as 2026-11-30")
        ->capture_default_str();
    stats->add_option("--by", in.stats.by, "a row for each account, jail, day or service")
        ->capture_default_str()
        ->check(CLI::IsMember({"account", "jail", "day", "service"}));
}

void define_lock(const DefineCommand& command, const Layout& layout, Arguments& in) {
    CLI::App* lock =
        command("lock", "let an account in by no door, and end its sessions",
                "  jail-provision lock --reason 'unpaid' harlequin\n  jail-provision lock --jail arkham",
                kDryRun | kLocking, [&layout, &in] { return lock_command(layout, in.common, in.lock); });
    CLI::App* unlock =
        command("unlock", "let it in again", "  jail-provision unlock harlequin", kDryRun | kLocking,
                [&layout, &in] { return unlock_command(layout, in.common, in.lock); });
    for (CLI::App* one : {lock, unlock}) {
        one->add_option("ACCOUNT", in.lock.accounts, "Unix accounts in jails");
        one->add_option("--jail", in.lock.jail, "all accounts with a record of their own in this jail");
    }
    lock->add_option("--reason", in.lock.reason, "a line that the account is told");
}

void define_freeze(const DefineCommand& command, const Layout& layout, Arguments& in) {
    CLI::App* freeze =
        command("freeze", "stop all that a running jail does, until thaw or kill",
                "  jail-provision freeze harlequin\n  jail-provision freeze --jail arkham", kListing,
                [&layout, &in] { return freeze_command(layout, in.common, in.kill); });
    CLI::App* thaw = command("thaw", "let a frozen jail go on", "  jail-provision thaw harlequin", kListing,
                             [&layout, &in] { return thaw_command(layout, in.common, in.kill); });
    for (CLI::App* one : {freeze, thaw}) {
        one->add_option("ACCOUNT", in.kill.accounts, "Unix accounts whose jails run");
        one->add_option("--jail", in.kill.jail, "all that run in this jail");
        one->add_flag("--all", in.kill.all, "all that run");
    }
}

}  // namespace

void define_watching(const DefineCommand& command, const Layout& layout, Arguments& in) {
    define_doctor(command, layout, in);
    command("sshd-config", "let internal-sftp ask the policy of accounts that may not use sftp",
            "  jail-provision sshd-config --dry-run\n  jail-provision sshd-config && systemctl reload ssh",
            kDryRun, [&layout, &in] { return sshd_config_command(layout, in.common); });
    define_verify(command, layout, in);
    define_try(command, layout, in);
    CLI::App* ps = command("ps", "who is in, from where, and what they use",
                           "  jail-provision ps\n  jail-provision ps arkham\n  jail-provision ps @students",
                           kListing, [&layout, &in] { return ps_command(layout, in.common, in.name); });
    ps->add_option("NAME", in.name, "a jail, an account, or a group as @GROUP");
    define_top(command, layout, in);
    define_events(command, layout, in);
    define_stats(command, layout, in);
    CLI::App* explain =
        command("explain", "the cause of an event id that a person was told; whether a command is allowed",
                "  jail-provision explain 6e169233\n  jail-provision explain harlequin -- rsync --version",
                kListing, [&layout, &in] { return explain_command(layout, in.common, in.name, in.words); });
    explain->add_option("EVENT|ACCOUNT", in.name, "an event's id, or a session's; or an account")->required();
    explain->add_option("COMMAND", in.words, "after --: would the account be allowed to run it?");
    CLI::App* report =
        command("report", "one page for an auditor: who may what, by which doors, and what happened",
                "  jail-provision report --html /root/jails.html\n"
                "  jail-provision report --since 90d --json",
                kListing, [&layout, &in] { return report_command(layout, in.common, in.report); });
    report->add_option("--html", in.report.html, "write a page that needs no other file");
    report->add_option("--since", in.report.since, "events of 30d, 2h ago, or a day as 2026-11-30")
        ->capture_default_str();
    define_lock(command, layout, in);
    define_freeze(command, layout, in);
}

}  // namespace jail::provision
