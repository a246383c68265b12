// SPDX-License-Identifier: Apache-2.0
#include "provision/host/sshd_listeners.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <sstream>

#include "libjail/policy/trusted_store.h"
#include "provision/base/file_io.h"

namespace jail::provision {

namespace {

constexpr std::size_t kMostBytes = 64u << 10;
constexpr const char* kUnitDirectories[] = {"/etc/systemd/system", "/run/systemd/system",
                                            "/usr/local/lib/systemd/system", "/lib/systemd/system"};

// A name that sshd, or an administrator's shell, would read as more than a path is not taken.
bool is_plain_path(const std::string& path) {
    return valid_absolute_path(path) && std::all_of(path.begin(), path.end(), [](unsigned char c) {
               return std::isalnum(c) ||
                      std::string_view("/._-+@").find(static_cast<char>(c)) != std::string_view::npos;
           });
}

// Only a file that root alone can change: sshd -T reads it, and what it includes, as root.
void add(std::vector<OtherSshd>& found, const std::string& config, const std::string& seen) {
    const bool is_known = config == SshdPlaces().config ||
                          std::any_of(found.begin(), found.end(),
                                      [&](const OtherSshd& one) { return one.places.config == config; });
    if (is_known || !is_plain_path(config) || !read_trusted_file(config)) return;
    OtherSshd other;
    other.places.config = config;
    other.seen = seen;
    found.push_back(std::move(other));
}

bool is_number(const std::string& name) {
    return !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
}

// Any account can give a process the name and the arguments of an sshd, and root would read the file that it
// names. Root's own, of the installed program, cannot be imitated.
bool is_hosts_sshd(const std::string& pid) {
    struct stat process = {}, running = {}, installed = {};
    return ::stat(("/proc/" + pid).c_str(), &process) == 0 && process.st_uid == 0 &&
           ::stat(("/proc/" + pid + "/exe").c_str(), &running) == 0 &&
           ::stat(SshdPlaces().program.c_str(), &installed) == 0 && running.st_dev == installed.st_dev &&
           running.st_ino == installed.st_ino;
}

void add_running(std::vector<OtherSshd>& found) {
    for (const std::string& name : names_in("/proc")) {
        if (!is_number(name)) continue;
        const auto comm = read_small_file("/proc/" + name + "/comm", 64);
        if (!comm || !comm.value().starts_with("sshd")) continue;
        const auto line = read_small_file("/proc/" + name + "/cmdline", kMostBytes);
        if (!line) continue;
        std::string words = line.value();
        std::replace(words.begin(), words.end(), '\0', ' ');
        // A process of a session has its account's name instead of arguments.
        if (!is_hosts_sshd(name)) continue;
        add(found, sshd_config_of(words), "process " + name);
    }
}

// ExecStart=/usr/sbin/sshd -D -f /etc/ssh/sshd_config2 $SSHD_OPTS
void add_units(std::vector<OtherSshd>& found) {
    for (const char* directory : kUnitDirectories)
        for (const std::string& name : names_in(directory)) {
            if (!name.ends_with(".service")) continue;
            const std::string path = std::string(directory) + "/" + name;
            const auto text = read_small_file(path, kMostBytes);
            if (!text) continue;
            std::istringstream lines(text.value());
            for (std::string line; std::getline(lines, line);)
                if (line.starts_with("ExecStart=")) add(found, sshd_config_of(line.substr(10)), path);
        }
}

}  // namespace

std::string sshd_config_of(std::string_view command_line) {
    std::istringstream words{std::string(command_line)};
    std::string word;
    words >> word;
    if (word == "sshd:") words >> word;
    while (!word.empty() && std::string_view("-@:+!").find(word[0]) != std::string_view::npos)
        word.erase(0, 1);  // prefixes of ExecStart= (systemd.service(5))
    if (!word.ends_with("/sshd")) return {};
    while (words >> word) {
        if (word == "[listener]") return {};
        if (word == "-f") return words >> word ? word : std::string();
        if (word.starts_with("-f")) return word.substr(2);
    }
    return {};
}

std::vector<OtherSshd> other_sshds() {
    std::vector<OtherSshd> found;
    add_running(found);
    add_units(found);
    return found;
}

}  // namespace jail::provision
