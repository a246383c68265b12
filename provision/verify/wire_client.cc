// SPDX-License-Identifier: Apache-2.0
#include "provision/verify/wire_client.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "libjail/base/clock.h"
#include "libjail/base/files.h"
#include "libjail/base/ipc.h"
#include "libjail/base/process.h"
#include "libjail/confine/credentials.h"
#include "libjail/policy/paths.h"
#include "provision/base/problem.h"
#include "provision/verify/child.h"
#include "provision/verify/line_reader.h"

namespace jail::provision {

namespace {

constexpr uid_t kNobody = 65534;  // the same on every Debian (Debian policy, 9.2.2), and its group nogroup
constexpr auto kPatience = std::chrono::seconds(150);

// Root is given up before the program is executed, whose file others cannot read: so none of nobody's
// processes can look into it.
int become_client(const process::Program& program, int input, int output) {
    constexpr rlimit kNoCore = {0, 0};
    if (::setrlimit(RLIMIT_CORE, &kNoCore) != 0) return 126;
    if (!credentials::forbid_privilege()) return 126;
    if (!credentials::become(kNobody, kNobody, {kNobody})) return 126;
    constexpr rlimit kNoProcess = {0, 0};  // it starts none
    if (::setrlimit(RLIMIT_NPROC, &kNoProcess) != 0) return 126;
    program.execute(input, output, -1);
    return 127;
}

std::string how_it_ended(VerifyChild& client, const Result<>& read) {
    if (!read) return describe(read.error());
    int status = 0;
    if (!client.wait(5s, status)) return "it does not end";
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return std::string(paths::kVerifyClient) + " cannot be executed";
    return WIFEXITED(status) ? "exit status " + std::to_string(WEXITSTATUS(status))
                             : "signal " + std::to_string(WTERMSIG(status));
}

// The client as it runs, with the keys on their way to it.
struct Client {
    VerifyChild child;
    FileDescriptor input, output;
};
Result<Client> start_client(const std::string& keys, const OneTimeFiles& files, const WireTarget& target,
                            int logins) {
    const process::Program program(
        paths::kVerifyClient,
        {"jail-verify-client", target.account, std::to_string(target.port), files.token(), files.marker(),
         target.socket, std::to_string(target.host_port), target.sftp_server, std::to_string(logins)});
    Pipe input = JAIL_TRY(make_pipe()), output = JAIL_TRY(make_pipe());
    VerifyChild child = JAIL_TRY(VerifyChild::start(
        [&] { return become_client(program, input.read_end.get(), output.write_end.get()); }));
    JAIL_TRY(write_all(input.write_end.get(), keys, "the client's pipe"));
    return Client{std::move(child), std::move(input.write_end), std::move(output.read_end)};
}

}  // namespace

Result<WireReports> try_all_ways(const OneTimeFiles& files, const WireTarget& target,
                                 const std::function<void()>& held,
                                 const std::function<void(std::size_t)>& progress) {
    Client client = JAIL_TRY(start_client(files.keys(false), files, target, 0));
    std::vector<WireReport> reports;
    bool is_strange = false;
    const auto read = read_lines(client.output.get(), now() + kPatience, [&](const std::string& line) {
        auto report = decode_wire_report(line);
        is_strange = !report || reports.size() >= wire_ways().size();
        if (is_strange) return false;
        const bool is_held = report->way == kHeldWay && report->seen == Seen::kOpen;
        reports.push_back(std::move(*report));
        if (is_held) held();
        if (is_held) is_strange = !write_all(client.input.get(), "\n", "the client's pipe");
        progress(reports.size());
        return !is_strange;
    });
    if (!read && reports.empty()) return read.error();
    if (is_strange) return problem("jail-verify-client says what it should not");
    const std::string end = how_it_ended(client.child, read);
    if (reports.empty()) return problem("jail-verify-client said nothing: " + end);
    const bool is_whole = reports.size() == wire_ways().size();
    const bool has_login = reports[0].seen == Seen::kOpen;
    return WireReports{std::move(reports), is_whole ? "" : has_login ? end : "no login"};
}

Result<std::uint64_t> time_logins(const OneTimeFiles& files, const std::string& account, int port,
                                  int logins) {
    const Client client =
        JAIL_TRY(start_client(files.keys(account == "root"), files, {account, port, "-", 0, "-"}, logins));
    std::vector<std::uint64_t> times;
    std::string refused;
    JAIL_TRY(read_lines(client.output.get(), now() + kPatience, [&](const std::string& line) {
        const auto report = decode_wire_report(line);
        if (!report || report->way != kTimedLogin) return false;
        if (report->seen == Seen::kOpen)
            times.push_back(std::strtoull(report->detail.c_str(), nullptr, 10));
        else
            refused = report->detail;
        return refused.empty() && times.size() < static_cast<std::size_t>(logins);
    }));
    if (times.size() != static_cast<std::size_t>(logins))
        return problem(refused.empty() ? "the client ended" : refused);
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

}  // namespace jail::provision
