// SPDX-License-Identifier: Apache-2.0
// A command in a jail as a build would make it, as an account that exists for that long, and what of the host
// it missed.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "provision/base/problem.h"
#include "provision/build/jail_build.h"
#include "provision/commands/report.h"
#include "provision/config/jail_catalog.h"
#include "provision/host/debian_packages.h"
#include "provision/trial/contained.h"
#include "provision/trial/scratch_account.h"
#include "provision/trial/suggestion.h"
#include "provision/trial/trial_session.h"

namespace jail::provision {

namespace {

using Json = nlohmann::json;

constexpr int kSchema = 1;  // of --json

struct Tried {
    Trial trial;
    Suggestion suggestion;
    std::map<std::string, std::string> packages;  // by path
};

// The tree is on the disk, and nothing of the jail is published.
Result<Manifest> build_tree_alone(const Layout& layout, const CommonOptions& common, const std::string& jail,
                                  Diagnostics& diagnostics) {
    const StateLock lock = JAIL_TRY(lock_state(layout, common));
    BuildOptions options;
    options.leave_published = options.leave_groups = true;
    return JAIL_TRY(build_jail(layout, jail, options, diagnostics)).manifest;
}

Suggestion suggest_for(const Layout& layout, const std::string& jail, const std::set<std::string>& missing) {
    FileStates states;
    BundleLibrary library(layout, states);
    Diagnostics ignored;  // the build has reported them
    const CheckedPolicy checked =
        check_policy(load_policy(layout, jail_file(layout, jail), states, ignored), library, ignored);
    std::set<std::string> commands;
    for (const CommandRequest& command : checked.commands) commands.insert(command.name);
    return suggest(missing, library.all(), {checked.bundles.begin(), checked.bundles.end()}, commands);
}

// By the path without symlinks, which dpkg knows.
std::string canonical(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::weakly_canonical(path, ignored).string();
}

Result<Tried> try_it(const Layout& layout, const CommonOptions& common, Manifest manifest,
                     const std::vector<std::string>& words, unsigned number) {
    const std::string jail = manifest.jail;
    const bool shell = !manifest.shell.empty();
    const ScratchAccount account = JAIL_TRY(make_scratch_account(layout, std::move(manifest), number));
    Tried tried;
    tried.trial = JAIL_TRY(run_trial(account, common.json ? STDERR_FILENO : STDOUT_FILENO, shell,
                                     shell ? std::vector{as_shell_words(words)} : words));
    tried.suggestion = suggest_for(layout, jail, tried.trial.missing);
    const auto packages = JAIL_TRY(DebianPackages::of(layout.host_root));
    for (const std::string& path : tried.trial.missing)
        if (const std::string owner = packages->owner_of(canonical(path)); !owner.empty())
            tried.packages.emplace(path, owner);
    return tried;
}

std::string package_of(const Tried& tried, const std::string& path) {
    const auto found = tried.packages.find(path);
    return found == tried.packages.end() ? std::string() : std::string(bare_name(found->second));
}

std::string list_of(const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    return "[" + list + "]";
}

void print(const std::string& jail, const Tried& tried) {
    const Trial& trial = tried.trial;
    std::fprintf(stderr, "status %d; ", status_of(trial.wait_status));
    if (trial.missing.empty()) {
        std::fprintf(stderr, "it looked for nothing that the host has and jail %s has not\n", jail.c_str());
        return;
    }
    std::fprintf(stderr, "it looked for these, which the host has and jail %s has not:\n", jail.c_str());
    for (const std::string& path : trial.missing)
        std::fprintf(stderr, "  %-48s %s%s\n", printable(path).c_str(),
                     trial.programs.contains(path) ? "to execute it, " : "", package_of(tried, path).c_str());
    if (trial.incomplete) std::fputs("  and more\n", stderr);
    std::fputs("Not all of it is needed. The lines that would bring it:\n", stderr);
    const Suggestion& add = tried.suggestion;
    if (!add.include.empty()) std::fprintf(stderr, "include: %s\n", list_of(add.include).c_str());
    if (!add.commands.empty()) std::fprintf(stderr, "commands: %s\n", list_of(add.commands).c_str());
    if (!add.files.empty()) std::fputs("files:\n", stderr);
    for (const std::string& file : add.files) std::fprintf(stderr, "  - %s\n", printable(file).c_str());
}

Json as_json(const std::string& jail, const Tried& tried) {
    Json missing = Json::array();
    for (const std::string& path : tried.trial.missing)
        missing.push_back({{"path", path},
                           {"executed", tried.trial.programs.contains(path)},
                           {"package", package_of(tried, path)}});
    const Suggestion& add = tried.suggestion;
    return {{"schema", kSchema},
            {"jail", jail},
            {"status", status_of(tried.trial.wait_status)},
            {"missing", missing},
            {"incomplete", tried.trial.incomplete},
            {"add", {{"include", add.include}, {"commands", add.commands}, {"files", add.files}}}};
}

}  // namespace

int try_command(const Layout& layout, const CommonOptions& common, const std::string& jail,
                const std::vector<std::string>& words) {
    if (::geteuid() != 0) return fail(problem("try needs root: it makes an account and namespaces"));
    Diagnostics diagnostics;
    const Result<Manifest> manifest = build_tree_alone(layout, common, jail, diagnostics);
    if (!manifest) return fail(manifest.error(), diagnostics);
    const Result<TrialNumber> number = take_trial_number(layout);
    if (!number) return fail(number.error());
    const Result<int> status = run_contained([&] {
        Result<Tried> tried = try_it(layout, common, manifest.value(), words, number.value().number);
        if (!tried) return fail(tried.error());
        if (common.json)
            print_json(as_json(jail, tried.value()));
        else
            print(jail, tried.value());
        return status_of(tried->trial.wait_status);
    });
    return status ? status.value() : fail(status.error());
}

}  // namespace jail::provision
