// SPDX-License-Identifier: Apache-2.0
// The confinement that every process of a session has, whether or not it ever executes jailshell: applied by
// the door, in the process that joined the instance, so that internal-sftp, forwards, cron's jobs and `su -s`
// have it as well.
#pragma once

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"
#include "libjail/policy/manifest.h"

namespace jail {

// Whether there is such a record, trusted or not: with fakeroot, root's files do not appear as root's.
bool is_inside_jail();

// The record of the instance that this process is in: /etc/jail/instance of the jail. ENOENT: it is not in
// one.
Result<InstanceRecord> load_instance();

// Supplementary groups, umask, resource limits, then no way to gain privilege
// (credentials::forbid_privilege), without `exec: true` Landlock (landlock.h), and the policy's system-call
// filter. All of it is inherited and cannot be taken back. The caller stays root with its present
// capabilities: sshd's monitor has yet to become the account. With `user_namespace: fakeroot` the descriptor
// is the filter's listener (seccomp_unotify(2)), by which the supervisor answers jailshell (fakeroot.h); else
// it is empty.
Result<FileDescriptor> confine(const InstanceRecord& record);

// EPERM unless this process is the record's account without any privilege (credentials::verify_confined),
// with only the record's groups, under a system-call filter.
Result<> verify_confinement(const InstanceRecord& record);

}  // namespace jail
