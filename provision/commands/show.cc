// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/accounts/account_records.h"
#include "provision/accounts/group_records.h"
#include "provision/commands/manifest_json.h"
#include "provision/commands/report.h"
#include "provision/config/keys.h"
#include "provision/tree/publisher.h"
#include "provision/tree/tree_summary.h"

namespace jail::provision {

namespace {

// The jail of that name, or the one that the account of that name is bound to.
std::string jail_of(const Layout& layout, const std::string& name) {
    std::vector<std::string> damaged;
    for (const AccountRecord& record : all_records(layout, damaged))
        if (record.account == name) return record.jail;
    return name;
}

nlohmann::json accounts_of(const Layout& layout, const std::string& jail) {
    std::vector<std::string> damaged;
    nlohmann::json accounts = nlohmann::json::array();
    for (const AccountRecord& record : all_records(layout, damaged))
        if (record.jail == jail) accounts.push_back(record.account);
    return accounts;
}

nlohmann::json groups_of(const Layout& layout, const std::string& jail) {
    std::vector<std::string> damaged;
    nlohmann::json groups = nlohmann::json::array();
    for (const GroupRecord& record : all_group_records(layout, damaged))
        if (record.jail == jail) groups.push_back(record.group);
    return groups;
}

nlohmann::json as_json(const Layout& layout, const Manifest& manifest) {
    const TreeSummary tree = summarise_tree(tree_path(layout, manifest.tree));
    nlohmann::json shown = policy_as_json(manifest);
    shown["jail"] = manifest.jail;
    shown["generation"] = manifest.generation;
    shown["held"] = held(layout, manifest);
    shown["tree"] = manifest.tree;
    shown["files"] = tree.files;
    shown["bytes"] = tree.bytes;
    shown["commands"] = tree.commands;
    shown["accounts"] = accounts_of(layout, manifest.jail);
    shown["groups"] = groups_of(layout, manifest.jail);
    return shown;
}

std::string words(const nlohmann::json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_array()) return value.dump();
    std::string line;
    for (const nlohmann::json& item : value) line += (line.empty() ? "" : " ") + words(item);
    return line.empty() ? "none" : line;
}

// "memory 2.0 GiB (default), swap 0 (default), tasks 128, cpu none, ..."
std::string limits_in_words(nlohmann::json limits) {
    const nlohmann::json defaults = limits["default"];
    limits.erase("default");
    const nlohmann::json flat = limits.flatten();
    std::string line;
    for (const auto& [pointer, value] : flat.items()) {
        std::string key = pointer.substr(1);
        std::replace(key.begin(), key.end(), '/', '.');
        line += (line.empty() ? "" : ", ") + key + " " + shown_value("limits." + key, value);
        if (!value.is_null() && defaults.value(key, false)) line += " (default)";
    }
    return line;
}

// Values that are not of the YAML first, then the keys in the order of their table.
void print(const nlohmann::json& shown) {
    std::vector<std::string> keys = {"jail",     "generation", "held",   "tree",     "files", "bytes",
                                     "commands", "accounts",   "groups", "hostname", "shell", "sftp_server"};
    for (const Key<Policy>& key : policy_keys()) {
        const std::string path(key.path);
        if (shown.contains(path) && std::find(keys.begin(), keys.end(), path) == keys.end())
            keys.push_back(path);
    }
    for (const std::string& key : keys)
        std::printf("%-12s %s\n", key.c_str(),
                    (key == "limits" ? limits_in_words(shown[key]) : words(shown[key])).c_str());
}

}  // namespace

int show_command(const Layout& layout, const CommonOptions& common, const std::string& name) {
    const Result<Manifest> manifest = find_published(layout, jail_of(layout, name));
    if (!manifest) return fail(manifest.error());
    const nlohmann::json shown = as_json(layout, manifest.value());
    if (common.json)
        print_json(shown);
    else
        print(shown);
    return 0;
}

}  // namespace jail::provision
