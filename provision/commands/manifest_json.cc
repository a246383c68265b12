#include "provision/commands/manifest_json.h"

#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/base/content_hash.h"
#include "provision/host/user_namespaces.h"

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

// null: not limited.
nlohmann::json limit(std::uint64_t value) {
    return value == 0 ? nlohmann::json() : nlohmann::json(value);
}

nlohmann::json limits_of(const Limits& limits) {
    const bool swap_limited = limits.memory_bytes != 0 && limits.swap_bytes != kSwapNotLimited;
    return {{"memory", limit(limits.memory_bytes)},
            {"swap", swap_limited ? nlohmann::json(limits.swap_bytes) : nlohmann::json()},
            {"tasks", limit(limits.tasks)},
            {"cpu", limit(limits.cpu_percent)},
            {"cpu_time", limit(limits.cpu_seconds)},
            {"io", {{"read", limit(limits.io_read_bytes)}, {"write", limit(limits.io_write_bytes)}}},
            {"open_files", limit(limits.open_files)},
            {"file_size", limit(limits.file_size_bytes)},
            {"sessions", limit(limits.sessions)},
            {"idle", limit(limits.idle_seconds)},
            {"session_time", limit(limits.session_seconds)},
            {"default",
             {{"memory", limits.memory_is_default},
              {"swap", limits.swap_is_default},
              {"tasks", limits.tasks_are_default}}}};
}

}  // namespace

nlohmann::json policy_as_json(const Manifest& manifest) {
    nlohmann::json set = nlohmann::json::object();
    for (const EnvironmentVariable& variable : manifest.environment_set) set[variable.name] = variable.value;
    char umask[8];
    (void)std::snprintf(umask, sizeof umask, "%03o", manifest.umask);
    return {{"hostname", manifest.hostname},
            {"shell", manifest.shell},
            {"sftp_server", manifest.sftp_server},
            {"access", access_of(manifest.access)},
            {"network", manifest.network == Network::kHost ? "host" : "none"},
            {"user_namespace", kUserNamespaces[static_cast<int>(manifest.user_namespace)]},
            {"home", {{"exec", manifest.home_exec}}},
            {"tmp", {{"size", manifest.tmp_bytes}}},
            {"limits", limits_of(manifest.limits)},
            {"grace", manifest.grace_seconds},
            {"linger", manifest.linger},
            {"instance", manifest.instance_per_session ? "session" : "account"},
            {"umask", umask},
            {"exit_status", manifest.exit_status},
            {"mail", manifest.mail},
            {"syslog", manifest.syslog_to_host ? "host" : "none"},
            {"mounts", mounts_of(manifest)},
            {"environment", {{"pass", manifest.environment_pass}, {"set", set}}},
            // Two policies that differ in system calls only differ in this.
            {"seccomp_filter", hash_of(manifest.seccomp).substr(0, 16)}};
}

}  // namespace jail::provision
