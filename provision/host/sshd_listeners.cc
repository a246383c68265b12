// SPDX-License-Identifier: Apache-2.0
#include "provision/host/sshd_listeners.h"

#include <algorithm>
#include <sstream>

#include "provision/base/file_io.h"

namespace jail::provision {

namespace {

constexpr std::size_t kMostBytes = 64u << 10;
constexpr const char* kUnitDirectories[] = {"/etc/systemd/system", "/run/systemd/system",
                                            "/usr/local/lib/systemd/system", "/lib/systemd/system"};

void add(std::vector<OtherSshd>& found, const std::string& config, const std::string& seen) {
    const bool is_known = config.empty() || config == SshdPlaces().config ||
                          std::any_of(found.begin(), found.end(),
                                      [&](const OtherSshd& one) { return one.places.config == config; });
    if (is_known) return;
    OtherSshd other;
    other.places.config = config;
    other.seen = seen;
    found.push_back(std::move(other));
}

bool is_number(const std::string& name) {
    return !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
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
