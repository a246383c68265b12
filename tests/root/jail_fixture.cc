// SPDX-License-Identifier: Apache-2.0
#include "jail_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <libjail/policy/paths.h>
#include <linux/filter.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <regex>
#include <sstream>
#include <thread>

#include "libjail/base/process.h"
#include "libjail/confine/credentials.h"
#include "libjail/policy/trusted_store.h"

namespace jail::testing {

const uid_t JailTest::kHarlequin = 100'000 + std::random_device{}() % 900'000;
const uid_t JailTest::kIvy = kHarlequin + 1;

namespace {

namespace fs = std::filesystem;
constexpr char kTreeId[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

void write_file(const std::string& path, const std::string& content, int mode = 0644) {
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << content;
    ASSERT_EQ(::chmod(path.c_str(), static_cast<mode_t>(mode)), 0) << path;
}

void add_account(const std::string& name, uid_t uid) {
    const std::string home = "/home/" + name;
    std::ofstream("/etc/passwd", std::ios::app)
        << name << ":x:" << uid << ":" << uid << "::" << home << ":" << paths::kJailshell << "\n";
    std::ofstream("/etc/group", std::ios::app) << name << ":x:" << uid << ":\n";
    fs::create_directories(home);
    ASSERT_EQ(::chown(home.c_str(), uid, uid), 0);
    ASSERT_EQ(::chmod(home.c_str(), 0700), 0);
}

void make_tree() {
    const std::string tree = std::string(paths::kStateDir) + "/trees/" + kTreeId;
    if (fs::exists(tree)) return;
    fs::create_directories(tree + "/usr/bin");
    fs::create_directories(tree + "/etc/skel");
    fs::create_directories(tree + "/var");
    fs::create_symlink("usr/bin", tree + "/bin");
    fs::create_symlink("../tmp", tree + "/var/tmp");
    fs::copy_file(JAIL_PROBE, tree + "/usr/bin/probe");
    write_file(tree + paths::kJailshell, "", 0755);
    write_file(tree + "/notice.txt", "only the insane\n");
}

long long number_in_status(const std::string& pid, const char* key) {
    std::ifstream status("/proc/" + pid + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.rfind(key, 0) == 0) return std::atoll(line.c_str() + std::strlen(key));
    return -1;
}

bool is_zombie(const std::string& pid) {
    std::ifstream status("/proc/" + pid + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.rfind("State:", 0) == 0)
            return line.find('Z') != std::string::npos || line.find('X') != std::string::npos;
    return true;
}

std::vector<std::string> pids() {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator("/proc"))
        if (std::isdigit(entry.path().filename().string()[0])) found.push_back(entry.path().filename());
    return found;
}

}  // namespace

void JailTest::SetUp() {
    ASSERT_EQ(::getuid(), 0u) << "root tests run inside scripts/sandbox";
    static const bool once = [] {
        add_account("harlequin", kHarlequin);
        add_account("ivy", kIvy);
        return true;
    }();
    std::filesystem::remove_all(std::string(paths::kRunDir) + "/rates");  // what an earlier test has recorded
    make_tree();  // where another suite has emptied the state directory
    ASSERT_TRUE(once);
    manifest_ = Manifest{};
    manifest_.jail = "arkham";
    manifest_.generation = 1;
    manifest_.tree = kTreeId;
    manifest_.hostname = "arkham";
    manifest_.shell = "/bin/probe";
    manifest_.access = {true, true};
    manifest_.grace_seconds = 0;
    manifest_.limits.tasks = 64;
    manifest_.limits.memory_bytes = 64u << 20;
    manifest_.limits.swap_is_default = true;  // not every kernel counts it
    const sock_filter allow = {BPF_RET | BPF_K, 0, 0, 0x7fff0000U};
    manifest_.seccomp.assign(reinterpret_cast<const char*>(&allow), sizeof allow);
    publish();
    mounts_before_ = read_file("/proc/self/mountinfo");
}

void JailTest::TearDown() {
    // The end of every test: every instance is gone without a trace, and the host's table is as before.
    EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty() && traces_of(kIvy).empty(); }))
        << ::testing::PrintToString(traces_of(kHarlequin)) << ::testing::PrintToString(traces_of(kIvy));
    EXPECT_TRUE(eventually([] { return processes_of(kHarlequin).empty() && processes_of(kIvy).empty(); }))
        << ::testing::PrintToString(processes_of(kHarlequin));
    EXPECT_EQ(read_file("/proc/self/mountinfo"), mounts_before_);
    // Of sanitized supervisors (supervisor/sanitizer_options.cc); other builds do not write them.
    for (const auto& entry : fs::directory_iterator("/run"))
        if (entry.path().filename().string().starts_with("sanitizer.")) {
            // The search for leaks says this of a supervisor that is killed during it.
            static const std::regex kKilled("==[0-9]+==Unable to get registers from thread [0-9]+\\.\n");
            const std::string said = std::regex_replace(read_file(entry.path()), kKilled, "");
            EXPECT_EQ(said, "");
            fs::remove(entry.path());
        }
}

void JailTest::publish() {
    const std::string state = paths::kStateDir;
    ASSERT_TRUE(validate(manifest_));
    write_file(state + "/manifests/arkham", encode(manifest_));
    write_file(state + "/accounts/" + std::to_string(kHarlequin),
               encode(AccountRecord{"harlequin", kHarlequin, "arkham"}));
    write_file(state + "/accounts/" + std::to_string(kIvy), encode(AccountRecord{"ivy", kIvy, "arkham"}));
}

void JailTest::take_policy(const std::string& keys) {
    const std::string file = "/etc/jail/jails/compiled.yaml";
    write_file(file, "jail: compiled\ncommands: [sh]\n" + keys + "\n");
    const Outcome built =
        run([] { return ::execlp("jail-provision", "jail-provision", "build", "compiled", nullptr); });
    ASSERT_EQ(built.status, 0) << built.output;
    const auto compiled = load_manifest("compiled");
    ASSERT_TRUE(compiled) << compiled.error().message();
    std::filesystem::remove(file);
    manifest_.user_namespace = compiled.value().user_namespace;
    manifest_.seccomp = compiled.value().seccomp;
    publish();
}

Running JailTest::start(const std::function<int()>& body) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    (void)std::fflush(nullptr);  // else a child that flushes says once more what the test has said
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::dup2(ends[1], 1);
        ::dup2(ends[1], 2);
        ::_exit(body());
    }
    ::close(ends[1]);
    return {pid, ends[0]};
}

Outcome JailTest::finish(const Running& running) {
    Outcome outcome;
    char buffer[4096];
    for (ssize_t count; (count = ::read(running.output, buffer, sizeof buffer)) > 0;)
        outcome.output.append(buffer, static_cast<std::size_t>(count));
    ::close(running.output);
    ::waitpid(running.pid, &outcome.status, 0);
    return outcome;
}

Outcome JailTest::run(const std::function<int()>& body) {
    return finish(start(body));
}

namespace {

// What sshd's monitor does: attach, enter, fork; the child becomes the account and executes its login shell.
// The lease stays with the "monitor" and is not seen by the session.
int monitor(uid_t uid, const std::string& command, const char* shell) {
    auto lease = client::attach(uid, "test", "", "");
    if (!lease) {
        ::dprintf(1, "attach: %s\n", lease.error().message().c_str());
        return 100;
    }
    if (const auto entered = client::enter(lease.value()); !entered) {
        ::dprintf(1, "enter: %s\n", entered.error().message().c_str());
        return 101;
    }
    const pid_t child = ::fork();
    if (child < 0) {
        ::dprintf(1, "fork: %s\n", std::strerror(errno));
        return 102;
    }
    if (child == 0) {
        if (!credentials::become(uid, uid, {uid})) ::_exit(103);
        if (command == "hold")
            ::pause();  // as sshd's user child: executes no program, has the lease's descriptor
        ::execl(shell, "jailshell", "-c", command.c_str(), nullptr);
        ::_exit(104);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Outcome JailTest::session(uid_t uid, const std::string& command) {
    return run([&] { return monitor(uid, command, paths::kJailshell); });
}

Outcome JailTest::session_without_shell(uid_t uid, const std::string& command) {
    return run([&] { return monitor(uid, command, "/bin/probe"); });
}

pid_t JailTest::start_session(uid_t uid, const std::string& command, int output) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        const int sink = output >= 0 ? output : ::open("/dev/null", O_WRONLY | O_CLOEXEC);
        ::dup2(sink, 1);
        ::dup2(sink, 2);
        ::_exit(monitor(uid, command, paths::kJailshell));
    }
    return pid;
}

pid_t JailTest::hold_session(uid_t uid) {
    const pid_t pid = start_session(uid, "sleep 600");
    EXPECT_TRUE(eventually([uid] { return processes_of(uid).size() >= 2; }, 60)) << "not inside";
    return pid;
}

Outcome JailTest::inside(const std::function<int()>& body, const std::function<void()>& before) {
    return finish(start_inside(body, before));
}

Running JailTest::start_inside(const std::function<int()>& body, const std::function<void()>& before) {
    return start([&] {
        const auto lease = client::attach(kHarlequin, "test", "", "");
        if (!lease || !client::enter(lease.value())) return 100;
        const pid_t child = ::fork();
        if (child == 0) {
            if (before) before();
            if (!credentials::become(kHarlequin, kHarlequin, {kHarlequin})) ::_exit(103);
            ::_exit(body());
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    });
}

Outcome JailTest::outside(uid_t uid, const std::vector<std::string>& arguments) {
    return run([&] {
        std::vector<char*> list;
        for (const std::string& argument : arguments) list.push_back(const_cast<char*>(argument.c_str()));
        list.push_back(nullptr);
        if (::setgroups(0, nullptr) != 0 || ::setresgid(uid, uid, uid) != 0 ||
            ::setresuid(uid, uid, uid) != 0)
            return 105;
        ::execv(paths::kJailshell, list.data());
        return 106;
    });
}

bool JailTest::eventually(const std::function<bool()>& condition, double seconds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

std::string JailTest::read_file(const std::string& path) {
    std::ostringstream content;
    content << std::ifstream(path).rdbuf();
    return content.str();
}

std::vector<pid_t> JailTest::processes_of(uid_t uid) {
    std::vector<pid_t> found;
    for (const std::string& pid : pids())
        if (number_in_status(pid, "Uid:") == static_cast<long long>(uid) && !is_zombie(pid))
            found.push_back(std::stoi(pid));
    return found;
}

std::string JailTest::pid_inside(pid_t pid) {
    const std::string status = read_file("/proc/" + std::to_string(pid) + "/status");
    const std::size_t end = status.find('\n', status.find("NSpid:"));
    const std::size_t last = status.rfind('\t', end) + 1;
    return status.substr(last, end - last);
}

void JailTest::signal_to(pid_t pid, int signal) {
    ASSERT_GT(pid, 1) << "there is no such process";
    ::kill(pid, signal);
}

pid_t JailTest::supervisor_of(uid_t uid) {
    const std::string wanted = std::string("jail-supervisor") + '\0' + std::to_string(uid) + '\0';
    for (const std::string& pid : pids())
        if (read_file("/proc/" + pid + "/cmdline") == wanted && number_in_status(pid, "Uid:") == 0 &&
            !is_zombie(pid))
            return std::stoi(pid);
    return 0;
}

pid_t JailTest::init_of(uid_t uid) {
    for (const pid_t pid : processes_of(uid)) {
        std::string comm = read_file("/proc/" + std::to_string(pid) + "/comm");
        if (comm == "jail-init\n") return pid;
    }
    return 0;
}

std::vector<std::string> JailTest::traces_of(uid_t uid) {
    std::vector<std::string> traces;
    const std::string name = std::to_string(uid);
    for (const std::string& path :
         {std::string(paths::kRunDir) + "/" + name, "/sys/fs/cgroup/memory/jail/" + name,
          "/sys/fs/cgroup/pids/jail/" + name, "/sys/fs/cgroup/cpu/jail/" + name,
          "/sys/fs/cgroup/blkio/jail/" + name, "/sys/fs/cgroup/jail/" + name,
          std::string("/sys/fs/cgroup/jail.slice/jail-") + (uid == kIvy ? "ivy" : "harlequin") + ".scope"})
        if (fs::exists(path)) traces.push_back(path);
    if (supervisor_of(uid) != 0) traces.push_back("supervisor " + std::to_string(supervisor_of(uid)));
    return traces;
}

}  // namespace jail::testing
