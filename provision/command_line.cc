// SPDX-License-Identifier: Apache-2.0
#include "provision/command_line.h"

#include <cstdint>
#include <functional>
#include <span>

#include "provision/arguments.h"
#include "provision/base/log.h"
#include "provision/base/nearest_name.h"
#include "provision/base/problem.h"
#include "provision/base/version.h"

namespace jail::provision {

namespace {

constexpr int kUsage = 64;  // EX_USAGE of sysexits.h: 2 is apply's "changed"

class CommandLine {
public:
    CommandLine(const Layout& layout, CLI::App& app, Arguments& arguments)
        : layout_(layout), app_(app), in_(arguments) {}

    void define() {
        check();
        add();
        remove();
        list();
        show();
        build();
        update();
        apply();
        why();
        diff();
        history();
        rollback();
        gc();
        verify_tree();
        enter();
        kill();
        define_watching([this](const auto&... parts) { return command(parts...); }, layout_, in_);
    }

private:
    CLI::App* command(const std::string& name, const std::string& what, const std::string& examples,
                      unsigned kinds, std::function<int()> run) {
        CLI::App* command = app_.add_subcommand(name, what);
        command->footer("Examples:\n" + examples);
        if (kinds & kListing) command->add_flag("--json", in_.common.json, "print the result as JSON");
        if (kinds & kDryRun)
            command->add_flag("-n,--dry-run", in_.common.dry_run, "say what would be done, change nothing");
        if (kinds & kLocking)
            command
                ->add_option("--lock-timeout", in_.common.lock_timeout,
                             "seconds to wait for another jail-provision")
                ->capture_default_str();
        command->add_flag("-v,--verbose", in_.common.verbose, "say what is being done");
        command->callback([this, run = std::move(run)] { in_.run = run; });
        return command;
    }

    // strtoull(3) reads -1 as the largest number.
    static CLI::Validator not_negative() {
        return {[](std::string& text) { return text.starts_with('-') ? "it is negative" : std::string(); },
                "", "not negative"};
    }

    void check() {
        CLI::App* check = command("check", "validate jails without building anything",
                                  "  jail-provision check\n  jail-provision check ./arkham.yaml", kListing,
                                  [this] { return check_command(layout_, in_.common, in_.files); });
        check->add_option("FILE", in_.files, "YAML files (default: all of /etc/jail/jails and jail.yaml)");
    }

    void add() {
        CLI::App* add = command(
            "add", "put accounts into a jail",
            "  jail-provision add harlequin\n  jail-provision add --create --jail arkham joker\n"
            "  jail-provision add --move --jail arkham joker",
            kListing | kDryRun | kLocking, [this] { return add_command(layout_, in_.common, in_.add); });
        add->add_option("ACCOUNT", in_.add.accounts, "Unix accounts")->required();
        add->add_option("--jail", in_.add.jail, "the jail (default: the one that lists the account)");
        add->add_flag("--create", in_.add.create, "create the account first, with a locked password");
        add->add_flag("--move", in_.add.move,
                      "take the account out of the jail that it is in now, in one step");
        add->add_flag("--system", in_.add.system, "accept an account with a uid below 1000");
        add->add_flag("--kill", in_.add.kill, "end what the account runs outside of its jail");
        add->add_flag("--force", in_.add.force, "even where sshd is open, or something runs outside");
    }

    void remove() {
        CLI::App* remove =
            command("remove", "take accounts out of their jail",
                    "  jail-provision remove harlequin\n  jail-provision remove --dry-run harlequin",
                    kDryRun | kLocking, [this] { return remove_command(layout_, in_.common, in_.remove); });
        remove->add_option("ACCOUNT", in_.remove.accounts, "Unix accounts")->required();
        remove->add_flag("--delete-account", in_.remove.delete_account,
                         "delete the account too (its home stays)");
        remove->add_flag("--force", in_.remove.force, "even while it is logged in: its sessions are ended");
    }

    void list() {
        CLI::App* list = command("list", "accounts and groups in jails",
                                 "  jail-provision list\n  jail-provision list arkham\n"
                                 "  jail-provision list --json @students",
                                 kListing, [this] { return list_command(layout_, in_.common, in_.name); });
        list->add_option("NAME", in_.name, "a jail, an account, or a group as @GROUP (default: all)");
    }

    void show() {
        CLI::App* show = command("show", "a jail as it is published",
                                 "  jail-provision show arkham\n  jail-provision show --json harlequin",
                                 kListing, [this] { return show_command(layout_, in_.common, in_.name); });
        show->add_option("NAME", in_.name, "a jail, or an account in one")->required();
    }

    void build() {
        CLI::App* build = command("build", "build and publish what has changed",
                                  "  jail-provision build\n  jail-provision build --dry-run arkham",
                                  kListing | kDryRun | kLocking,
                                  [this] { return build_command(layout_, in_.common, in_.jails); });
        build->add_option("JAIL", in_.jails, "jails (default: all)");
    }

    void update() {
        CLI::App* update = command("update", "rebuild published jails, as after package upgrades",
                                   "  jail-provision update\n  jail-provision update --dry-run\n"
                                   "  jail-provision update --live arkham",
                                   kListing | kDryRun | kLocking, [this] {
                                       return update_command(layout_, in_.common, in_.jails, in_.live);
                                   });
        update->add_flag("--live", in_.live,
                         "give running jails the new memory, swap, tasks, cpu and io limits");
        update->add_option("JAIL", in_.jails, "jails (default: all that are published)");
    }

    void apply() {
        CLI::App* apply = command(
            "apply", "make the host match the YAML files",
            "  jail-provision apply\n  jail-provision apply --check --diff\n\nExit status: 0, or 1 "
            "for an error; with --check or --detailed-exitcode 2 when something would change, or did.",
            kListing | kLocking, [this] { return apply_command(layout_, in_.common, in_.apply); });
        apply->add_flag("-n,--check,--dry-run", in_.apply.check, "say what would be done, change nothing");
        apply->add_flag("--detailed-exitcode", in_.apply.detailed, "exit with 2 when something changed");
        apply->add_flag("--diff", in_.apply.diff, "say what is different in each jail");
        apply->add_flag("--withdraw", in_.apply.plan.withdraw,
                        "take accounts and groups out of jails that have no file any more");
        apply->add_flag("--force", in_.apply.plan.force,
                        "also where accounts are logged in, sshd is open, or something runs outside");
        apply->add_flag("--kill", in_.apply.plan.kill,
                        "end what accounts that come into a jail run outside of it");
    }

    void why() {
        CLI::App* why =
            command("why", "what brought a file into a jail",
                    "  jail-provision why arkham /usr/lib/x86_64-linux-gnu/libselinux.so.1", kListing,
                    [this] { return why_command(layout_, in_.common, in_.name, in_.path); });
        why->add_option("JAIL", in_.name, "a jail")->required();
        why->add_option("PATH", in_.path, "a path inside it")->required();
    }

    void diff() {
        CLI::App* diff = command(
            "diff", "what differs between generations, or from what a build would make",
            "  jail-provision diff arkham       the current one, and what a build would make now\n"
            "  jail-provision diff arkham 3     generation 3 and the current one\n"
            "  jail-provision diff arkham 3 4",
            kListing, [this] { return diff_command(layout_, in_.common, in_.name, in_.generations); });
        diff->add_option("JAIL", in_.name, "a jail")->required();
        diff->add_option("GENERATION", in_.generations, "none, one or two")
            ->expected(0, 2)
            ->check(not_negative());
    }

    void history() {
        CLI::App* history =
            command("history", "the generations of a jail", "  jail-provision history arkham", kListing,
                    [this] { return history_command(layout_, in_.common, in_.name); });
        history->add_option("JAIL", in_.name, "a jail")->required();
    }

    void rollback() {
        CLI::App* rollback =
            command("rollback", "go back to an earlier generation, and stay there",
                    "  jail-provision rollback arkham\n  jail-provision rollback arkham 3",
                    kDryRun | kLocking, [this] {
                        return rollback_command(
                            layout_, in_.common, in_.name,
                            in_.generations.empty() ? std::nullopt : std::optional(in_.generations[0]));
                    });
        rollback->add_option("JAIL", in_.name, "a jail")->required();
        rollback->add_option("GENERATION", in_.generations, "default: the one before the current")
            ->expected(0, 1)
            ->check(not_negative());
    }

    void gc() {
        CLI::App* gc = command("gc", "remove old generations and the files that only they have",
                               "  jail-provision gc\n  jail-provision gc --keep 1 --dry-run",
                               kListing | kDryRun | kLocking,
                               [this] { return gc_command(layout_, in_.common, in_.keep); });
        gc->add_option("--keep", in_.keep, "how many of the newest generations of each jail stay")
            ->capture_default_str()
            ->check(not_negative());
    }

    void verify_tree() {
        CLI::App* verify = command(
            "verify-tree", "compare trees with what was built",
            "  jail-provision verify-tree\n  jail-provision verify-tree --repair arkham", kListing | kLocking,
            [this] { return verify_tree_command(layout_, in_.common, in_.jails, in_.repair); });
        verify->add_option("JAIL", in_.jails, "jails (default: all that are published)");
        verify->add_flag("--repair", in_.repair, "build damaged trees again");
    }

    void enter() {
        CLI::App* enter = command("enter", "go into the jail of an account",
                                  "  jail-provision enter harlequin\n  jail-provision enter harlequin ps ax\n"
                                  "  jail-provision enter --root harlequin\n\nOptions stand before ACCOUNT; "
                                  "the rest is the command's.",
                                  0, [this] {
                                      std::vector<std::string>& words = in_.enter.command;
                                      if (!words.empty() && words[0] == "--") words.erase(words.begin());
                                      return enter_command(in_.common, in_.enter);
                                  });
        enter->add_flag("--root", in_.enter.root,
                        "as root, with all privileges, outside the account's limits");
        enter
            ->add_option("--session", in_.enter.session,
                         "which session's jail to enter (instance: session); not needed if there is just one")
            ->type_name("NUMBER")
            ->check(CLI::PositiveNumber);
        enter->add_option("ACCOUNT", in_.enter.account, "a Unix account in a jail")->required();
        enter->add_option("COMMAND", in_.enter.command,
                          "a program of the jail and its arguments (default: the shell)");
        enter->positionals_at_end();
        enter->prefix_command();
    }

    void kill() {
        CLI::App* kill = command("kill", "end the running jail of an account, and all in it, at once",
                                 "  jail-provision kill harlequin\n  jail-provision kill --jail arkham",
                                 kListing, [this] { return kill_command(layout_, in_.common, in_.kill); });
        kill->add_option("ACCOUNT", in_.kill.accounts, "Unix accounts");
        kill->add_option("--jail", in_.kill.jail, "all that run in this jail, members of groups too");
        kill->add_flag("--all", in_.kill.all, "all that run");
    }

    const Layout& layout_;
    CLI::App& app_;
    Arguments& in_;
};

// CLI11 complains of arguments that are missing first, and takes an option that it does not know for the
// beginning of the command that `enter` runs. There options end with the first word that is not an option,
// the account; everywhere with "--". Empty: all are known.
std::string unknown_option(const CLI::App& command, std::span<char*> words) {
    const bool is_enter = command.get_name() == "enter";
    std::vector<std::string> known;
    for (const CLI::Option* option : command.get_options())
        for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    for (std::size_t at = 0; at < words.size(); ++at) {
        const std::string word = words[at];
        const bool is_option = word.size() > 1 && word.starts_with('-');
        if (word == "--" || (is_enter && !is_option)) return {};
        if (!is_option) continue;
        const bool is_long = word.starts_with("--");
        const std::string name = is_long ? word.substr(0, word.find('=')) : word.substr(0, 2);
        const CLI::Option* option = command.get_option_no_throw(name);
        if (option == nullptr) {
            const std::string near = did_you_mean(name, known);
            const std::string hint = is_enter ? "; options of the command stand after the account"
                                              : "; see jail-provision " + command.get_name() + " --help";
            return command.get_name() + " has no option '" + printable(name) + "'" +
                   (near.empty() ? hint : near);
        }
        if (option->get_items_expected_max() > 0 && word == name) ++at;  // its value
    }
    return {};
}

// Empty where the first word is a subcommand, or an option.
std::string unknown_command(const CLI::App& app, const std::string& word) {
    if (word.empty() || word.starts_with('-')) return {};
    std::vector<std::string> known;
    for (const CLI::App* command : app.get_subcommands({})) {
        if (command->get_name() == word) return {};
        known.push_back(command->get_name());
    }
    const std::string near = did_you_mean(word, known);
    return "'" + printable(word) + "' is not a command" +
           (near.empty() ? "; jail-provision --help lists all" : near);
}

}  // namespace

int run_command_line(const Layout& layout, int argc, char** argv) {
    CLI::App app("Builds and manages jails for SSH and SFTP accounts.", "jail-provision");
    app.set_version_flag("--version", std::string("jail-provision ") + kVersion);
    app.require_subcommand(1);
    app.footer(
        "Examples:\n  jail-provision check\n  jail-provision add harlequin\n  jail-provision list\n\n"
        "See jail-provision(8) and jail.yaml(5).");
    Arguments arguments;
    CommandLine commands(layout, app, arguments);  // until the end: the callbacks are its own
    commands.define();
    std::string unknown = argc > 1 ? unknown_command(app, argv[1]) : std::string();
    if (argc > 1 && unknown.empty() && argv[1][0] != '-')
        unknown = unknown_option(*app.get_subcommand(argv[1]),
                                 std::span(argv, static_cast<std::size_t>(argc)).subspan(2));
    if (!unknown.empty()) {
        set_up_log(false);
        log_error(unknown);
        return kUsage;
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : kUsage;
    }
    set_up_log(arguments.common.verbose);
    return arguments.run();
}

}  // namespace jail::provision
