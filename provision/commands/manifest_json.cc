#include "provision/commands/manifest_json.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/content_hash.h"
#include "provision/user_namespaces.h"

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

}  // namespace

nlohmann::json policy_as_json(const Manifest& manifest) {
    const Limits& limits = manifest.limits;
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
            {"limits",
             {{"memory", limits.memory_bytes},
              {"swap", limits.swap_bytes},
              {"tasks", limits.tasks},
              {"cpu", limits.cpu_percent},
              {"cpu_time", limits.cpu_seconds},
              {"io", {{"read", limits.io_read_bytes}, {"write", limits.io_write_bytes}}},
              {"open_files", limits.open_files},
              {"file_size", limits.file_size_bytes},
              {"sessions", limits.sessions},
              {"idle", limits.idle_seconds},
              {"session_time", limits.session_seconds}}},
            {"grace", manifest.grace_seconds},
            {"linger", manifest.linger},
            {"instance", manifest.instance_per_session ? "session" : "account"},
            {"umask", umask},
            {"exit_status", manifest.exit_status},
            {"syslog", manifest.syslog_to_host ? "host" : "none"},
            {"mounts", mounts_of(manifest)},
            {"environment", {{"pass", manifest.environment_pass}, {"set", set}}},
            // Two policies that differ in system calls only differ in this.
            {"seccomp_filter", hash_of(manifest.seccomp).substr(0, 16)}};
}

}  // namespace jail::provision
