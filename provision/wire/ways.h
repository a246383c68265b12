// SPDX-License-Identifier: Apache-2.0
// The ways into a session, each tried once. Nothing is written in the account's home: uploads go to
// /dev/null.
#pragma once

#include "provision/probes/wire_report.h"
#include "provision/wire/connection.h"

namespace jail::provision {

// A shell that runs commands.
WireReport try_exec(const Connection& connection, const Target& target);
WireReport try_shell(const Connection& connection, const Target& target);
WireReport try_terminal(const Connection& connection, const Target& target);

// Files.
WireReport try_sftp_subsystem(const Connection& connection, const Target& target);
WireReport try_sftp_command(const Connection& connection, const Target& target);
WireReport try_scp_to(const Connection& connection, const Target& target);
WireReport try_scp_from(const Connection& connection, const Target& target);
WireReport try_rsync(const Connection& connection, const Target& target);
WireReport try_git(const Connection& connection, const Target& target);

// Forwards.
WireReport try_forward_to_host(const Connection& connection, const Target& target);
WireReport try_dynamic(const Connection& connection, const Target& target);
// -R, and -L to where that listens.
struct Remote {
    WireReport listener, inside;
};
Remote try_remote(const Connection& connection, const Target& target);
WireReport try_streamlocal(const Connection& connection, const Target& target);

// Requests beside a session. `ports_before`: of the host, that answered before the login.
WireReport try_agent(const Connection& connection, const Target& target);
WireReport try_x11(const Connection& connection, const Target& target);
struct Variables {
    WireReport locale, other;
};
Variables try_environment(const Connection& connection, const Target& target);

// How a command's answer is reported that has run what it was to run, or was refused.
WireReport refused_or_open(std::string way, const Answer& answer, bool has_run);
// "VERIFY-<token>-inside" and the like, printed by a shell.
WireReport place_in(std::string way, const Target& target, const Answer& answer);
// The line by which a shell says that.
std::string question(const Target& target);
// Whether something on the host's loopback answers.
bool host_listens(int port);

}  // namespace jail::provision
