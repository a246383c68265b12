// SPDX-License-Identifier: Apache-2.0
#include "provision/host/debian_packages.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "provision/base/child_process.h"
#include "provision/base/problem.h"

namespace jail::provision {

namespace {

constexpr char kQuery[] = "/usr/bin/dpkg-query";
constexpr std::size_t kMaxOutput = 64u << 20;
constexpr std::chrono::seconds kPatience{30};
// With merged /usr, dpkg knows these by the names that they had before.
constexpr std::string_view kMerged[] = {"/bin/", "/sbin/", "/lib/", "/lib64/"};

std::string name_before_merge(const std::string& path) {
    for (const std::string_view directory : kMerged)
        if (path.starts_with("/usr" + std::string(directory))) return path.substr(4);
    return {};
}

std::string name_after_merge(const std::string& path) {
    for (const std::string_view directory : kMerged)
        if (path.starts_with(directory)) return "/usr" + path;
    return path;
}

template <class Each>
void for_each_part(std::string_view text, char separator, const Each& each) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        each(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

}  // namespace

std::string_view bare_name(std::string_view package) {
    return package.substr(0, package.find(':'));
}

std::vector<std::string> names_in_depends(std::string_view field) {
    std::vector<std::string> names;
    for_each_part(field, ',', [&names](std::string_view alternatives) {
        for_each_part(alternatives, '|', [&names](std::string_view one) {
            const std::size_t begin = one.find_first_not_of(' ');
            if (begin == std::string_view::npos) return;
            one.remove_prefix(begin);
            names.emplace_back(bare_name(one.substr(0, one.find_first_of(" ("))));
        });
    });
    return names;
}

Result<std::string> DebianPackages::ask(std::vector<std::string> arguments) const {
    if (::access(kQuery, X_OK) != 0) return std::string();
    arguments.insert(arguments.begin(), {kQuery, "--admindir=" + root_ + "/var/lib/dpkg"});
    // 1: some of them are unknown.
    return capture_program(arguments, kMaxOutput, kPatience, {0, 1});
}

bool DebianPackages::exist() const {
    return ::access((root_ + "/var/lib/dpkg/status").c_str(), F_OK) == 0;
}

Result<std::map<std::string, std::string>> DebianPackages::owners(const std::vector<std::string>& paths) {
    std::map<std::string, std::string> found;
    std::vector<std::string> arguments = {"--search", "--"};
    for (const std::string& path : paths) {
        if (path.find_first_of("*?[\\\n") != std::string::npos) continue;  // a pattern to dpkg-query
        arguments.push_back(path);
        if (std::string before = name_before_merge(path); !before.empty())
            arguments.push_back(std::move(before));
    }
    if (arguments.size() == 2) return found;
    const std::string text = JAIL_TRY(ask(std::move(arguments)));
    for_each_part(text, '\n', [&found](std::string_view line) {
        const std::size_t colon = line.find(": /");
        if (colon == std::string_view::npos || line.starts_with("diversion by ")) return;
        const std::string_view packages = line.substr(0, colon);
        found.emplace(name_after_merge(std::string(line.substr(colon + 2))),
                      packages.substr(0, packages.find(',')));
    });
    return found;
}

Result<std::map<std::string, std::vector<std::string>>> DebianPackages::files_of(
    const std::vector<std::string>& packages) {
    std::map<std::string, std::vector<std::string>> files;
    if (packages.empty()) return files;
    std::vector<std::string> arguments = {"--listfiles", "--"};
    arguments.insert(arguments.end(), packages.begin(), packages.end());
    const std::string text = JAIL_TRY(ask(std::move(arguments)));
    std::size_t at = 0;  // an empty line stands between two of them
    for_each_part(text, '\n', [&](std::string_view line) {
        if (line.empty())
            ++at;
        else if (at < packages.size() && line.starts_with('/') && line != "/.")
            files[packages[at]].push_back(name_after_merge(std::string(line)));
    });
    if (!text.empty() && at + 1 != packages.size())
        return problem("dpkg-query lists the files of " + std::to_string(at + 1) + " packages instead of " +
                       std::to_string(packages.size()));
    return files;
}

Result<> DebianPackages::load() {
    if (loaded_) return success();
    const std::string text = JAIL_TRY(ask({"--show",
                                           "--showformat=${db:Status-Abbrev}\\t${Package}\\t${binary:Package}"
                                           "\\t${Essential}\\t${Depends}\\n"}));
    for_each_part(text, '\n', [this](std::string_view line) {
        std::vector<std::string_view> fields;
        for_each_part(line, '\t', [&fields](std::string_view field) { fields.push_back(field); });
        if (fields.size() < 4 || !fields[0].starts_with("ii")) return;
        Package& package = installed_[std::string(fields[1])];
        package.name = fields[2];
        package.essential = fields[3] == "yes" || fields[1] == "libc6";
        if (fields.size() > 4) package.depends = names_in_depends(fields[4]);
    });
    loaded_ = true;
    return success();
}

Result<std::vector<std::string>> DebianPackages::dependencies_of(const std::string& package) {
    JAIL_TRY(load());
    std::vector<std::string> names;
    const auto found = installed_.find(bare_name(package));
    if (found == installed_.end()) return names;
    for (const std::string& name : found->second.depends)
        if (const auto known = installed_.find(name); known != installed_.end())
            names.push_back(known->second.name);
    return names;
}

Result<bool> DebianPackages::is_essential(const std::string& package) {
    JAIL_TRY(load());
    const auto found = installed_.find(bare_name(package));
    return found != installed_.end() && found->second.essential;
}

std::string DebianPackages::list_file_of(const std::string& package) {
    return "/var/lib/dpkg/info/" + package + ".list";
}

}  // namespace jail::provision
