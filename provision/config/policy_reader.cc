#include "provision/config/policy_reader.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "provision/config/field_reader.h"
#include "provision/config/limit_reader.h"
#include "provision/host/user_namespaces.h"

namespace jail::provision {

namespace {

using Node = YamlNode;
using Reader = FieldReader;

constexpr std::uint64_t kLeastTmp = 4096;

constexpr Field<FileRequest> kFileFields[] = {
    {"path", [](Reader& in, const Node& value, FileRequest& file) { (void)in.text(value, file.path); }},
    {"source", [](Reader& in, const Node& value, FileRequest& file) { (void)in.text(value, file.source); }},
    {"content",
     [](Reader& in, const Node& value, FileRequest& file) {
         if (value.kind == Node::Kind::kScalar)
             file.content = value.scalar;
         else
             in.wrong(value, "the file's text");
     }},
};

void read_file(Reader& in, const Node& item, std::vector<FileRequest>& files) {
    FileRequest file;
    file.at = item.at;
    const std::size_t before = in.diagnostics().size();
    if (item.kind == Node::Kind::kMap) {
        read_fields<FileRequest>(in, item, kFileFields, file);
        if (file.path.empty()) in.wrong(item, "a path, or a map with path and one of source and content");
        if (!file.path.empty() && (file.source.empty() != file.content.has_value()))
            in.wrong(item, "exactly one of source and content beside path '" + file.path + "'");
    } else {
        (void)in.text(item, file.path);
    }
    if (in.diagnostics().size() == before) files.push_back(std::move(file));
}

void read_files(Reader& in, const Node& list, std::vector<FileRequest>& files) {
    if (!in.is_list(list, "a list of files")) return;
    for (const Node& item : list.items) read_file(in, item, files);
}

constexpr Field<AccessRequest> kAccessFields[] = {
    {"shell",
     [](Reader& in, const Node& value, AccessRequest& access) { in.optional_boolean(value, access.shell); }},
    {"sftp",
     [](Reader& in, const Node& value, AccessRequest& access) { in.optional_boolean(value, access.sftp); }},
    {"scp",
     [](Reader& in, const Node& value, AccessRequest& access) { in.optional_boolean(value, access.scp); }},
    {"rsync",
     [](Reader& in, const Node& value, AccessRequest& access) { in.optional_boolean(value, access.rsync); }},
    {"git",
     [](Reader& in, const Node& value, AccessRequest& access) { in.optional_boolean(value, access.git); }},
};

constexpr Field<Policy> kHomeFields[] = {
    {"exec", [](Reader& in, const Node& value, Policy& policy) { in.boolean(value, policy.home_exec); }},
};

constexpr Field<Policy> kTmpFields[] = {
    {"size",
     [](Reader& in, const Node& value, Policy& policy) { in.size(value, policy.tmp_bytes, {kLeastTmp}); }},
};

constexpr Field<Policy> kNetworkFields[] = {
    {"mode",
     [](Reader& in, const Node& value, Policy& policy) {
         if (value.kind == Node::Kind::kScalar && (value.scalar == "none" || value.scalar == "host"))
             policy.network = value.scalar == "host" ? Network::kHost : Network::kNone;
         else
             in.wrong(value, "none (own loopback only) or host (the host's network)");
     }},
};

void read_grace(Reader& in, const Node& value, Policy& policy) {
    std::uint64_t seconds = policy.grace_seconds;
    in.duration(value, seconds);
    policy.grace_seconds = static_cast<std::uint32_t>(seconds);
}

// What a client must never be able to hand in: it would run its own code in the jail's shell before any
// policy.
bool dangerous_to_pass(std::string_view pattern) {
    static constexpr std::string_view kNever[] = {
        "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "BASH_ENV", "ENV",
        "SHELLOPTS",  "BASHOPTS",        "IFS",      "PATH",     "PS4"};
    const bool prefix = !pattern.empty() && pattern.back() == '*';
    if (prefix) pattern.remove_suffix(1);
    const auto matches = [&](std::string_view name) {
        return prefix ? name.starts_with(pattern) : name == pattern;
    };
    return pattern.starts_with("LD_") || std::any_of(std::begin(kNever), std::end(kNever), matches);
}

void read_pass(Reader& in, const Node& value, Policy& policy) {
    std::vector<Located<std::string>> names;
    in.texts(value, names);
    std::vector<std::string> pass;
    for (const Located<std::string>& name : names) {
        std::string_view stem = name.value;
        if (stem.ends_with('*')) stem.remove_suffix(1);
        const bool good = is_variable_name(stem);
        if (!good)
            in.diagnostics().add(
                name.at, "found '" + name.value + "', expected a variable's name, or a prefix like LC_*");
        else if (dangerous_to_pass(name.value))
            in.diagnostics().add(name.at, "'" + name.value +
                                              "' is never passed from a client: it decides what code "
                                              "the shell runs; use environment: {set: ...}");
        else
            pass.push_back(name.value);
    }
    policy.environment_pass = std::move(pass);
}

constexpr Field<Policy> kEnvironmentFields[] = {
    {"pass", read_pass},
    {"set",
     [](Reader& in, const Node& value, Policy& policy) { in.variables(value, policy.environment_set); }},
};

constexpr Field<BindMount> kMountFields[] = {
    {"source", [](Reader& in, const Node& value, BindMount& mount) { (void)in.text(value, mount.source); }},
    {"target", [](Reader& in, const Node& value, BindMount& mount) { (void)in.text(value, mount.target); }},
    {"writable", [](Reader& in, const Node& value, BindMount& mount) { in.boolean(value, mount.writable); }},
    {"exec", [](Reader& in, const Node& value, BindMount& mount) { in.boolean(value, mount.exec); }},
};

void read_mounts(Reader& in, const Node& list, Policy& policy) {
    if (!in.is_list(list, "a list of mounts")) return;
    for (const Node& item : list.items) {
        MountRequest request;
        request.at = item.at;
        const std::size_t before = in.diagnostics().size();
        read_fields<BindMount>(in, item, kMountFields, request.mount);
        if (request.mount.target.empty()) request.mount.target = request.mount.source;
        if (in.diagnostics().size() == before && !valid_absolute_path(request.mount.source))
            in.diagnostics().add(item.at,
                                 "found source '" + request.mount.source + "', expected an absolute path");
        else if (in.diagnostics().size() == before && !valid_absolute_path(request.mount.target))
            in.diagnostics().add(item.at,
                                 "found target '" + request.mount.target + "', expected an absolute path");
        if (in.diagnostics().size() == before) policy.mounts.push_back(std::move(request));
    }
}

constexpr Field<Policy> kSyscallFields[] = {
    {"allow", [](Reader& in, const Node& value, Policy& policy) { in.texts(value, policy.syscalls_allow); }},
    {"deny", [](Reader& in, const Node& value, Policy& policy) { in.texts(value, policy.syscalls_deny); }},
};

void read_syslog(Reader& in, const Node& value, Policy& policy) {
    if (value.kind == Node::Kind::kScalar && (value.scalar == "none" || value.scalar == "host"))
        policy.syslog_to_host = value.scalar == "host";
    else
        in.wrong(value, "none (the jail has no /dev/log) or host (the host's log)");
}

void read_instance(Reader& in, const Node& value, Policy& policy) {
    if (value.kind == Node::Kind::kScalar && (value.scalar == "account" || value.scalar == "session"))
        policy.instance_per_session = value.scalar == "session";
    else
        in.wrong(value, "account (one for all sessions of the account) or session (each has its own)");
}

void read_user_namespace(Reader& in, const Node& value, Policy& policy) {
    const auto* known = std::find(std::begin(kUserNamespaces), std::end(kUserNamespaces), value.scalar);
    if (value.kind == Node::Kind::kScalar && known != std::end(kUserNamespaces))
        policy.user_namespace = static_cast<UserNamespace>(known - std::begin(kUserNamespaces));
    else
        in.wrong(
            value,
            "none (the host's), self (own one, in which all other accounts are nobody) or fakeroot (where "
            "the account is root besides)");
}

void read_access(Reader& in, const Node& value, Policy& policy) {
    policy.access.written = true;
    policy.access.at = value.at;
    read_fields<AccessRequest>(in, value, kAccessFields, policy.access);
}

constexpr Field<Policy> kPolicyFields[] = {
    {"jail", [](Reader& in, const Node& value, Policy& p) { in.located_text(value, p.jail); }},
    {"accounts", [](Reader& in, const Node& value, Policy& p) { in.texts(value, p.accounts); }},
    {"groups", [](Reader& in, const Node& value, Policy& p) { in.texts(value, p.groups); }},
    {"include", [](Reader& in, const Node& value, Policy& p) { in.texts(value, p.include); }},
    {"commands", [](Reader& in, const Node& value, Policy& p) { in.texts(value, p.commands); }},
    {"files", [](Reader& in, const Node& value, Policy& p) { read_files(in, value, p.files); },
     keys_of<kFileFields>},
    {"source_owner",
     [](Reader& in, const Node& value, Policy& p) { in.located_text(value, p.source_owner); }},
    {"access", read_access, keys_of<kAccessFields>},
    {"home", [](Reader& in, const Node& value, Policy& p) { read_fields<Policy>(in, value, kHomeFields, p); },
     keys_of<kHomeFields>},
    {"tmp", [](Reader& in, const Node& value, Policy& p) { read_fields<Policy>(in, value, kTmpFields, p); },
     keys_of<kTmpFields>},
    {"network",
     [](Reader& in, const Node& value, Policy& p) { read_fields<Policy>(in, value, kNetworkFields, p); },
     keys_of<kNetworkFields>},
    {"limits", [](Reader& in, const Node& value, Policy& p) { read_limits(in, value, p.limits); },
     limit_keys},
    {"environment",
     [](Reader& in, const Node& value, Policy& p) { read_fields<Policy>(in, value, kEnvironmentFields, p); },
     keys_of<kEnvironmentFields>},
    {"shell", [](Reader& in, const Node& value, Policy& p) { in.located_text(value, p.shell); }},
    {"hostname", [](Reader& in, const Node& value, Policy& p) { in.located_text(value, p.hostname); }},
    {"umask", [](Reader& in, const Node& value, Policy& p) { in.file_mode_mask(value, p.umask); }},
    {"grace", read_grace},
    {"exit_status", [](Reader& in, const Node& value, Policy& p) { in.boolean(value, p.exit_status); }},
    {"mail",
     [](Reader& in, const Node& value, Policy& p) {
         p.mail.at = value.at;
         in.boolean(value, p.mail.value);
     }},
    {"linger", [](Reader& in, const Node& value, Policy& p) { in.boolean(value, p.linger); }},
    {"instance", read_instance},
    {"user_namespace", read_user_namespace},
    {"mounts", read_mounts, keys_of<kMountFields>},
    {"syslog", read_syslog},
    {"syscalls",
     [](Reader& in, const Node& value, Policy& p) { read_fields<Policy>(in, value, kSyscallFields, p); },
     keys_of<kSyscallFields>},
};
constexpr std::size_t kOfOneJailOnly = 3;  // jail, accounts and groups stand first in the table

constexpr Field<Bundle> kBundleFields[] = {
    {"bundle", [](Reader& in, const Node& value, Bundle& b) { in.located_text(value, b.name); }},
    {"description", [](Reader& in, const Node& value, Bundle& b) { (void)in.text(value, b.description); }},
    {"include", [](Reader& in, const Node& value, Bundle& b) { in.texts(value, b.include); }},
    {"commands", [](Reader& in, const Node& value, Bundle& b) { in.texts(value, b.commands); }},
    {"optional_commands",
     [](Reader& in, const Node& value, Bundle& b) { in.texts(value, b.optional_commands); }},
    {"files", [](Reader& in, const Node& value, Bundle& b) { read_files(in, value, b.files); },
     keys_of<kFileFields>},
    {"optional_files",
     [](Reader& in, const Node& value, Bundle& b) { read_files(in, value, b.optional_files); },
     keys_of<kFileFields>},
    {"environment", [](Reader& in, const Node& value, Bundle& b) { in.variables(value, b.environment); }},
};

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
    read_fields<Policy>(reader, root, kPolicyFields, policy);
    if (root.kind == YamlNode::Kind::kMap) check_jail_name(root, policy, diagnostics);
}

void read_defaults(const YamlNode& root, Policy& policy, Diagnostics& diagnostics) {
    if (root.kind == YamlNode::Kind::kNull) return;  // only comments: no defaults of the host's own
    FieldReader reader(diagnostics);
    read_fields<Policy>(reader, root, std::span(kPolicyFields).subspan(kOfOneJailOnly), policy);
}

void read_bundle(const YamlNode& root, Bundle& bundle, Diagnostics& diagnostics) {
    FieldReader reader(diagnostics);
    read_fields<Bundle>(reader, root, kBundleFields, bundle);
    if (root.kind == YamlNode::Kind::kMap && bundle.name.value.empty())
        diagnostics.add(root.at, "no bundle's name; expected 'bundle: NAME'");
}

std::vector<std::string> jail_keys() {
    return list_keys(kPolicyFields);
}

std::vector<std::string> defaults_keys() {
    return list_keys(std::span(kPolicyFields).subspan(kOfOneJailOnly));
}

std::vector<std::string> bundle_keys() {
    return list_keys(kBundleFields);
}

}  // namespace jail::provision
