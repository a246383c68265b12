// SPDX-License-Identifier: Apache-2.0
#include "machine.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "libjail/policy/paths.h"
#include "process.h"
#include "tests/closed_doors.h"

namespace jail::testing::machine {
namespace {

namespace fs = std::filesystem;

// Everything that a test executes inside; grace 0s: what a test leaves behind is seen at its end.
constexpr char kPolicy[] = R"(jail: arkham
accounts: [harlequin, ivy]
include: [basicshell, sftp, scp, rsync]
commands: [bash, ps, id, hostname, nproc, logger, yes, head, sha256sum, nohup, setsid, script, vim.tiny, xauth, ssh-add]
files:
  - {path: /usr/bin/probe, source: /usr/local/bin/probe}
network: {mode: none}
limits: {memory: 512M, tasks: 512, sessions: 64}
environment: {pass: [LANG, LC_*, TERM]}
grace: 0s
)";

void require(const std::vector<std::string>& command) {
    const Outcome outcome = run(command);
    ASSERT_EQ(outcome.exit_status(), 0)
        << ::testing::PrintToString(command) << outcome.output << outcome.errors;
}

std::vector<std::string>& known_accounts() {
    static std::vector<std::string> accounts;
    return accounts;
}

}  // namespace

// /sys/fs/cgroup is not the sandbox's own: accounts of several sandboxes at a time must not meet there.
uid_t unused_uid() {
    static std::mt19937 random{std::random_device{}()};
    uid_t uid = 0;
    do {
        uid = 100000 + random() % 900000;
    } while (::getpwuid(uid) != nullptr || !traces_of(uid).empty());
    return uid;
}

void add_account(const std::string& name) {
    require({"useradd", "-m", "-s", "/bin/bash", "-u", std::to_string(unused_uid()), name});
    require({"chmod", "0700", home_of(name)});
    ASSERT_EQ(run({"chpasswd"}, name + ":" + kPassword + "\n").exit_status(), 0);
    authorize(name);
}

void authorize(const std::string& account) {
    write_file(std::string(kRunDir) + "/authorized_keys/" + account,
               read_file(std::string(kRunDir) + "/id.pub"));
    known_accounts().push_back(account);
}

void prepare() {
    static bool done = false;
    if (done) return;
    done = true;
    ASSERT_EQ(::getuid(), 0u) << "these tests run inside scripts/sandbox";
    ASSERT_TRUE(fs::exists("/run/sshd")) << "these tests run inside scripts/sandbox";
    fs::create_directories(kRunDir);
    require({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", std::string(kRunDir) + "/id"});
    require({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", std::string(kRunDir) + "/host_key"});
    for (const char* account : {"harlequin", "ivy", "alfred"}) add_account(account);
    require({"install", "-m", "0755", JAIL_PROBE, "/usr/local/bin/probe"});
    write_file(std::string(paths::kConfigDir) + "/jails/arkham.yaml", kPolicy);
    write_service("sshd", true);  // what jail-provision asks for; the tests' own are made from it
    for (const char* account : {"harlequin", "ivy"}) require({"jail-provision", "add", account});
}

void set_setuid(bool on) {
    struct stat status = {};
    ASSERT_EQ(::stat(paths::kJailshell, &status), 0);
    ASSERT_EQ(::chmod(paths::kJailshell, (status.st_mode & 0777) | (on ? S_ISUID : 0)), 0);
}

uid_t uid_of(const std::string& account) {
    const passwd* entry = ::getpwnam(account.c_str());
    return entry == nullptr ? static_cast<uid_t>(-1) : entry->pw_uid;
}

std::string read_file(const std::string& path) {
    std::ostringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    return content.str();
}

void write_file(const std::string& path, const std::string& content, mode_t mode) {
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << content;
    ASSERT_EQ(::chmod(path.c_str(), mode), 0) << path;
}

void write_home_file(const std::string& account, const std::string& name, const std::string& content,
                     mode_t mode) {
    const std::string path = home_of(account) + "/" + name;
    write_file(path, content, mode);
    const uid_t uid = uid_of(account);
    for (fs::path part = path; part != home_of(account); part = part.parent_path())
        ASSERT_EQ(::lchown(part.c_str(), uid, uid), 0) << part;
}

std::string mounts() {
    std::istringstream table(read_file("/proc/self/mountinfo"));
    std::string kept;
    for (std::string line; std::getline(table, line);)
        if (line.find(" /run/user/") == std::string::npos) kept += line + "\n";
    return kept;
}

std::vector<pid_t> all_processes() {
    std::vector<pid_t> found;
    for (const auto& entry : fs::directory_iterator("/proc"))
        if (std::isdigit(static_cast<unsigned char>(entry.path().filename().string()[0])) != 0)
            found.push_back(std::stoi(entry.path().filename()));
    return found;
}

std::vector<pid_t> processes_of(uid_t uid) {
    std::vector<pid_t> found;
    for (const pid_t pid : all_processes()) {
        const std::string state = status_of(pid, "State:");
        if (state.empty() || state[0] == 'Z' || state[0] == 'X') continue;
        std::istringstream ids(status_of(pid, "Uid:"));
        uid_t real = 0;
        if (ids >> real && real == uid) found.push_back(pid);
    }
    return found;
}

std::string status_of(pid_t pid, const std::string& key) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.rfind(key, 0) == 0) return line.substr(line.find_first_not_of(" \t", key.size()));
    return {};
}

std::string command_line_of(pid_t pid) {
    std::string line = read_file("/proc/" + std::to_string(pid) + "/cmdline");
    while (!line.empty() && line.back() == '\0') line.pop_back();
    for (char& c : line)
        if (c == '\0') c = ' ';
    return line;
}

std::string link_of(pid_t pid, const std::string& name) {
    std::error_code gone;
    return fs::read_symlink("/proc/" + std::to_string(pid) + "/" + name, gone);
}

std::vector<pid_t> monitors_of(const std::string& account) {
    const std::string title = ": " + account + " [priv]";  // after the name that sshd was started by
    std::vector<pid_t> found;
    for (const pid_t pid : all_processes()) {
        const std::string line = command_line_of(pid);
        if (line.size() > title.size() && line.compare(line.size() - title.size(), title.size(), title) == 0)
            found.push_back(pid);
    }
    return found;
}

bool runs(const std::string& account, const std::string& command_line) {
    for (const pid_t pid : processes_of(uid_of(account)))
        if (command_line_of(pid) == command_line) return true;
    return false;
}

bool in_foreground(pid_t pid) {
    // proc(5), /proc/PID/stat after the name: state ppid pgrp session tty_nr tpgid
    const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos) return false;
    std::istringstream fields(stat.substr(name_end + 1));
    std::string state, parent, group, session, terminal, foreground;
    fields >> state >> parent >> group >> session >> terminal >> foreground;
    return !group.empty() && group == foreground;
}

std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> found;
    for (const pid_t pid : all_processes())
        if (status_of(pid, "PPid:") == std::to_string(parent)) found.push_back(pid);
    return found;
}

std::size_t open_descriptors_of(pid_t pid) {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd"))
        ++count;
    return count;
}

namespace {

// " (1234 sshd: harlequin [priv])" for each process in it.
std::string members_of_cgroup(const std::string& path) {
    std::string members;
    std::istringstream pids(read_file(path + "/cgroup.procs"));
    for (pid_t pid = 0; pids >> pid;)
        members += " (" + std::to_string(pid) + " " + command_line_of(pid) + ")";
    return members;
}

}  // namespace

std::vector<std::string> traces_of(uid_t uid) {
    std::vector<std::string> traces;
    const std::string name = std::to_string(uid);
    const passwd* account = ::getpwuid(uid);
    const std::string scope = std::string("jail-") + (account != nullptr ? account->pw_name : "") + ".scope";
    for (const std::string& path : {std::string(paths::kRunDir) + "/" + name,
                                    "/sys/fs/cgroup/memory/jail/" + name, "/sys/fs/cgroup/pids/jail/" + name,
                                    "/sys/fs/cgroup/jail/" + name, "/sys/fs/cgroup/jail.slice/" + scope})
        if (fs::exists(path)) traces.push_back(path + members_of_cgroup(path));
    for (const pid_t pid : all_processes())
        if (command_line_of(pid) == "jail-supervisor " + name)
            traces.push_back("supervisor " + std::to_string(pid));
    for (const pid_t pid : processes_of(uid)) traces.push_back("process " + command_line_of(pid));
    return traces;
}

::testing::AssertionResult no_traces() {
    for (const std::string& account : known_accounts()) {
        const uid_t uid = uid_of(account);
        if (account == "alfred" || uid == static_cast<uid_t>(-1)) continue;
        if (!eventually([&] { return traces_of(uid).empty(); }))
            return ::testing::AssertionFailure()
                   << account << " left " << ::testing::PrintToString(traces_of(uid));
    }
    return ::testing::AssertionSuccess();
}

}  // namespace jail::testing::machine
