// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "provision/build/jail_build.h"
#include "provision/commands/report.h"
#include "provision/config/jail_catalog.h"
#include "provision/config/policy_reader.h"

namespace jail::provision {

namespace {

void check_defaults(const Layout& layout, const std::string& path, Diagnostics& diagnostics) {
    YamlNode root;
    Policy policy;
    if (load_yaml(layout, path, root, diagnostics)) read_defaults(root, policy, diagnostics);
}

// An account can be in one jail only.
void check_accounts(const Layout& layout, const std::vector<std::string>& files, Diagnostics& diagnostics) {
    std::map<std::string, Position> first;
    for (const std::string& path : files) {
        FileStates states;
        Diagnostics already_reported;
        const Policy policy = load_policy(layout, path, states, already_reported);
        for (const Located<std::string>& account : policy.accounts) {
            const auto [place, fresh] = first.emplace(account.value, account.at);
            if (!fresh && *place->second.file != *account.at.file)
                diagnostics.add(account.at, "account '" + account.value + "' is listed in " +
                                                to_string(place->second) +
                                                " already; an account is in one jail");
        }
    }
}

int print_result(const CommonOptions& common, const std::vector<std::string>& files,
                 const Diagnostics& diagnostics) {
    if (common.json) {
        const nlohmann::json result = {{"files", files},
                                       {"ok", diagnostics.empty()},
                                       {"errors", diagnostics.lines()},
                                       {"notes", diagnostics.notes()}};
        std::puts(result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    } else {
        std::fputs(diagnostics.joined().c_str(), stderr);
        print_notes(diagnostics);
        if (diagnostics.empty())
            std::printf("%zu file%s, no errors\n", files.size(), files.size() == 1 ? "" : "s");
    }
    return diagnostics.empty() ? 0 : 1;
}

}  // namespace

int check_command(const Layout& layout, const CommonOptions& common, const std::vector<std::string>& named) {
    Diagnostics diagnostics;
    const std::string defaults = layout.config_dir + "/jail.yaml";
    std::vector<std::string> jails = named, checked = named;
    if (named.empty()) {
        check_directories(layout, diagnostics);
        for (const std::string& name : jail_names(layout)) jails.push_back(jail_file(layout, name));
        checked = jails;
        if (read_state(defaults).kind != FileKind::kAbsent) {
            check_defaults(layout, defaults, diagnostics);
            checked.push_back(defaults);
        }
    }
    for (const std::string& path : jails) {
        if (path == defaults)
            check_defaults(layout, path, diagnostics);
        else
            check_jail(layout, path, diagnostics);
    }
    check_accounts(layout, jails, diagnostics);
    return print_result(common, checked, diagnostics);
}

}  // namespace jail::provision
