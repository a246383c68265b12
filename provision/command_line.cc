#include "provision/command_line.h"

#include <CLI/CLI.hpp>

#include "provision/commands/commands.h"
#include "provision/log.h"
#include "provision/version.h"

namespace jail::provision {

namespace {

constexpr int kUsage = 2;

struct Arguments {
    CommonOptions common;
    AddOptions add;
    RemoveOptions remove;
    std::vector<std::string> files;
    std::vector<std::string> jails;
    std::string name;
};

void add_common(CLI::App& command, CommonOptions& common, bool listing, bool changing) {
    if (listing) command.add_flag("--json", common.json, "print the result as JSON");
    if (changing) {
        command.add_flag("-n,--dry-run", common.dry_run, "say what would be done, change nothing");
        command
            .add_option("--lock-timeout", common.lock_timeout, "seconds to wait for another jail-provision")
            ->capture_default_str();
    }
    command.add_flag("-v,--verbose", common.verbose, "say what is being done");
}

CLI::App* check(CLI::App& app, Arguments& arguments) {
    CLI::App* command = app.add_subcommand("check", "validate jails without building anything");
    command->add_option("FILE", arguments.files,
                        "YAML files (default: all of /etc/jail/jails and jail.yaml)");
    command->footer("Examples:\n  jail-provision check\n  jail-provision check ./arkham.yaml");
    add_common(*command, arguments.common, true, false);
    return command;
}

CLI::App* add(CLI::App& app, Arguments& arguments) {
    CLI::App* command = app.add_subcommand("add", "put an account into a jail");
    command->add_option("ACCOUNT", arguments.add.account, "the Unix account")->required();
    command->add_option("--jail", arguments.add.jail, "the jail (default: the one that lists the account)");
    command->add_flag("--create", arguments.add.create, "create the account first, with a locked password");
    command->add_flag("--system", arguments.add.system, "accept an account with a uid below 1000");
    command->footer(
        "Examples:\n  jail-provision add harlequin\n  jail-provision add --create --jail arkham joker");
    add_common(*command, arguments.common, false, true);
    return command;
}

CLI::App* remove(CLI::App& app, Arguments& arguments) {
    CLI::App* command = app.add_subcommand("remove", "take an account out of its jail");
    command->add_option("ACCOUNT", arguments.remove.account, "the Unix account")->required();
    command->add_flag("--delete-account", arguments.remove.delete_account,
                      "delete the account too (its home stays)");
    command->add_flag("--force", arguments.remove.force, "even while it is logged in");
    command->footer(
        "Examples:\n  jail-provision remove harlequin\n  jail-provision remove --dry-run harlequin");
    add_common(*command, arguments.common, false, true);
    return command;
}

CLI::App* list(CLI::App& app, Arguments& arguments) {
    CLI::App* command = app.add_subcommand("list", "accounts in jails");
    command->footer("Examples:\n  jail-provision list\n  jail-provision list --json");
    add_common(*command, arguments.common, true, false);
    return command;
}

CLI::App* show(CLI::App& app, Arguments& arguments) {
    CLI::App* command = app.add_subcommand("show", "a jail as it is published");
    command->add_option("NAME", arguments.name, "a jail, or an account in one")->required();
    command->footer("Examples:\n  jail-provision show arkham\n  jail-provision show --json harlequin");
    add_common(*command, arguments.common, true, false);
    return command;
}

CLI::App* build(CLI::App& app, Arguments& arguments) {
    CLI::App* command = app.add_subcommand("build", "build and publish what has changed");
    command->add_option("JAIL", arguments.jails, "jails (default: all)");
    command->footer("Examples:\n  jail-provision build\n  jail-provision build --dry-run arkham");
    add_common(*command, arguments.common, true, true);
    return command;
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
    const CLI::App* checking = check(app, arguments);
    const CLI::App* adding = add(app, arguments);
    const CLI::App* removing = remove(app, arguments);
    const CLI::App* listing = list(app, arguments);
    const CLI::App* showing = show(app, arguments);
    (void)build(app, arguments);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : kUsage;
    }
    set_up_log(arguments.common.verbose);
    if (*checking) return check_command(layout, arguments.common, arguments.files);
    if (*adding) return add_command(layout, arguments.common, arguments.add);
    if (*removing) return remove_command(layout, arguments.common, arguments.remove);
    if (*listing) return list_command(layout, arguments.common);
    if (*showing) return show_command(layout, arguments.common, arguments.name);
    return build_command(layout, arguments.common, arguments.jails);
}

}  // namespace jail::provision
