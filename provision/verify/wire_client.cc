// SPDX-License-Identifier: Apache-2.0
#include "provision/verify/wire_client.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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
    program.execute(input, output, -1);
    return 127;
}

std::string how_it_ended(VerifyChild& client, const Result<>& read) {
    if (!read) return describe(read.error());
    int status = 0;
    if (!client.wait(5000, status)) return "it does not end";
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return std::string(paths::kVerifyClient) + " cannot be executed";
    return WIFEXITED(status) ? "exit status " + std::to_string(WEXITSTATUS(status))
                             : "signal " + std::to_string(WTERMSIG(status));
}

}  // namespace

Result<WireReports> try_all_ways(const OneTimeFiles& files, const WireTarget& target,
                                 const std::function<void()>& held,
                                 const std::function<void(std::size_t)>& progress) {
    const process::Program program(
        paths::kVerifyClient,
        {"jail-verify-client", target.account, std::to_string(target.port), files.token(), files.marker(),
         target.socket, std::to_string(target.host_port), target.sftp_server});
    Pipe input = JAIL_TRY(make_pipe()), output = JAIL_TRY(make_pipe());
    VerifyChild client = JAIL_TRY(VerifyChild::start(
        [&] { return become_client(program, input.read_end.get(), output.write_end.get()); }));
    input.read_end.reset();
    output.write_end.reset();
    JAIL_TRY(write_all(input.write_end.get(), files.keys(), "the client's pipe"));
    std::vector<WireReport> reports;
    bool is_strange = false;
    const auto read = read_lines(output.read_end.get(), now() + kPatience, [&](const std::string& line) {
        auto report = decode_wire_report(line);
        is_strange = !report || reports.size() >= wire_ways().size();
        if (is_strange) return false;
        const bool is_held = report->way == kHeldWay && report->seen == Seen::kOpen;
        reports.push_back(std::move(*report));
        if (is_held) held();
        if (is_held) is_strange = !write_all(input.write_end.get(), "\n", "the client's pipe");
        progress(reports.size());
        return !is_strange;
    });
    if (!read && reports.empty()) return read.error();
    if (is_strange) return problem("jail-verify-client says what it should not");
    const std::string end = how_it_ended(client, read);
    if (reports.empty()) return problem("jail-verify-client said nothing: " + end);
    const bool is_whole = reports.size() == wire_ways().size();
    const bool has_login = reports[0].seen == Seen::kOpen;
    return WireReports{std::move(reports), is_whole ? "" : has_login ? end : "no login"};
}

}  // namespace jail::provision
