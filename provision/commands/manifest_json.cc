// SPDX-License-Identifier: Apache-2.0
#include "provision/commands/manifest_json.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "provision/base/content_hash.h"
#include "provision/commands/report.h"
#include "provision/config/hours.h"
#include "provision/config/keys.h"

namespace jail::provision {

namespace {

nlohmann::json access_of(const Access& access) {
    return {{"shell", access.shell},
            {"sftp", access.sftp},
            {"scp", access.scp},
            {"rsync", access.rsync},
            {"git", access.git}};
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

// As the YAML would have them, day by day.
nlohmann::json hours_of(const Manifest& manifest) {
    nlohmann::json days = nlohmann::json::object();
    for (const LoginHours& hours : manifest.hours)
        days[std::string(kDays[hours.day])].push_back(times_in_words(hours));
    return days;
}

// "limits.io.read" as a place in the object.
nlohmann::json& at(nlohmann::json& object, const std::string& path) {
    std::string pointer = "/" + path;
    std::replace(pointer.begin(), pointer.end(), '.', '/');
    return object[nlohmann::json::json_pointer(pointer)];
}

nlohmann::json value_as_json(const Kind& kind, std::uint64_t value) {
    if (const auto word = word_of(kind, value)) return *word;
    return kind.form == Kind::Form::kBoolean ? nlohmann::json(value != 0) : nlohmann::json(value);
}

void add_settings(nlohmann::json& shown, const Settings& settings) {
#define SETTING(key, type, member, initial, kind_, since, text) \
    at(shown, key) = value_as_json(find_policy_key(key)->kind, static_cast<std::uint64_t>(settings.member));
#include "libjail/policy/settings.def"
#undef SETTING
    shown["network"] = shown["network"]["mode"];
}

// null: not limited.
void add_limits(nlohmann::json& shown, const Limits& limits) {
#define LIMIT(key, type, member, kind_, fallback, text) \
    at(shown, "limits." key) = limits.member == 0 ? nlohmann::json() : nlohmann::json(limits.member);
#include "libjail/policy/limits.def"
#undef LIMIT
    const bool swap_limited = limits.memory_bytes != 0 && limits.swap_bytes != kSwapNotLimited;
    shown["limits"]["swap"] = swap_limited ? nlohmann::json(limits.swap_bytes) : nlohmann::json();
    shown["limits"]["default"] = {{"memory", limits.memory_is_default},
                                  {"swap", limits.swap_is_default},
                                  {"tasks", limits.tasks_are_default}};
}

}  // namespace

nlohmann::json policy_as_json(const Manifest& manifest) {
    nlohmann::json set = nlohmann::json::object();
    for (const EnvironmentVariable& variable : manifest.environment_set) set[variable.name] = variable.value;
    nlohmann::json shown = {{"hostname", manifest.hostname},
                            {"shell", manifest.shell},
                            {"sftp_server", manifest.sftp_server},
                            {"access", access_of(manifest.access)},
                            {"hours", hours_of(manifest)},
                            {"message", manifest.message},
                            {"mounts", mounts_of(manifest)},
                            {"environment", {{"pass", manifest.environment_pass}, {"set", set}}},
                            // Two policies that differ in system calls only differ in this.
                            {"seccomp_filter", hash_of(manifest.seccomp).substr(0, 16)}};
    add_settings(shown, manifest);
    add_limits(shown, manifest.limits);
    return shown;
}

std::string shown_value(const std::string& path, const nlohmann::json& value) {
    const Key<Policy>* const key = find_policy_key(path);
    if (value.is_null()) return path.starts_with("limits.") ? "none" : "nothing";
    if (key != nullptr && key->kind.form == Kind::Form::kSize && value != 0) return human_size(value);
    return value.dump();
}

}  // namespace jail::provision
