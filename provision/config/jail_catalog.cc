// SPDX-License-Identifier: Apache-2.0
#include "provision/config/jail_catalog.h"

#include <sys/stat.h>

#include <algorithm>

#include "provision/base/file_io.h"
#include "provision/base/nearest_name.h"
#include "provision/config/policy_reader.h"

namespace jail::provision {

namespace {

constexpr std::string_view kSuffix = ".yaml";

std::string jails_directory(const Layout& layout) {
    return layout.config_dir + "/jails";
}

std::string defaults_file(const Layout& layout) {
    return layout.config_dir + "/jail.yaml";
}

}  // namespace

std::string jail_file(const Layout& layout, const std::string& jail) {
    return jails_directory(layout) + "/" + jail + std::string(kSuffix);
}

Result<> check_catalog(const Layout& layout) {
    const auto names = read_names(jails_directory(layout));
    return names ? success() : Result<>(names.error());
}

std::vector<std::string> jail_names(const Layout& layout) {
    std::vector<std::string> names;
    for (const std::string& name : names_in(jails_directory(layout)))
        if (name.size() > kSuffix.size() && name.ends_with(kSuffix) && name[0] != '.')
            names.push_back(name.substr(0, name.size() - kSuffix.size()));
    std::sort(names.begin(), names.end());  // "a-b.yaml" comes before "a.yaml", "a-b" after "a"
    return names;
}

void check_directories(const Layout& layout, Diagnostics& diagnostics) {
    for (const std::string& path :
         {layout.config_dir, jails_directory(layout), layout.config_dir + "/bundles", layout.share_dir,
          layout.share_dir + "/bundles"}) {
        struct stat status = {};
        if (::stat(path.c_str(), &status) != 0) continue;  // the directory does not exist: it is not read
        const bool trusted = status.st_uid == layout.owner && !(status.st_mode & (S_IWGRP | S_IWOTH));
        if (!trusted)
            diagnostics.add(
                {std::make_shared<const std::string>(path), 0, 0},
                "owned by uid " + std::to_string(status.st_uid) +
                    " or writable by others; must be root's alone: run chown root and chmod go-w on it");
    }
}

Policy load_defaults(const Layout& layout, FileStates& states, Diagnostics& diagnostics) {
    Policy policy;
    YamlNode root;
    const std::string path = defaults_file(layout);
    if (states.of(path).kind != FileKind::kAbsent && load_yaml(layout, path, root, diagnostics))
        read_defaults(root, policy, diagnostics);
    return policy;
}

Policy load_policy(const Layout& layout, const std::string& path, FileStates& states,
                   Diagnostics& diagnostics) {
    Policy policy = path == defaults_file(layout) ? Policy() : load_defaults(layout, states, diagnostics);
    YamlNode root;
    (void)states.of(path);
    if (!load_yaml(layout, path, root, diagnostics)) return policy;
    read_jail(root, policy, diagnostics);
    const bool in_catalog = path.starts_with(jails_directory(layout) + "/");
    if (in_catalog && !policy.jail.value.empty() && jail_file(layout, policy.jail.value) != path)
        diagnostics.add(policy.jail.at, "found jail '" + policy.jail.value +
                                            "', but the file's name says otherwise; "
                                            "expected " +
                                            policy.jail.value + ".yaml");
    return policy;
}

std::vector<std::string> jails_listing(const Layout& layout, const std::string& account,
                                       Diagnostics& diagnostics) {
    std::vector<std::string> jails;
    FileStates states;
    for (const std::string& name : jail_names(layout)) {
        Diagnostics own;
        const Policy policy = load_policy(layout, jail_file(layout, name), states, own);
        for (const Located<std::string>& listed : policy.accounts)
            if (listed.value == account) jails.push_back(name);
        for (const std::string& line : own.lines()) diagnostics.add({}, line);
    }
    return jails;
}

std::string unknown_jail(const Layout& layout, const std::string& name) {
    const std::vector<std::string> names = jail_names(layout);
    std::string text = "unknown jail '" + name + "'" + did_you_mean(name, names);
    if (text.back() != '?') text += "; jails are described in " + jails_directory(layout);
    return text;
}

}  // namespace jail::provision
