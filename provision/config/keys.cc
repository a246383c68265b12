// SPDX-License-Identifier: Apache-2.0
#include "provision/config/keys.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "provision/config/hours.h"
#include "provision/config/item_readers.h"

namespace jail::provision {

namespace {

using Node = YamlNode;
using Reader = FieldReader;
using Form = Kind::Form;

// The kinds of settings.def and limits.def.
#define BOOLEAN                \
    Kind {                     \
        .form = Form::kBoolean \
    }
#define SIZE(least)                             \
    Kind {                                      \
        .form = Form::kSize, .range = { least } \
    }
#define DURATION                \
    Kind {                      \
        .form = Form::kDuration \
    }
#define DATE                \
    Kind {                  \
        .form = Form::kDate \
    }
#define MASK                \
    Kind {                  \
        .form = Form::kMask \
    }
#define CHOICE(...)                                                         \
    [] {                                                                    \
        static constexpr const char* kWords[] = {__VA_ARGS__};              \
        return Kind{.form = Form::kChoice, .range = {}, .choices = kWords}; \
    }()
#define LIMIT_OF(form_, ...)                                                               \
    Kind {                                                                                 \
        .form = Form::form_, .range = {__VA_ARGS__, true}, .choices = {}, .is_limit = true \
    }
#define SIZE_OF(least, most) LIMIT_OF(kSize, least, most)
#define COUNT(least, most) LIMIT_OF(kCount, least, most)
#define PERCENT(least, most) LIMIT_OF(kPercent, least, most)
#define DURATION_OF(least) LIMIT_OF(kDuration, least, UINT64_MAX)

constexpr Kind kSection = {.form = Form::kSection};
constexpr Kind kSpecial = {.form = Form::kSpecial};

template <class Number>
void read_value(Reader& in, const Node& value, Number& target, const Kind& kind) {
    auto number = static_cast<std::uint64_t>(target);
    in.value(value, number, kind);
    target = static_cast<Number>(number);
}

template <auto kMember>
void read_setting(Reader& in, const Node& value, Policy& policy, const Kind& kind) {
    read_value(in, value, policy.*kMember, kind);
}

template <auto kMember>
void read_limit(Reader& in, const Node& value, Policy& policy, const Kind& kind) {
    Located<std::uint64_t>& limit = policy.limits.*kMember;
    const std::size_t before = in.diagnostics().size();
    in.value(value, limit.value, kind);
    if (in.diagnostics().size() == before) limit.at = value.at;
}

template <auto kMember, class Target>
void read_texts(Reader& in, const Node& value, Target& target, const Kind&) {
    in.texts(value, target.*kMember);
}

template <auto kMember, class Target>
void read_text(Reader& in, const Node& value, Target& target, const Kind&) {
    in.located_text(value, target.*kMember);
}

template <auto kMember, class Target>
void read_plain_text(Reader& in, const Node& value, Target& target, const Kind&) {
    (void)in.text(value, target.*kMember);
}

template <auto kMember, class Target>
void read_switch(Reader& in, const Node& value, Target& target, const Kind&) {
    in.boolean(value, target.*kMember);
}

template <auto kMember>
void read_access_kind(Reader& in, const Node& value, Policy& policy, const Kind&) {
    in.optional_boolean(value, policy.access.*kMember);
}

void read_access(Reader& in, const Node& value, Policy& policy, const Kind&) {
    policy.access.written = true;
    policy.access.at = value.at;
    read_keys<Policy>(in, value, policy_keys(), policy, "access");
}

void read_io(Reader& in, const Node& value, Policy& policy, const Kind&) {
    if (value.kind == Node::Kind::kScalar && value.scalar == "none")
        policy.limits.io_read_bytes = policy.limits.io_write_bytes = {kNotLimited, value.at};
    else
        read_keys<Policy>(in, value, policy_keys(), policy, "limits.io");
}

constexpr char kNames[] =
    R"("type": "array", "uniqueItems": true, "items": {"$ref": "#/definitions/account_name"})";
constexpr char kPath[] = R"("allOf": [{"$ref": "#/definitions/absolute_path"}])";
constexpr char kSwitch[] = R"("type": "boolean", "default": false)";
constexpr char kHours[] =
    R"("type": "object", "minProperties": 1, "propertyNames": {"pattern": "^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?$"},
       "additionalProperties": {"anyOf": [{"$ref": "#/definitions/hours"}, {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/hours"}}]})";
constexpr char kSkip[] =
    R"("type": "object", "propertyNames": {"pattern": "^[A-Za-z0-9@_-]*[.][A-Za-z0-9@._-]*$"}, "additionalProperties": {"$ref": "#/definitions/text"})";
constexpr char kVariables[] = R"("allOf": [{"$ref": "#/definitions/variables"}])";

}  // namespace

std::span<const Key<FileRequest>> file_keys() {
    static const Key<FileRequest> keys[] = {
        {"path", "The path in the jail.", kSpecial, read_plain_text<&FileRequest::path, FileRequest>, kPath},
        {"source", "The host's file that is copied there.", kSpecial,
         read_plain_text<&FileRequest::source, FileRequest>, kPath},
        {"content", "The file's text.", kSpecial, read_content, R"("type": ["string", "number", "boolean"])"},
    };
    return keys;
}

std::span<const Key<BindMount>> mount_keys() {
    static const Key<BindMount> keys[] = {
        {"source", "The path on the host.", kSpecial, read_plain_text<&BindMount::source, BindMount>, kPath},
        {"target", "The path in the jail; the same by default.", kSpecial,
         read_plain_text<&BindMount::target, BindMount>, kPath},
        {"writable", "Whether it can be written to, where its permissions allow it.", kSpecial,
         read_switch<&BindMount::writable, BindMount>, kSwitch},
        {"exec", "Whether programs in it can be run. true weakens the jail.", kSpecial,
         read_switch<&BindMount::exec, BindMount>, kSwitch},
    };
    return keys;
}

std::span<const Key<Policy>> policy_keys() {
    static const Key<Policy> keys[] = {
        {"jail", "The jail's name; the file's name without .yaml.", kSpecial,
         read_text<&Policy::jail, Policy>, R"("allOf": [{"$ref": "#/definitions/jail_name"}])"},
        {"accounts", "Unix accounts that belong into this jail. An account is in one jail.", kSpecial,
         read_texts<&Policy::accounts, Policy>, kNames},
        {"groups", "Unix groups whose members belong into this jail.", kSpecial,
         read_texts<&Policy::groups, Policy>, kNames},
        {"include",
         "Bundles: ready-made sets of commands and files, from /etc/jail/bundles and "
         "/usr/share/jail/bundles. uidbasics "
         "is always included.",
         kSpecial, read_texts<&Policy::include, Policy>,
         R"("type": "array", "items": {"$ref": "#/definitions/bundle_name"})"},
        {"commands",
         "Commands: a name is looked up as in PATH, or an absolute path. Libraries and interpreters come "
         "along.",
         kSpecial, read_texts<&Policy::commands, Policy>,
         R"("type": "array", "items": {"$ref": "#/definitions/text"})"},
        {"files",
         "Files: a path copies the host's file, directory or pattern (*, ?, [...]); a map puts one file "
         "there.",
         kSpecial,
         [](Reader& in, const Node& value, Policy& policy, const Kind&) {
             read_files(in, value, policy.files);
         },
         R"("type": "array", "items": {"anyOf": [{"$ref": "#/definitions/absolute_path"}, {"$ref": "#/definitions/file"}]})",
         [] { return list_keys(file_keys()); }},
        {"program_files",
         "Whether what programs open at run time comes along with them: the files of bundles that name them "
         "under comes_with, and the data of the packages of commands that no bundle knows.",
         kSpecial, read_switch<&Policy::program_files, Policy>, R"("type": "boolean", "default": true)"},
        {"source_owner",
         "An account whose files are copied into the jail beside root's: who can write them decides what "
         "runs in it.",
         kSpecial, read_text<&Policy::source_owner, Policy>,
         R"("allOf": [{"$ref": "#/definitions/account_name"}])"},
        {"hostname",
         "The host name that sessions see; the jail's name by default. Letters, digits, - and ., at most 64.",
         kSpecial, read_text<&Policy::hostname, Policy>,
         R"("type": ["string", "number"], "pattern": "^[A-Za-z0-9.][A-Za-z0-9.-]{0,63}$",
            "patternErrorMessage": "expected letters, digits, - and ., at most 64")"},
        {"shell", "Where shell access leads to: a command of the jail. By default its bash, else its sh.",
         kSpecial, read_text<&Policy::shell, Policy>,
         R"("examples": ["/bin/bash", "/bin/sh"], "allOf": [{"$ref": "#/definitions/absolute_path"}])"},
        {"limits",
         "Of the whole jail of one account, however many sessions it has; open_files, file_size and cpu_time "
         "of each "
         "process; sessions, idle and session_time of logins. none: not limited; so is what is absent, but "
         "for memory, "
         "swap, tasks, open_files and sessions, which have defaults.",
         kSection, nullptr,
         R"("$comment": "A limit that the host has no control group for is refused by the tool alone. 0 says the same as none, but for swap.")"},
        {"limits.io", "Bytes a second from and to the disk that the home is on; at least 4K, or none.",
         kSection, read_io, R"("type": ["object", "string"], "pattern": "^none$")"},
#define LIMIT(key, type, member, kind, fallback, text) \
    {"limits." key, text, kind, read_limit<&LimitRequest::member>},
#include "libjail/policy/limits.def"
#undef LIMIT
        {"access",
         "The ways in. What is not true is refused. Without this key: the shell and sftp, as far as the jail "
         "has the "
         "programs.",
         kSection, read_access},
        {"access.shell", "Interactive sessions, and any command of the jail.", BOOLEAN,
         read_access_kind<&AccessRequest::shell>},
        {"access.sftp", "The sftp subsystem. Includes the bundle sftp.", BOOLEAN,
         read_access_kind<&AccessRequest::sftp>},
        {"access.scp", "The old scp protocol (scp -O). Includes the bundle scp.", BOOLEAN,
         read_access_kind<&AccessRequest::scp>},
        {"access.rsync", "rsync over ssh. Includes the bundle rsync.", BOOLEAN,
         read_access_kind<&AccessRequest::rsync>},
        {"access.git", "git over ssh. Includes the bundle git, or without a shell git-server.", BOOLEAN,
         read_access_kind<&AccessRequest::git>},
        {"hours",
         "When sessions can begin: for a day (mon) or days (mon-fri) a time, or a list of times, like "
         "{mon-fri: 08:00-18:00}; always by default. The host's clock counts, and open sessions go on.",
         kSpecial, read_hours, kHours},
        {"message", "Lines that a shell on a terminal begins with.", kSpecial, read_message,
         R"("type": ["string", "number", "boolean"], "maxLength": 4096)"},
        {"network", "What network the jail has.", kSection, nullptr},
        {"home", "The account's home directory, at its true path.", kSection, nullptr},
        {"tmp", "/tmp, private to the account's jail.", kSection, nullptr},
#define SETTING(key, type, member, initial, kind, since, text) \
    {key, text, kind, read_setting<&Settings::member>},
#include "libjail/policy/settings.def"
#undef SETTING
        {"mounts",
         "Directories and files of the host, shown in the jail as they are. Read-only and not executable by "
         "default.",
         kSpecial, read_mounts, nullptr, [] { return list_keys(mount_keys()); }},
        {"environment", "The variables that sessions have.", kSection, nullptr},
        {"environment.pass",
         "Variables taken over from the client, by name or by prefix (LC_*). Those that decide what code the "
         "shell runs "
         "are refused.",
         kSpecial, read_pass,
         R"("default": ["LANG", "LC_*", "TERM"], "type": "array", "items": {"$ref": "#/definitions/passed_variable"})"},
        {"environment.set", "Names and values.", kSpecial,
         [](Reader& in, const Node& value, Policy& policy, const Kind&) {
             in.variables(value, policy.environment_set);
         },
         kVariables},
        {"syscalls",
         "The filter of system calls: groups of them, or single ones; a call is more than its group. "
         "jail.yaml(5) has the "
         "groups.",
         kSection, nullptr},
        {"syscalls.allow", "What jails are refused, given back. This weakens the jail.", kSpecial,
         read_texts<&Policy::syscalls_allow, Policy>,
         R"("type": "array", "items": {"$ref": "#/definitions/allowed_syscalls"})"},
        {"skip",
         "Codes of jail-provision doctor that are no problem here, each with the reason: of jail.yaml for "
         "the "
         "host, of a jail for it and its accounts.",
         kSpecial, read_skip, kSkip},
        {"syscalls.deny", "What is refused besides. default: all that is refused anyway.", kSpecial,
         read_texts<&Policy::syscalls_deny, Policy>,
         R"("$comment": "That a call exists, and is not in both lists, is seen by the tool alone.",
            "type": "array", "items": {"$ref": "#/definitions/denied_syscalls"})"},
    };
    return keys;
}

std::span<const Key<Policy>> defaults_table() {
    constexpr std::size_t kOfOneJailOnly = 3;  // jail, accounts and groups stand first
    return policy_keys().subspan(kOfOneJailOnly);
}

std::span<const Key<Bundle>> bundle_table() {
    static const Key<Bundle> keys[] = {
        {"bundle", "The bundle's name; the file's name without .yaml.", kSpecial,
         read_text<&Bundle::name, Bundle>,
         R"("allOf": [{"$ref": "jail.schema.json#/definitions/jail_name"}])"},
        {"description", "What it is good for, in a line.", kSpecial,
         read_plain_text<&Bundle::description, Bundle>,
         R"("allOf": [{"$ref": "jail.schema.json#/definitions/text"}])"},
        {"include", "Other bundles.", kSpecial, read_texts<&Bundle::include, Bundle>,
         R"("allOf": [{"$ref": "jail.schema.json#/properties/include"}])"},
        {"commands", "Commands, as of a jail.", kSpecial, read_texts<&Bundle::commands, Bundle>,
         R"("allOf": [{"$ref": "jail.schema.json#/properties/commands"}])"},
        {"optional_commands", "Commands that are left out where the host does not have them.", kSpecial,
         read_texts<&Bundle::optional_commands, Bundle>,
         R"("allOf": [{"$ref": "jail.schema.json#/properties/commands"}])"},
        {"files", "Files, as of a jail.", kSpecial,
         [](Reader& in, const Node& value, Bundle& bundle, const Kind&) {
             read_files(in, value, bundle.files);
         },
         R"("allOf": [{"$ref": "jail.schema.json#/properties/files"}])",
         [] { return list_keys(file_keys()); }},
        {"optional_files", "Files that are left out where the host does not have them.", kSpecial,
         [](Reader& in, const Node& value, Bundle& bundle, const Kind&) {
             read_files(in, value, bundle.optional_files);
         },
         R"("allOf": [{"$ref": "jail.schema.json#/properties/files"}])",
         [] { return list_keys(file_keys()); }},
        {"comes_with",
         "Programs, by path or pattern (*, ?, [...]): a jail that has one gets the files and the variables "
         "of this bundle.",
         kSpecial, read_texts<&Bundle::comes_with, Bundle>,
         R"("type": "array", "items": {"$ref": "jail.schema.json#/definitions/absolute_path"})"},
        {"environment", "Variables that jails with this bundle set.", kSpecial,
         [](Reader& in, const Node& value, Bundle& bundle, const Kind&) {
             in.variables(value, bundle.environment);
         },
         R"("allOf": [{"$ref": "jail.schema.json#/definitions/variables"}])"},
    };
    return keys;
}

const Key<Policy>* find_policy_key(std::string_view path) {
    const auto keys = policy_keys();
    const auto found =
        std::find_if(keys.begin(), keys.end(), [&](const auto& key) { return key.path == path; });
    return found == keys.end() ? nullptr : &*found;
}

}  // namespace jail::provision
