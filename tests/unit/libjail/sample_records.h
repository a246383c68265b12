// SPDX-License-Identifier: Apache-2.0
// Well-formed records for tests to start from.
#pragma once

#include <linux/filter.h>

#include "libjail/policy/manifest.h"

namespace jail::samples {

inline Manifest manifest() {
    Manifest record;
    record.jail = "arkham";
    record.generation = 7;
    record.tree = std::string(64, 'a');
    record.hostname = "arkham";
    record.shell = "/bin/bash";
    record.sftp_server = "/usr/lib/openssh/sftp-server";
    record.access = {true, true, false, true, false};
    record.network = Network::kNone;
    record.user_namespace = UserNamespace::kSelf;
    record.home_exec = false;
    record.tmp_bytes = 1u << 20;
    record.limits = {512u << 20, 64u << 20, 128,  50,    10u << 20, 5u << 20, 1024, 1u << 30,
                     3600,       8,         1800, 28800, false,     true,     false};
    record.grace_seconds = 30;
    record.linger = true;
    record.instance_per_session = true;
    record.expires_at = 1806537600;
    record.hours = {{1, 480, 1080}};
    record.message = "welcome\n";
    record.info_shown = InfoShown::kLimits;
    record.umask = 027;
    record.exit_status = true;
    record.mail = true;
    record.syslog_to_host = true;
    record.mounts = {{"/srv/data", "/srv/data", true, false}};
    record.environment_pass = {"LANG", "LC_*"};
    record.environment_set = {{"EDITOR", "vim.tiny"}};
    const sock_filter allow = {BPF_RET | BPF_K, 0, 0, 0x7fff0000U};
    record.seccomp.assign(reinterpret_cast<const char*>(&allow), sizeof allow);
    return record;
}

inline AccountRecord account() {
    return {"harlequin", 1001, "arkham"};
}

inline InstanceRecord instance() {
    InstanceRecord record{"harlequin", 1001, 1001, {1001, 100}, "/home/harlequin", manifest()};
    record.manifest.mounts.clear();
    return record;
}

}  // namespace jail::samples
