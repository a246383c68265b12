// What a session sees as "/": assembled by PID 1 inside its own mount namespace, so that nothing of it is
// ever in the host's mount table. DESIGN section 4; docs/ARCHITECTURE.md shows the finished table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libjail/file_descriptor.h"
#include "libjail/identity.h"
#include "libjail/manifest.h"
#include "libjail/result.h"

namespace jail {

// All that PID 1 needs to know, decided before it exists.
struct InstancePlan {
    Identity identity;
    Manifest manifest;
    std::vector<EtcFile> etc;
    std::string inbox;        // of the host, to be kInbox; empty: the jail has none
    std::string log_socket;   // likewise, to be /dev/log
    std::string mail_socket;  // likewise, to be kMailSocket
};

// Mounts everything and returns the new root, attached and read-only, ready for mount::pivot_into(). `notes`
// gets a line for each part of `mounts:`, or of what is mounted below the home, that this instance has to do
// without: its source is gone, or an account can change it by now.
Result<FileDescriptor> assemble_root(const InstancePlan& plan, std::vector<std::string>& notes);

// The account's home on the host: every parent trusted (trusted_store.h), itself a directory of the
// account's, no symlink anywhere. O_PATH.
Result<FileDescriptor> open_home(const std::string& path, uid_t uid);

// The parts, each mounting below an attached root. `terminals`: how many /dev/pts has at most;
// `log`: the socket to be /dev/log, O_PATH, or -1.
Result<> mount_devices(int root, std::uint64_t shm_bytes, std::uint32_t terminals, int log);
// Shows a socket, O_PATH, as the new entry `name` of a directory of the jail's; `path` is for errors.
Result<> show_socket(int directory, const char* name, int socket, const std::string& path);
// `executable_memory`: whether memfd_create(2) may make files that can be executed.
Result<> mount_proc(int root, bool executable_memory);

}  // namespace jail
