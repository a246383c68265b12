// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/provision/test_host.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "provision/base/child_process.h"
#include "provision/base/problem.h"

namespace jail::provision {

namespace fs = std::filesystem;

TestHost::TestHost() {
    char name[] = "/tmp/provision-test-XXXXXX";
    directory_ = ::mkdtemp(name);
    (void)::umask(022);
    layout_.config_dir = directory_ + "/etc";
    layout_.share_dir = directory_ + "/share";
    layout_.state_dir = directory_ + "/state";
    layout_.run_dir = directory_ + "/run";
    layout_.host_root = directory_ + "/host";
    layout_.jailshell = "/usr/bin/jailshell";
    layout_.owner = ::getuid();
    layout_.memory_info = write(directory_ + "/meminfo", "MemTotal: 4194304 kB\n");
    for (const char* path :
         {"/etc/jails", "/etc/bundles", "/share/bundles", "/host/usr/bin", "/host/usr/lib", "/run"})
        fs::create_directories(directory_ + path);
    host_link("/bin", "usr/bin");
    host_link("/lib", "usr/lib");
    host_file(layout_.info_of_jails, "jail-info", 0755);
    bundle("uidbasics", "bundle: uidbasics\n");
}

TestHost::~TestHost() {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
}

std::string TestHost::write(const std::string& path, const std::string& content, unsigned mode) {
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path, std::ios::trunc | std::ios::binary) << content;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
}

void TestHost::host_file(const std::string& path, const std::string& content, unsigned mode) {
    (void)write(root() + path, content, mode);
}

void TestHost::host_link(const std::string& path, const std::string& target) {
    fs::create_directories(fs::path(root() + path).parent_path());
    fs::create_symlink(target, root() + path);
}

void TestHost::compile(const std::string& path, const std::string& code,
                       const std::vector<std::string>& arguments) {
    const std::string source = write(directory_ + "/source.c", code);
    fs::create_directories(fs::path(root() + path).parent_path());
    std::vector<std::string> command = {"/usr/bin/gcc", "-o", root() + path, source, "-nostdlib"};
    for (std::string argument : arguments) {
        for (std::size_t at = argument.find('@'); at != std::string::npos; at = argument.find('@', at))
            argument.replace(at, 1, root());
        command.push_back(std::move(argument));
    }
    const Result<> built = run_program(command);
    ASSERT_TRUE(built) << describe(built.error());
}

void TestHost::jail(const std::string& name, const std::string& yaml) {
    (void)write(layout_.config_dir + "/jails/" + name + ".yaml", yaml);
}

void TestHost::bundle(const std::string& name, const std::string& yaml) {
    (void)write(layout_.share_dir + "/bundles/" + name + ".yaml", yaml);
}

std::string Planned::command(const std::string& name) {
    const Result<> added = closure.add_command({name, "jail test", {}, false});
    return added ? "" : describe(added.error());
}

namespace {

std::string add(Closure& closure, const std::string& path, bool optional) {
    OriginatedFile wanted;
    wanted.origin = "jail test";
    wanted.file.path = path;
    wanted.optional = optional;
    const Result<> added = closure.add_file(wanted);
    return added ? "" : describe(added.error());
}

}  // namespace

std::string Planned::file(const std::string& path) {
    return add(closure, path, false);
}

std::string Planned::optional_file(const std::string& path) {
    return add(closure, path, true);
}

std::string slurp(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

}  // namespace jail::provision
