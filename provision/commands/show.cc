#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/account_records.h"
#include "provision/commands/report.h"
#include "provision/jail_catalog.h"
#include "provision/problem.h"
#include "provision/publisher.h"
#include "provision/tree_summary.h"

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

nlohmann::json mounts_of(const Manifest& manifest) {
    nlohmann::json mounts = nlohmann::json::array();
    for (const BindMount& mount : manifest.mounts)
        mounts.push_back({{"source", mount.source},
                          {"target", mount.target},
                          {"writable", mount.writable},
                          {"exec", mount.exec}});
    return mounts;
}

nlohmann::json as_json(const Layout& layout, const Manifest& manifest) {
    const TreeSummary tree = summarise_tree(tree_path(layout, manifest.tree));
    const Limits& limits = manifest.limits;
    nlohmann::json set = nlohmann::json::object();
    for (const EnvironmentVariable& variable : manifest.environment_set) set[variable.name] = variable.value;
    char umask[8];
    (void)std::snprintf(umask, sizeof umask, "%03o", manifest.umask);
    return {{"jail", manifest.jail},
            {"generation", manifest.generation},
            {"tree", manifest.tree},
            {"files", tree.files},
            {"bytes", tree.bytes},
            {"commands", tree.commands},
            {"accounts", accounts_of(layout, manifest.jail)},
            {"hostname", manifest.hostname},
            {"shell", manifest.shell},
            {"sftp_server", manifest.sftp_server},
            {"access", {{"shell", manifest.access.shell}, {"sftp", manifest.access.sftp}}},
            {"network", manifest.network == Network::kHost ? "host" : "none"},
            {"home", {{"exec", manifest.home_exec}}},
            {"tmp", {{"size", manifest.tmp_bytes}}},
            {"limits",
             {{"memory", limits.memory_bytes},
              {"tasks", limits.tasks},
              {"open_files", limits.open_files},
              {"file_size", limits.file_size_bytes},
              {"sessions", limits.sessions}}},
            {"grace", manifest.grace_seconds},
            {"umask", umask},
            {"mounts", mounts_of(manifest)},
            {"environment", {{"pass", manifest.environment_pass}, {"set", set}}}};
}

std::string words(const nlohmann::json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_array()) return value.dump();
    std::string line;
    for (const nlohmann::json& item : value) line += (line.empty() ? "" : " ") + words(item);
    return line.empty() ? "none" : line;
}

void print(const nlohmann::json& shown) {
    for (const char* key : {"jail", "generation", "tree", "files", "bytes", "commands", "accounts",
                            "hostname", "shell", "sftp_server"})
        std::printf("%-12s %s\n", key, words(shown[key]).c_str());
    for (const char* key :
         {"access", "network", "home", "tmp", "limits", "grace", "umask", "mounts", "environment"})
        std::printf("%-12s %s\n", key, words(shown[key]).c_str());
}

}  // namespace

int show_command(const Layout& layout, const CommonOptions& common, const std::string& name) {
    const std::string jail = jail_of(layout, name);
    if (!valid_jail_name(jail)) return fail(problem(unknown_jail(layout, jail)));
    const Result<Manifest> manifest = published_manifest(layout, jail);
    if (!manifest && manifest.error().code() == ENOENT) {
        const bool written = read_state(jail_file(layout, jail)).kind != FileKind::kAbsent;
        return fail(problem(written ? "jail '" + jail + "' was never built; run jail-provision build " + jail
                                    : unknown_jail(layout, jail)));
    }
    if (!manifest) return fail(manifest.error());
    const nlohmann::json shown = as_json(layout, manifest.value());
    if (common.json)
        std::puts(shown.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    else
        print(shown);
    return 0;
}

}  // namespace jail::provision
