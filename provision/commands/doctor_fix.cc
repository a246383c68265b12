// SPDX-License-Identifier: Apache-2.0
#include "provision/commands/doctor_fix.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "provision/base/child_process.h"
#include "provision/base/file_io.h"
#include "provision/base/problem.h"
#include "provision/base/replacement.h"
#include "provision/commands/report.h"
#include "provision/doctor/inspection.h"

namespace jail::provision {

namespace {

constexpr std::size_t kMostBytes = 1u << 20;
constexpr char kBackup[] = ".before-jailshell";

// The finding of PAM of this code.
struct OpenDoor {
    Door door;
    DoorFinding finding;
};
Result<OpenDoor> find_door(const Layout& layout, const std::string& code) {
    Host host(layout);
    for (const Door& door : host.doors.of(""))
        for (const DoorFinding& finding : door.findings)
            if (finding.code == code) return OpenDoor{door, finding};
    return Error(ENOENT, "find", code);
}

// Whether the service is closed now, and its stack can still be read: then accounts that logged in by it
// still can.
bool is_mended(const Layout& layout, const std::string& service) {
    Host host(layout);
    const std::vector<Door> doors = host.doors.of("");
    return std::any_of(doors.begin(), doors.end(),
                       [&](const Door& door) { return door.service == service && door.findings.empty(); });
}

// One line at the end of a file of PAM; the file before it stays beside it.
int append_line(const Layout& layout, const CommonOptions& common, const OpenDoor& open) {
    const std::string& file = open.finding.file;
    const std::string& from = ::access(file.c_str(), F_OK) == 0 ? file : open.door.file;
    const auto before = read_file(from, kMostBytes);
    struct stat status = {};
    if (!before || ::stat(from.c_str(), &status) != 0)
        return fail(before ? errno_error("stat", from) : before.error());
    const bool ends = before.value().empty() || before.value().ends_with('\n');
    const std::string after = before.value() + (ends ? "" : "\n") + open.finding.line + "\n";
    std::printf("--- %s\n+++ %s\n+%s\n", from.c_str(), file.c_str(), open.finding.line.c_str());
    if (common.dry_run) return 0;
    if (const auto kept = replace_file(file + kBackup, before.value(), status.st_mode & 0777); !kept)
        return fail(kept.error());
    if (const auto written = replace_file(file, after, status.st_mode & 0777); !written)
        return fail(written.error());
    if (is_mended(layout, open.door.service)) {
        std::printf("%s: closed; the file before is %s%s\n", open.door.service.c_str(), file.c_str(),
                    kBackup);
        return 0;
    }
    const auto back = from == file ? replace_file(file, before.value(), status.st_mode & 0777)
                      : ::unlink(file.c_str()) == 0 ? success()
                                                    : Result<>(errno_error("unlink", file));
    return fail(problem(open.door.service + " is not closed by that line: " +
                        (back ? file + " is as it was"
                              : "and " + file + " could not be put back: " + describe(back.error()) +
                                    "; its copy is " + file + kBackup)));
}

std::vector<std::string> subjects_of(const Findings& findings, const std::string& code) {
    std::vector<std::string> subjects;
    for (const Finding& one : findings)
        if (one.code == code && one.health != Health::kOk) subjects.push_back(one.subject);
    return subjects;
}

}  // namespace

int fix(const Layout& layout, const CommonOptions& common, const std::string& code) {
    if (code.starts_with("pam.") && code.ends_with(".missing")) {
        const auto open = find_door(layout, code);
        if (open) return append_line(layout, common, open.value());
        return fail(problem("nothing to mend: the doctor does not find " + code));
    }
    if (code == "jail.stale" || code == "tree.drift") {
        Host host(layout);
        const std::vector<std::string> jails = subjects_of(inspect_jails(host, code == "tree.drift"), code);
        if (jails.empty()) return fail(problem("nothing to mend: the doctor does not find " + code));
        if (code == "jail.stale") return build_command(layout, common, jails);
        if (!common.dry_run) return verify_tree_command(layout, common, jails, true);
        for (const std::string& jail : jails) std::printf("would build the tree of %s again\n", jail.c_str());
        return 0;
    }
    return fail(
        problem("the doctor does not mend " + code + " by itself; run the command that it names for it"));
}

}  // namespace jail::provision
