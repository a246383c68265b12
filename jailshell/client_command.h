// SPDX-License-Identifier: Apache-2.0
// The commands that the stock clients of scp, rsync and git have the other end run, for an account that has
// no shell. The account stays in its jail in any case: this code decides what the account may do there, and
// the promises of SECURITY.md do not depend on it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jailshell/command_words.h"
#include "libjail/policy/manifest.h"

namespace jail::jailshell {

struct ClientCommand {
    std::string program;          // "scp", "rsync", "git-upload-pack", ...: a name, never the client's path
    std::vector<Word> arguments;  // those after the name; to be expanded
};

// These, with whatever path before the first word:
//   scp -t|-f [-r -p -d -q -v] [--] PATH...
//   rsync --server [--sender] OPTION... . PATH...      (with -s no path: they follow in rsync's protocol)
//   git-upload-pack | git-receive-pack | git-upload-archive PATH, and "git upload-pack PATH", ...
// EACCES: anything else, or what `access` does not have; EINVAL: one of these, but not as a client sends it.
// The error's object is for the person at the client.
Result<ClientCommand> read_client_command(const Access& access, std::string_view command);

// "this account may transfer files by sftp and scp, and nothing else"
std::string permitted(const Access& access);

}  // namespace jail::jailshell
