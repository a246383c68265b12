// SPDX-License-Identifier: Apache-2.0
#include "provision/verify/local_doors.h"

#include <sys/wait.h>
#include <unistd.h>

#include <string_view>

#include "libjail/base/clock.h"
#include "libjail/base/ipc.h"
#include "libjail/base/path_name.h"
#include "libjail/base/process.h"
#include "libjail/policy/paths.h"
#include "provision/base/problem.h"
#include "provision/host/pam_stack.h"
#include "provision/verify/child.h"
#include "provision/verify/line_reader.h"

namespace jail::provision {

namespace {

constexpr char kSu[] = "/bin/su";
constexpr auto kPatience = 30s;
constexpr int kRefused = 254;  // jailshell's status

struct Service {
    const char* name;
    const char* code;
    const char* tried;
};
constexpr Service kServices[] = {{"cron", "cron", "a job of cron, by its PAM service"},
                                 {"atd", "atd", "a job of at, by its PAM service"},
                                 {"login", "login-service", "login, by its PAM service"},
                                 {"su-l", "su-l", "su -, by its PAM service"}};

struct Ran {
    std::string output;  // of both streams
    int status = -1;
};
Result<Ran> run_bounded(const process::Program& program) {
    Pipe pipe = JAIL_TRY(make_pipe());
    VerifyChild child = JAIL_TRY(VerifyChild::start([&] {
        program.execute(-1, pipe.write_end.get(), pipe.write_end.get());
        return 127;
    }));
    pipe.write_end.reset();
    Ran ran;
    JAIL_TRY(read_lines(pipe.read_end.get(), now() + kPatience, [&](const std::string& line) {
        ran.output += line + "\n";
        return true;
    }));
    int status = 0;
    if (child.wait(5s, status) && WIFEXITED(status)) ran.status = WEXITSTATUS(status);
    return ran;
}

Row row_of(const std::string& code, const char* tried, const char* policy, std::string seen, RowState state) {
    return {"doors", code, tried, policy, std::move(seen), state};
}

Row judge_su(const Ran& ran, bool may, const std::string& token) {
    const auto says = [&](const char* word) {
        return ran.output.find("VERIFY-" + token + "-" + word) != std::string::npos;
    };
    const char* const policy = may ? "in the jail" : "refused";
    const auto row = [&](std::string seen, RowState state) {
        return row_of("su", "su by root", policy, std::move(seen), state);
    };
    if (says("outside")) return row("outside of the jail: it sees the host's files", RowState::kWrong);
    if (says("inside")) return row("in the jail", may ? RowState::kAsPolicy : RowState::kWrong);
    const std::string line = ran.output.substr(0, ran.output.find('\n'));
    if (ran.status == kRefused && line.find("this account may ") != std::string::npos)
        return row("refused: " + line, may ? RowState::kWrong : RowState::kAsPolicy);
    return row("status " + std::to_string(ran.status) + (line.empty() ? "" : ": " + line),
               may ? RowState::kWrong : RowState::kUntried);
}

// By the program itself.
Row try_su(const Account& account, const Manifest& manifest, const OneTimeFiles& files) {
    const char* const policy = manifest.access.shell ? "in the jail" : "refused";
    if (::access(kSu, X_OK) != 0)
        return row_of("su", "su by root", policy, "not tried: the host has no su", RowState::kNote);
    const std::string say = "echo \"VERIFY-\"" + files.token() + "\"-";
    const process::Program su(kSu, {"su", account.name, "-c",
                                    "[ -e /etc/jail/instance ] && " + say + "inside\"; [ -e " +
                                        files.marker() + " ] && " + say + "outside\"; true"});
    const auto ran = run_bounded(su);
    if (!ran)
        return row_of("su", "su by root", policy, "not tried: " + describe(ran.error()), RowState::kUntried);
    return judge_su(ran.value(), manifest.access.shell, files.token());
}

Row try_service(const Account& account, const OneTimeFiles& files, const Service& service) {
    const std::string program = parent_of(paths::kVerifyClient) + "/jail-verify-door";
    const process::Program door(program.c_str(),
                                {"jail-verify-door", service.name, account.name, files.marker()});
    const auto row = [&](std::string seen, RowState state) {
        return row_of(service.code, service.tried, "in the jail", std::move(seen), state);
    };
    const auto ran = run_bounded(door);
    if (!ran) return row("not tried: " + describe(ran.error()), RowState::kUntried);
    const std::string line = ran.value().output.substr(0, ran.value().output.find('\n'));
    if (line == "inside") return row("in the jail", RowState::kAsPolicy);
    if (line == "outside") return row("outside of the jail: it sees the host's files", RowState::kWrong);
    if (line.starts_with("refused ")) return row("refused: " + line.substr(8), RowState::kAsPolicy);
    return row("not tried: " + (line.empty() ? "status " + std::to_string(ran.value().status) : line),
               RowState::kUntried);
}

}  // namespace

Rows try_local_doors(const Account& account, const Manifest& manifest, const OneTimeFiles& files,
                     const std::function<void(const std::string&)>& progress) {
    progress("trying su");
    Rows rows = {try_su(account, manifest, files)};
    for (const Service& service : kServices) {
        if (!pam::file_of(pam::host_directories(), service.name)) continue;
        progress(std::string("trying ") + service.name);
        rows.push_back(try_service(account, files, service));
    }
    return rows;
}

}  // namespace jail::provision
