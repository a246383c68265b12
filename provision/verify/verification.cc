// SPDX-License-Identifier: Apache-2.0
#include "provision/verify/verification.h"

#include <sys/stat.h>

#include <algorithm>

#include "libjail/policy/binding.h"
#include "libjail/policy/trusted_store.h"
#include "provision/tree/publisher.h"
#include "provision/verify/host_listeners.h"
#include "provision/verify/session_look.h"
#include "provision/verify/test_server.h"
#include "provision/verify/ways.h"
#include "provision/verify/wire_client.h"

namespace jail::provision {

namespace {

constexpr char kSftpServer[] = "/usr/lib/openssh/sftp-server";

using Say = std::function<void(const std::string&)>;

// The jail's own, whatever the account is told of it.
bool tree_has(const Layout& layout, const Manifest& manifest, const char* program) {
    struct stat status = {};
    return std::any_of(std::begin(kProgramDirectories), std::end(kProgramDirectories),
                       [&](const std::string& directory) {
                           const std::string path = tree_path(layout, manifest.tree) + directory + program;
                           return ::lstat(path.c_str(), &status) == 0;
                       });
}

// By every way over the wire; and, while the session is open, what the kernel says of it.
Result<Rows> try_wire(const Layout& layout, const Account& account, const Manifest& manifest,
                      const OneTimeFiles& files, const HostListeners& listeners, const Say& say) {
    const SshdPlaces places;
    const SshdConfig config = JAIL_TRY(effective_sshd_config(places, account.name));
    const TestServer server = JAIL_TRY(TestServer::start(places, config, files, false));
    Rows session;
    const std::string& sftp = manifest.sftp_server;
    const WireReports wire = JAIL_TRY(try_all_ways(
        files,
        {account.name, server.port(), listeners.socket(), listeners.port(),
         sftp.empty() ? kSftpServer : sftp},
        [&] { session = look_at_session(server, account, manifest); },
        [&](std::size_t done) {
            if (done < wire_ways().size()) say("trying " + std::string(wire_ways()[done]));
        }));
    if (session.empty()) session = no_session("no login");
    Rows rows = judge_ways(
        {manifest, config, [&](const char* program) { return tree_has(layout, manifest, program); }},
        wire.reports, wire.end);
    rows.insert(rows.end(), session.begin(), session.end());
    return rows;
}

}  // namespace

Result<Verification> verify_account(const Layout& layout, const Account& account, const Say& progress) {
    Verification verification;
    const auto entry = JAIL_TRY(name_service::account_of(account.uid));
    const AccountRecord record = JAIL_TRY(find_binding(entry));
    verification.manifest = JAIL_TRY(published_manifest(layout, record.jail));
    progress("making a key");
    const OneTimeFiles files = JAIL_TRY(OneTimeFiles::make());
    const HostListeners listeners = JAIL_TRY(HostListeners::start(files));
    progress("logging in");
    verification.rows =
        JAIL_TRY(try_wire(layout, account, verification.manifest, files, listeners, progress));
    return verification;
}

}  // namespace jail::provision
