// SPDX-License-Identifier: Apache-2.0
#include "provision/verify/verification.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "libjail/confine/cgroup.h"
#include "libjail/policy/binding.h"
#include "libjail/policy/trusted_store.h"
#include "provision/base/problem.h"
#include "provision/base/signal_block.h"
#include "provision/host/reserved_paths.h"
#include "provision/tree/publisher.h"
#include "provision/verify/battery.h"
#include "provision/verify/host_listeners.h"
#include "provision/verify/local_doors.h"
#include "provision/verify/policy_comparison.h"
#include "provision/verify/promised_refusals.h"
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

// An account that sshd lets in by a key and that is in no jail is always there: root, to do nothing.
std::optional<std::uint64_t> time_account(const std::string& account, const OneTimeFiles& files) {
    constexpr int kLogins = 5;
    const SshdPlaces places;
    const auto config = effective_sshd_config(places, account);
    if (!config) return std::nullopt;
    const auto server = TestServer::start(places, config.value(), files, account == "root");
    if (!server) return std::nullopt;
    const auto time = time_logins(files, account, server.value().port(), kLogins);
    return time ? std::optional(time.value()) : std::nullopt;
}

// Homes of the host's other accounts that are not part of what this jail shows.
std::vector<HostDirectory> foreign_homes(const Account& account, const Manifest& manifest) {
    constexpr std::size_t kMost = 64;
    const auto is_shown = [&](const std::string& home) {
        if (is_or_below(account.home, home) || is_or_below(home, account.home)) return true;
        return std::any_of(manifest.mounts.begin(), manifest.mounts.end(), [&](const BindMount& mount) {
            return is_or_below(home, mount.source) || is_or_below(mount.source, home);
        });
    };
    std::vector<HostDirectory> homes;
    const auto add = [&](const std::string& home) {
        struct stat status = {};
        if (!is_shown(home) && ::lstat(home.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
            homes.push_back({home, status.st_dev, status.st_ino});
    };
    add("/root");
    ::setpwent();
    for (const passwd* entry; homes.size() < kMost && (entry = ::getpwent()) != nullptr;)
        if (entry->pw_uid >= 1000 && entry->pw_uid < 65534) add(entry->pw_dir);
    ::endpwent();
    return homes;
}

Rows try_inside(const Account& account, const Manifest& manifest, std::vector<std::string> allowed_calls,
                const OneTimeFiles& files, const HostListeners& listeners, const Say& say) {
    BatteryPlan plan{manifest,
                     manifest.generation,
                     account,
                     files,
                     listeners,
                     foreign_homes(account, manifest),
                     promised_refusals(allowed_calls, manifest.home_exec),
                     std::move(allowed_calls),
                     ::getpid(),
                     unenforceable(manifest.limits),
                     0,
                     {},
                     {}};
    return run_battery(plan, say);
}

}  // namespace

Result<Proof> verify_account(const Layout& layout, const Account& account, const Say& progress) {
    Proof verification;
    const auto entry = JAIL_TRY(name_service::account_of(account.uid));
    const AccountRecord record = JAIL_TRY(find_binding(entry));
    verification.manifest = JAIL_TRY(published_manifest(layout, record.jail));
    ComparedPolicy compared = compare_policy(layout, verification.manifest);
    const Manifest& wanted = compared.wanted;
    progress("making a key");
    const OneTimeFiles files = JAIL_TRY(OneTimeFiles::make(account.name));
    const HostListeners listeners = JAIL_TRY(HostListeners::start(files));
    progress("logging in");
    verification.rows = {std::move(compared.row)};
    const auto add = [&](Rows rows) {
        for (Row& row : rows) verification.rows.push_back(std::move(row));
    };
    add(JAIL_TRY(try_wire(layout, account, wanted, files, listeners, progress)));
    progress("measuring logins");
    verification.latency = {time_account(account.name, files), time_account("root", files)};
    add(try_local_doors(account, wanted, files, progress));
    add(try_inside(account, wanted, std::move(compared.allowed_calls), files, listeners, progress));
    if (SignalBlock::interrupted()) return problem("interrupted");
    return verification;
}

}  // namespace jail::provision
