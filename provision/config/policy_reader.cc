// SPDX-License-Identifier: Apache-2.0
#include "provision/config/policy_reader.h"

#include "provision/config/keys.h"

namespace jail::provision {

namespace {

void note_position(Policy& policy, std::string_view path, const Position& at) {
    policy.positions[path] = at;
}

// `kind` is "account" or "group": both have names of the same form.
void check_member_names(const std::vector<Located<std::string>>& names, const std::string& kind,
                        Diagnostics& diagnostics) {
    for (const Located<std::string>& name : names)
        if (!valid_account_name(name.value))
            diagnostics.add(name.at, "found '" + name.value + "', expected the name of " +
                                         (kind == "group" ? "a " : "an ") + kind +
                                         ": a-z, 0-9, _ . -, at most 32 characters");
        else if (name.value == "root")
            diagnostics.add(name.at, "root is never jailed; expected an unprivileged " + kind);
}

void check_jail_name(const YamlNode& root, Policy& policy, Diagnostics& diagnostics) {
    if (policy.jail.value.empty())
        diagnostics.add(root.at, "no jail's name; expected 'jail: NAME'");
    else if (!valid_jail_name(policy.jail.value))
        diagnostics.add(policy.jail.at,
                        "found '" + policy.jail.value +
                            "', expected a jail's name: a-z, 0-9, - and _, at most 32 characters");
    check_member_names(policy.accounts, "account", diagnostics);
    check_member_names(policy.groups, "group", diagnostics);
}

}  // namespace

void read_jail(const YamlNode& root, Policy& policy, Diagnostics& diagnostics) {
    FieldReader reader(diagnostics);
    read_keys(reader, root, policy_keys(), policy, {}, note_position);
    if (root.kind == YamlNode::Kind::kMap) check_jail_name(root, policy, diagnostics);
}

void read_defaults(const YamlNode& root, Policy& policy, Diagnostics& diagnostics) {
    if (root.kind == YamlNode::Kind::kNull) return;  // only comments: no defaults of the host's own
    FieldReader reader(diagnostics);
    read_keys(reader, root, defaults_table(), policy, {}, note_position);
}

void read_bundle(const YamlNode& root, Bundle& bundle, Diagnostics& diagnostics) {
    FieldReader reader(diagnostics);
    read_keys(reader, root, bundle_table(), bundle);
    if (root.kind == YamlNode::Kind::kMap && bundle.name.value.empty())
        diagnostics.add(root.at, "no bundle's name; expected 'bundle: NAME'");
}

std::vector<std::string> jail_keys() {
    return list_keys(policy_keys());
}

std::vector<std::string> defaults_keys() {
    return list_keys(defaults_table());
}

std::vector<std::string> bundle_keys() {
    return list_keys(bundle_table());
}

}  // namespace jail::provision
