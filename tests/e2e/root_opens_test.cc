// SPDX-License-Identifier: Apache-2.0
// sshd's monitor stays root and has the jail for its root directory. So no path that it looks at after it
// joined may be one that the account could have put there, or changed: each component of each path is tried,
// inside, with the account's rights.
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "sftp_client.h"
#include "ssh_fixture.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;
const std::string kTrace = std::string(machine::kRunDir) + "/trace";

class RootOpensTest : public SshTest {
protected:
    static void SetUpTestSuite() {
        SshServer::Options options;
        options.under = {"strace", "-f",
                         "-y",     "-qq",
                         "-s",     "4096",
                         "-o",     kTrace,
                         "-e",     "trace=%file,setns,clone,clone3,fork,vfork,setresuid,setuid,setreuid"};
        start_server(options);
    }
};

struct Looked {
    std::set<std::string> paths;
    std::set<std::string> opened;
    int joins = 0;
};

// A relative path is relative to the descriptor that strace -y names at the start of `arguments`.
std::string absolute(const std::string& path, const std::string& arguments) {
    static const std::regex descriptor_form(R"(\((?:AT_FDCWD|\d+)<([^>]*)>.*)");
    std::smatch match;
    if (path[0] == '/' || !std::regex_match(arguments, match, descriptor_form)) return path;
    return fs::path(match[1].str()) / path;
}

struct State {
    bool joined = false;
    bool root = true;  // by its effective uid: the monitor becomes the account for a moment, and root again

    void become(const std::string& call, const std::string& arguments) {
        static const std::regex form(R"(\((-?\d+)(?:, (-?\d+))?.*)");
        std::smatch match;
        if (!std::regex_match(arguments, match, form)) return;
        const std::string effective = call == "setuid" ? match[1] : match[2];
        if (effective != "-1") root = effective == "0";
    }
};

// Every path in a call of a process that had joined an instance (setns), or was forked by such a one, and was
// root.
Looked read_trace() {
    static const std::regex line_form(R"((\d+) +(?:<\.\.\. (\w+) resumed>)?(\w*)(.*))");
    static const std::regex path_form("\"((?:[^\"\\\\]|\\\\.)*)\"");
    Looked looked;
    std::map<std::string, State> states;
    std::map<std::string, std::string> unfinished;
    std::istringstream trace(machine::read_file(kTrace));
    for (std::string line; std::getline(trace, line);) {
        std::smatch match;
        if (!std::regex_match(line, match, line_form)) continue;
        const std::string pid = match[1], call = match[2].matched ? match[2].str() : match[3].str();
        std::string rest = match[4];
        if (rest.find("<unfinished ...>") != std::string::npos) {
            unfinished[pid] = rest;
            continue;
        }
        if (match[2].matched) rest = unfinished[pid] + match[3].str() + rest;
        const std::size_t equals = rest.rfind(" = ");
        const std::string result = equals == std::string::npos ? "" : rest.substr(equals + 3);
        if (call == "setns" && rest.find("CLONE_NEWNS") != std::string::npos && result[0] == '0') {
            states[pid].joined = true;
            ++looked.joins;
        } else if (call == "setresuid" || call == "setuid" || call == "setreuid") {
            if (result[0] == '0') states[pid].become(call, rest);
        } else if (call == "clone" || call == "clone3" || call == "fork" || call == "vfork") {
            if (std::atoi(result.c_str()) > 0)
                states[std::to_string(std::atoi(result.c_str()))] = states[pid];
        } else if (states[pid].joined && states[pid].root && std::regex_search(rest, match, path_form)) {
            if (match[1].length() == 0) continue;  // AT_EMPTY_PATH: the descriptor itself, opened before
            const std::string path = absolute(match[1], rest);
            looked.paths.insert(path);
            if (call.rfind("open", 0) == 0 && result[0] != '-') looked.opened.insert(path);
        }
    }
    return looked;
}

bool is_device(const std::string& path) {
    struct stat status = {};
    return ::stat(path.c_str(), &status) == 0 && S_ISCHR(status.st_mode);
}

// Inside, as the account: the first component of `path` that the account could replace, or empty.
std::string replaceable_part_of(const fs::path& path, uid_t uid) {
    fs::path so_far;
    for (const fs::path& name : path) {
        so_far /= name;
        struct stat status = {};
        if (::lstat(so_far.c_str(), &status) != 0)
            return {};  // what is not there can be made only in a parent that passed
        if (S_ISLNK(status.st_mode)) {
            char target[4096] = {};
            // /proc/self does not resolve for a process of another pid namespace, such as the monitor.
            if (::readlink(so_far.c_str(), target, sizeof target - 1) < 0) return {};
            const std::string part =
                replaceable_part_of(target[0] == '/' ? fs::path(target) : so_far.parent_path() / target, uid);
            if (!part.empty()) return part;
            continue;
        }
        if (S_ISCHR(status.st_mode)) continue;  // to write to a device does not change which one it is
        // Nor does a send to a socket of another owner.
        const bool writable = !S_ISSOCK(status.st_mode) && ::access(so_far.c_str(), W_OK) == 0;
        if (status.st_uid == uid || writable) return so_far;
    }
    return {};
}

// In a child that joins the mount namespace of `inside` and becomes the account.
std::string replaceable_inside(pid_t inside, const std::set<std::string>& paths) {
    const uid_t uid = machine::uid_of("harlequin");
    const int ns = ::open(("/proc/" + std::to_string(inside) + "/ns/mnt").c_str(), O_RDONLY | O_CLOEXEC);
    int ends[2];
    if (ns < 0 || ::pipe2(ends, O_CLOEXEC) != 0) return "nothing could be tried";
    const pid_t child = ::fork();
    if (child == 0) {
        std::string found;
        if (::setns(ns, CLONE_NEWNS) != 0 || ::chdir("/") != 0 || ::setgroups(0, nullptr) != 0 ||
            ::setresgid(uid, uid, uid) != 0 || ::setresuid(uid, uid, uid) != 0)
            found = "nothing could be tried";
        for (const std::string& path : paths) {
            const std::string part = replaceable_part_of(path[0] == '/' ? path : "/" + path, uid);
            if (!part.empty() && !(part == path && is_device(path))) found += path + " (" + part + ")\n";
        }
        (void)!::write(ends[1], found.data(), found.size());
        ::_exit(0);
    }
    ::close(ends[1]);
    ::close(ns);
    std::string found;
    char buffer[4096];
    for (ssize_t count = 0; (count = ::read(ends[0], buffer, sizeof buffer)) > 0;)
        found.append(buffer, static_cast<std::size_t>(count));
    ::close(ends[0]);
    (void)::waitpid(child, nullptr, 0);
    return found;
}

TEST_F(RootOpensTest, NothingThatTheMonitorLooksAtInsideIsTheAccountsToChange) {
    const Connection keeper(server(), "harlequin");
    ASSERT_TRUE(keeper.logged_in()) << keeper.error();
    {
        const Connection connection(server(), "harlequin", Connection::Method::kPassword);
        ASSERT_TRUE(connection.logged_in()) << connection.error();
        const auto terminal = connection.open(), command = connection.open();
        ASSERT_TRUE(terminal->request_terminal(80, 24));
        ASSERT_TRUE(terminal->start_shell());
        terminal->write("echo begun-$((1+1)); exit\n");
        ASSERT_TRUE(terminal->read_until("begun-2"));
        (void)terminal->finish();
        ASSERT_TRUE(command->execute("true"));
        (void)command->finish();
        const SftpClient sftp(connection);
        ASSERT_TRUE(sftp.started());
    }
    (void)ssh("harlequin",
              {"-tt", "-A", "-X", "-R", "4572:127.0.0.1:1", "-R", "/tmp/e2e-remote:/tmp/x", "true"});
    ASSERT_TRUE(eventually([] { return machine::monitors_of("harlequin").size() == 1; }));
    const Looked looked = read_trace();
    EXPECT_GE(looked.joins, 3);
    ASSERT_FALSE(looked.opened.empty());
    // What the check itself must be able to find.
    const pid_t inside = machine::processes_of(machine::uid_of("harlequin")).front();
    EXPECT_NE(replaceable_inside(inside, {"/home/harlequin/.profile"}), "");
    EXPECT_NE(replaceable_inside(inside, {"/tmp/x/y"}), "");
    EXPECT_NE(replaceable_inside(inside, {"/var/tmp/x"}), "");
    EXPECT_EQ(replaceable_inside(inside, looked.paths), "");
    std::string list;
    for (const std::string& path : looked.paths)
        list += path + (looked.opened.count(path) != 0 ? " (opened) " : " ");
    std::printf("root looked inside at: %s\n", list.c_str());
}

}  // namespace
}  // namespace jail::testing
