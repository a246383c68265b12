// SPDX-License-Identifier: Apache-2.0
// <run>/<uid> (libjail/session/run_lock.h), as the supervisor makes and has it. Root alone can read it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"
#include "libjail/session/run_lock.h"

namespace jail::supervisor {

// The sockets that are shown in the jail: those for datagrams, each of which comes with its sender's
// credentials, and one that listens for mails.
struct JailSockets {
    FileDescriptor inbox;
    FileDescriptor log;   // the jail's /dev/log; empty: it has none
    FileDescriptor mail;  // likewise, kMailSocket
};

class RunDirectory {
public:
    // Takes the lock of this uid. Empty: another supervisor serves this uid already. Waits, for a bounded
    // time, for one that is just ending.
    static Result<std::optional<RunDirectory>> acquire(uid_t uid);

    // Records that the instance has this tree as its root, so that jail-provision gc leaves it. To be called
    // before the tree is opened: a caller that then finds it gone has to read the manifest again.
    Result<> claim(const std::string& tree) const;

    // The listening control socket.
    Result<FileDescriptor> listen() const;

    // The jail's sockets; on the host root alone can reach their paths. Their mode allows every uid: only the
    // processes of the jail see them.
    Result<JailSockets> open_jail_sockets(bool log, bool mail) const;
    const std::string& path() const { return path_; }
    std::string inbox_path() const { return path_ + run_lock::kInboxSocket; }
    std::string log_socket_path() const { return path_ + run_lock::kLogSocket; }
    std::string mail_socket_path() const { return path_ + run_lock::kMailSocket; }

    // Removes sockets, lock and directory; the lock stays held until this object is gone.
    void remove() const { run_lock::remove(path_); }

private:
    RunDirectory(std::string path, FileDescriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}
    static Result<std::optional<RunDirectory>> acquire(uid_t uid, const std::string& path);
    std::string path_;
    FileDescriptor lock_;
};

}  // namespace jail::supervisor
