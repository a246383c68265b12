// SPDX-License-Identifier: Apache-2.0
#include "provision/host/debian_packages.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "provision/base/child_process.h"
#include "provision/base/problem.h"
#include "provision/host/file_states.h"
#include "provision/host/source_index.h"

namespace jail::provision {

namespace {

constexpr char kQuery[] = "/usr/bin/dpkg-query";
constexpr std::size_t kMaxOutput = 256u << 20;
constexpr std::chrono::seconds kPatience{30};
// With merged /usr, dpkg knows these by the names that they had before.
constexpr std::string_view kMerged[] = {"/bin/", "/sbin/", "/lib/", "/lib64/"};

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

namespace {

Result<std::string> ask(const std::string& root, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {kQuery, "--admindir=" + root + "/var/lib/dpkg"});
    // 1: a package that is not wholly installed has no list.
    return capture_program(arguments, kMaxOutput, kPatience, {0, 1});
}

}  // namespace

Result<> DebianPackages::load(const std::string& root) {
    const std::string text = JAIL_TRY(ask(root, {"--show",
                                                 "--showformat=${db:Status-Abbrev}\\t${Package}\\t${binary:"
                                                 "Package}\\t${Essential}\\t${Depends}\\n"}));
    for_each_part(text, '\n', [this](std::string_view line) {
        std::vector<std::string_view> fields;
        for_each_part(line, '\t', [&fields](std::string_view field) { fields.push_back(field); });
        if (fields.size() < 4 || !fields[0].starts_with("ii")) return;
        Package& package = installed_[std::string(fields[1])];
        package.name = fields[2];
        package.essential = fields[3] == "yes" || fields[1] == "libc6";
        if (fields.size() > 4) package.depends = names_in_depends(fields[4]);
    });
    return load_files(root);
}

Result<> DebianPackages::load_files(const std::string& root) {
    if (installed_.empty()) return success();
    std::vector<std::string> arguments = {"--listfiles", "--"};
    std::vector<Package*> order;
    for (auto& [name, package] : installed_) {
        arguments.push_back(package.name);
        order.push_back(&package);
    }
    const std::string text = JAIL_TRY(ask(root, std::move(arguments)));
    std::size_t at = 0;  // an empty line stands between two of them
    for_each_part(text, '\n', [&](std::string_view line) {
        if (line.empty())
            ++at;
        else if (at < order.size() && line.starts_with('/') && line != "/.")
            order[at]->files.push_back(name_after_merge(std::string(line)));
    });
    if (at + 1 != order.size())
        return problem("dpkg-query lists the files of " + std::to_string(at + 1) + " packages instead of " +
                       std::to_string(order.size()));
    for (const auto& [name, package] : installed_)
        for (const std::string& path : package.files) owners_.emplace(path, &package);
    return success();
}

Result<std::shared_ptr<const DebianPackages>> DebianPackages::of(const std::string& root) {
    static std::string known_as;
    static std::shared_ptr<const DebianPackages> known;
    const std::string database = root + "/var/lib/dpkg";
    const std::string now = root + "\n" + encode_state(read_state(database + "/status")) +
                            encode_state(read_state(database + "/info"));
    if (known && known_as == now) return known;
    auto packages = std::make_shared<DebianPackages>();
    const bool is_there = ::access((database + "/status").c_str(), F_OK) == 0 && ::access(kQuery, X_OK) == 0;
    if (is_there) JAIL_TRY(packages->load(root));
    known = std::move(packages);
    known_as = now;
    return known;
}

std::string DebianPackages::owner_of(const std::string& path) const {
    const auto found = owners_.find(path);
    return found == owners_.end() ? std::string() : found->second->name;
}

std::vector<std::string> DebianPackages::files_of(const std::string& package) const {
    const auto found = installed_.find(bare_name(package));
    return found == installed_.end() ? std::vector<std::string>() : found->second.files;
}

std::vector<std::string> DebianPackages::dependencies_of(const std::string& package) const {
    std::vector<std::string> names;
    const auto found = installed_.find(bare_name(package));
    if (found == installed_.end()) return names;
    for (const std::string& name : found->second.depends)
        if (const auto known = installed_.find(name); known != installed_.end())
            names.push_back(known->second.name);
    return names;
}

bool DebianPackages::is_essential(const std::string& package) const {
    const auto found = installed_.find(bare_name(package));
    return found != installed_.end() && found->second.essential;
}

std::string DebianPackages::list_file_of(const std::string& package) {
    return "/var/lib/dpkg/info/" + package + ".list";
}

}  // namespace jail::provision
