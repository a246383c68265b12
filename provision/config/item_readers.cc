// SPDX-License-Identifier: Apache-2.0
#include "provision/config/item_readers.h"

#include <algorithm>
#include <string_view>

#include "provision/config/keys.h"

namespace jail::provision {

namespace {

// Variables that a client must never be able to hand in: it would run its own code in the jail's shell before
// any policy.
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

void read_file(FieldReader& in, const YamlNode& item, std::vector<FileRequest>& files) {
    FileRequest file;
    file.at = item.at;
    const std::size_t before = in.diagnostics().size();
    if (item.kind == YamlNode::Kind::kMap) {
        read_keys(in, item, file_keys(), file);
        if (file.path.empty()) in.wrong(item, "a path, or a map with path and one of source and content");
        if (!file.path.empty() && (file.source.empty() != file.content.has_value()))
            in.wrong(item, "exactly one of source and content beside path '" + file.path + "'");
    } else {
        (void)in.text(item, file.path);
    }
    if (in.diagnostics().size() == before) files.push_back(std::move(file));
}

}  // namespace

void read_content(FieldReader& in, const YamlNode& value, FileRequest& file, const Kind&) {
    if (value.kind == YamlNode::Kind::kScalar)
        file.content = value.scalar;
    else
        in.wrong(value, "the file's text");
}

void read_files(FieldReader& in, const YamlNode& list, std::vector<FileRequest>& files) {
    if (!in.is_list(list, "a list of files")) return;
    for (const YamlNode& item : list.items) read_file(in, item, files);
}

void read_mounts(FieldReader& in, const YamlNode& list, Policy& policy, const Kind&) {
    if (!in.is_list(list, "a list of mounts")) return;
    for (const YamlNode& item : list.items) {
        MountRequest request;
        request.at = item.at;
        const std::size_t before = in.diagnostics().size();
        read_keys(in, item, mount_keys(), request.mount);
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

void read_message(FieldReader& in, const YamlNode& value, Policy& policy, const Kind&) {
    std::string text;
    if (value.kind == YamlNode::Kind::kScalar) text = value.scalar;
    const bool is_plain = std::none_of(text.begin(), text.end(), [](unsigned char c) {
        return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
    });
    if (value.kind != YamlNode::Kind::kScalar || !is_plain || text.size() > kMaxMessageBytes)
        return in.wrong(value, "at most 4096 bytes of text, without control characters");
    policy.message = std::move(text);
}

void read_skip(FieldReader& in, const YamlNode& value, Policy& policy, const Kind&) {
    if (!in.is_map(value, "codes of jail-provision doctor with reasons, like {cron.open: no cron here}"))
        return;
    for (std::size_t i = 0; i + 1 < value.items.size(); i += 2) {
        std::string code, reason;
        if (!in.text(value.items[i], code) || !in.text(value.items[i + 1], reason)) continue;
        const bool is_code =
            code.find('.') != std::string::npos && std::all_of(code.begin(), code.end(), [](unsigned char c) {
                return std::isalnum(c) || c == '.' || c == '-' || c == '_' || c == '@';
            });
        if (!is_code)
            in.wrong(value.items[i], "a code as jail-provision doctor prints it, like pam.su.missing");
        else if (reason.empty())
            in.wrong(value.items[i + 1], "the reason why this is no problem here");
        else
            policy.skip[code] = reason;
    }
}

void read_pass(FieldReader& in, const YamlNode& value, Policy& policy, const Kind&) {
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

}  // namespace jail::provision
