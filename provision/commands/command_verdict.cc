// SPDX-License-Identifier: Apache-2.0
#include "provision/commands/command_verdict.h"

#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "jailshell/client_command.h"
#include "libjail/policy/binding.h"
#include "libjail/policy/login_times.h"
#include "provision/accounts/account_locks.h"
#include "provision/base/problem.h"
#include "provision/build/compiler.h"
#include "provision/commands/report.h"
#include "provision/config/bundles.h"
#include "provision/config/checked_policy.h"
#include "provision/config/jail_catalog.h"
#include "provision/host/account.h"
#include "provision/host/link_resolution.h"
#include "provision/tree/publisher.h"
#include "provision/tree/tree_inventory.h"

namespace jail::provision {

namespace {

using jailshell::base_name;

constexpr int kSchema = 1;  // of --json

struct Verdict {
    bool allowed = false;
    std::string cause;    // a sentence
    std::string program;  // in the jail; empty: it has none of this name
    std::string origin;   // "bundle basicshell, command ls (/etc/jail/...:3)"
};

bool has_file(const Inventory& inventory, const std::string& path) {
    const auto target_of = [&](const std::string& place) {
        const auto entry = inventory.find(place);
        const bool link = entry != inventory.end() && entry->second.kind == EntryKind::kSymlink;
        return link ? std::optional(entry->second.content) : std::nullopt;
    };
    const auto found = inventory.find(resolve_links(path, target_of).path);
    return found != inventory.end() && found->second.kind == EntryKind::kFile;
}

std::string find_program(const Inventory& inventory, const std::string& word) {
    if (word.starts_with('/')) return has_file(inventory, word) ? word : std::string();
    for (const char* directory : kProgramDirectories)
        if (const std::string path = directory + word; has_file(inventory, path)) return path;
    return {};
}

// The lines of the YAML, or of a bundle, that decide; empty where the files differ from what is published.
struct Source {
    std::string access;  // " (FILE:LINE)", or that it is the default
    std::vector<CommandRequest> commands;
};

Source read_source(const Layout& layout, const std::string& jail) {
    Diagnostics diagnostics;
    FileStates states;
    Policy policy = load_policy(layout, jail_file(layout, jail), states, diagnostics);
    Source source;
    source.access = policy.access.written ? " (" + to_string(policy.access.at) + ")"
                                          : ", as by default (no access in " + jail_file(layout, jail) + ")";
    BundleLibrary bundles(layout, states);
    source.commands = check_policy(std::move(policy), bundles, diagnostics).commands;
    return source;
}

std::string origin_of(const Source& source, const std::string& program) {
    for (const CommandRequest& request : source.commands)
        if (request.name == program || base_name(request.name) == base_name(program))
            return request.origin + " (" + to_string(request.at) + ")";
    return {};
}

// The shell runs whatever the jail has. Words that it knows by itself are not programs.
void judge_for_shell(const Inventory& inventory, const std::string& word, Verdict& verdict) {
    verdict.program = find_program(inventory, word);
    verdict.allowed = !verdict.program.empty();
    verdict.cause = verdict.allowed ? "the account has a shell, and the jail has the program"
                                    : "the account has a shell, and the jail has no program '" + word +
                                          "' (a built-in word of the shell, or a program in a home or mount "
                                          "with exec: true, needs none)";
}

void judge_without_shell(const Manifest& manifest, const Inventory& inventory, const std::string& line,
                         Verdict& verdict) {
    const std::string first = base_name(line.substr(0, line.find(' ')));
    if ((first == "sftp-server" || first == "internal-sftp") && manifest.access.sftp) {
        verdict.allowed = true;
        verdict.program = manifest.sftp_server;
        verdict.cause = "the account may use sftp";
        return;
    }
    const auto read = jailshell::read_client_command(manifest.access, line);
    if (!read) {
        verdict.cause = read.error().message();
        return;
    }
    verdict.program = find_program(inventory, read.value().program);
    verdict.allowed = !verdict.program.empty();
    verdict.cause = verdict.allowed ? "it is what a client of an allowed kind of access has run"
                                    : "this kind of access is allowed, but the jail has no program '" +
                                          read.value().program + "'";
}

Result<Verdict> judge(const Layout& layout, std::uint32_t uid, const std::string& jail,
                      const std::vector<std::string>& words) {
    const Manifest manifest = JAIL_TRY(find_published(layout, jail));
    const Inventory inventory = JAIL_TRY(load_inventory(layout, manifest.tree));
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
    Verdict verdict;
    if (const Result<> open = require_login_time(manifest, ::time(nullptr));
        !open || is_locked(layout, uid)) {
        verdict.cause = !open ? open.error().message() : "the account is locked (jail-provision unlock)";
        return verdict;
    }
    if (manifest.access.shell)
        judge_for_shell(inventory, line.substr(0, line.find(' ')), verdict);
    else
        judge_without_shell(manifest, inventory, line, verdict);
    const Source source = read_source(layout, jail);
    verdict.cause += source.access;
    if (!verdict.program.empty()) verdict.origin = origin_of(source, verdict.program);
    return verdict;
}

}  // namespace

int explain_command_line(const Layout& layout, const CommonOptions& common, const std::string& name,
                         const std::vector<std::string>& words) {
    const auto found_account = find_account(name);
    const auto account = found_account ? name_service::account_of(found_account.value().uid)
                                       : Result<name_service::Account>(found_account.error());
    const auto record = account ? find_binding(account.value()) : Result<AccountRecord>(account.error());
    if (!record) return fail(problem("account '" + name + "' is in no jail"));
    const auto verdict = judge(layout, record.value().uid, record.value().jail, words);
    if (!verdict) return fail(verdict.error());
    const Verdict& found = verdict.value();
    if (common.json) {
        print_json({{"schema", kSchema},
                    {"account", name},
                    {"jail", record.value().jail},
                    {"allowed", found.allowed},
                    {"cause", found.cause},
                    {"program", found.program},
                    {"origin", found.origin}});
        return found.allowed ? 0 : 1;
    }
    std::printf("%s, jail %s: %s: %s\n", name.c_str(), record.value().jail.c_str(),
                found.allowed ? "allowed" : "refused", printable(found.cause).c_str());
    if (!found.program.empty())
        std::printf("  %s%s%s\n", printable(found.program).c_str(), found.origin.empty() ? "" : "  ",
                    printable(found.origin).c_str());
    return found.allowed ? 0 : 1;
}

}  // namespace jail::provision
