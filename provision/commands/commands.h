// SPDX-License-Identifier: Apache-2.0
// The subcommands, which the command line calls: one function a command, each in its own file. They print
// results on stdout, explain failures on stderr and return the exit status: 0, or 1 for an error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "provision/base/layout.h"
#include "provision/build/host_plan.h"

namespace jail::provision {

struct CommonOptions {
    bool json = false;
    bool dry_run = false;
    bool verbose = false;
    unsigned lock_timeout = 60;
};

struct AddOptions {
    std::vector<std::string> accounts;
    std::string jail;  // empty: the one that lists the account
    bool create = false;
    bool move = false;  // from another jail
    bool system = false;
    bool kill = false;   // what the account runs outside
    bool force = false;  // whatever is open, or runs outside
};

struct RemoveOptions {
    std::vector<std::string> accounts;
    bool delete_account = false;
    bool force = false;
};

struct ApplyOptions {
    bool check = false;     // only say what would change
    bool diff = false;      // say how
    bool detailed = false;  // the status says whether something changed
    PlanOptions plan;
};

struct EnterOptions {
    std::string account;
    bool root = false;
    std::uint32_t session = 0;         // where each has an instance of its own: which; 0: the only one
    std::vector<std::string> command;  // empty: a shell
};

struct DoctorOptions {
    std::string account;  // empty: all
    bool trees = false;   // read every file of them
    std::string fix;      // the code of the finding to mend, or empty
};

struct EventsOptions {
    bool follow = false;
    bool denials = false;
    bool hooks = false;   // runs hooks instead of printing
    std::string account;  // or a jail
    std::string since;    // "2h"
};

struct TopOptions {
    bool batch = false;
    std::uint64_t rounds = 0;  // 0: without end
    double interval = 2;       // seconds
    std::string sort = "cpu";
    std::string name;  // an account, a jail or @GROUP; empty: all
};

struct StatsOptions {
    std::string since = "7d";
    std::string by = "account";
    std::string name;  // an account, a jail or @GROUP; empty: all
};

struct ReportOptions {
    std::string since = "30d";
    std::string html;  // the file to write; empty: none
};

struct KillOptions {
    std::vector<std::string> accounts;
    std::string jail;  // what runs in it
    bool all = false;  // all that run
};

struct LockOptions {
    std::vector<std::string> accounts;
    std::string jail;
    std::string reason;
};

int check_command(const Layout& layout, const CommonOptions& common, const std::vector<std::string>& files);
int add_command(const Layout& layout, const CommonOptions& common, const AddOptions& options);
int remove_command(const Layout& layout, const CommonOptions& common, const RemoveOptions& options);
// `name`: an account, a jail or @GROUP; empty: all.
int list_command(const Layout& layout, const CommonOptions& common, const std::string& name);
int show_command(const Layout& layout, const CommonOptions& common, const std::string& name);
int build_command(const Layout& layout, const CommonOptions& common, std::vector<std::string> jails);
// Only published jails, without output about unchanged ones. `live`: running instances get the new limits.
int update_command(const Layout& layout, const CommonOptions& common, std::vector<std::string> jails,
                   bool live);
// 2, with `check` or `detailed`: something changed, or would.
int apply_command(const Layout& layout, const CommonOptions& common, const ApplyOptions& options);
int why_command(const Layout& layout, const CommonOptions& common, const std::string& jail,
                const std::string& path);
// Without generations: the current one and what a build would make now; with one: that and the current.
int diff_command(const Layout& layout, const CommonOptions& common, const std::string& jail,
                 const std::vector<std::uint64_t>& generations);
int history_command(const Layout& layout, const CommonOptions& common, const std::string& jail);
int rollback_command(const Layout& layout, const CommonOptions& common, const std::string& jail,
                     std::optional<std::uint64_t> generation);
int gc_command(const Layout& layout, const CommonOptions& common, std::uint64_t keep);
// 1 also when something differs.
int verify_tree_command(const Layout& layout, const CommonOptions& common, std::vector<std::string> jails,
                        bool repair);

// The status of the program that ran inside; 1 also if no program ran.
int enter_command(const CommonOptions& common, const EnterOptions& options);
// 0: healthy; 1: problems; 2: broken.
int doctor_command(const Layout& layout, const CommonOptions& common, const DoctorOptions& options);
// For an auditor: a page, or JSON.
int report_command(const Layout& layout, const CommonOptions& common, const ReportOptions& options);
// Writes the part of sshd's configuration that policies need.
int sshd_config_command(const Layout& layout, const CommonOptions& common);
// 0: as the policy says; 1: not, or something could not be tried; 2: nothing could.
int verify_command(const Layout& layout, const CommonOptions& common, const std::string& account);
// `name`: an account, a jail or @GROUP; empty: all.
int ps_command(const Layout& layout, const CommonOptions& common, const std::string& name);
// The same again and again: on a terminal until it is ended, or printed.
int top_command(const Layout& layout, const CommonOptions& common, const TopOptions& options);
int events_command(const Layout& layout, const CommonOptions& common, const EventsOptions& options);
// Sums of what the log has.
int stats_command(const Layout& layout, const CommonOptions& common, const StatsOptions& options);
// `words`: a command line of the account `name`; empty: `name` is an event's id, or a session's.
int explain_command(const Layout& layout, const CommonOptions& common, const std::string& name,
                    const std::vector<std::string>& words);
// Runs `words` in the jail as a build would make it. The status is the command's; 1 also if it did not run.
int try_command(const Layout& layout, const CommonOptions& common, const std::string& jail,
                const std::vector<std::string>& words);
int lock_command(const Layout& layout, const CommonOptions& common, const LockOptions& options);
int unlock_command(const Layout& layout, const CommonOptions& common, const LockOptions& options);
// Freezes, or lets go on, the running instances that the options name.
int freeze_command(const Layout& layout, const CommonOptions& common, const KillOptions& options);
int thaw_command(const Layout& layout, const CommonOptions& common, const KillOptions& options);
int kill_command(const Layout& layout, const CommonOptions& common, const KillOptions& options);

}  // namespace jail::provision
