// SPDX-License-Identifier: Apache-2.0
#include "provision/tree/package_data.h"

#include <algorithm>
#include <map>

#include "provision/base/problem.h"

namespace jail::provision {

namespace {

// Of these directories below /usr/share, /usr/lib and /etc, other programs of the host are the readers.
constexpr std::string_view kNotForPrograms[] = {
    // documentation, translations (the bundle locales), desktops
    "applications", "base-files", "bug", "doc", "doc-base", "help", "icons", "info", "lintian", "locale",
    "man", "menu", "metainfo", "mime", "pixmaps", "sounds", "thumbnailers",
    // completion and debugging
    "bash-completion", "bash_completion.d", "debug", "gcc", "gdb", "reportbug",
    // building
    "aclocal", "cmake", "pkgconfig",
    // services of the host, and its package manager
    "NetworkManager", "alternatives", "apparmor", "apparmor.d", "apport", "apt", "binfmt.d", "cron.d",
    "cron.daily", "cron.hourly", "cron.monthly", "cron.weekly", "dbus-1", "debconf", "default", "dpkg",
    "init.d", "initramfs-tools", "insserv.conf.d", "kernel", "logcheck", "logrotate.d", "modprobe.d",
    "modules-load.d", "pam", "pam-configs", "pam.d", "polkit-1", "rsyslog.d", "security", "sudoers.d",
    "sysctl.d", "systemd", "sysusers.d", "tmpfiles.d", "udev", "ufw", "update-motd.d", "xdg"};

// The path's next component, taken off.
std::string_view take(std::string_view& path) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view component = path.substr(0, end);
    path.remove_prefix(end);
    return component;
}

bool is_triplet(std::string_view component) {
    return component.find("-linux-gnu") != std::string_view::npos;
}

bool ends_with_one_of(std::string_view name, std::initializer_list<std::string_view> endings) {
    return std::any_of(endings.begin(), endings.end(),
                       [name](std::string_view ending) { return name.ends_with(ending); });
}

// The package, and the dependencies that exist for it.
void collect(const std::string& package, const std::string& reason, const DebianPackages& packages,
             std::map<std::string, std::string>& reasons) {
    if (reasons.contains(package) || packages.is_essential(package)) return;
    reasons.emplace(package, reason);
    for (const std::string& dependency : packages.dependencies_of(package))
        if (belongs_to(dependency, package)) collect(dependency, reason, packages, reasons);
}

}  // namespace

bool is_program_data(std::string_view path) {
    // For the shells of the host: vendor-completions, vendor_completions.d.
    if (path.find("/vendor") != std::string_view::npos) return false;
    std::string_view rest = path;
    std::string_view top = take(rest);
    const bool usr = top == "usr";
    if (usr && !rest.empty()) top = take(rest);
    const bool of_configuration = !usr && top == "etc";
    if (!of_configuration && !(usr && (top == "share" || top == "lib" || top == "libexec"))) return false;
    if (rest.empty()) return false;
    std::string_view next = take(rest);
    if (top == "lib" && is_triplet(next)) {
        if (rest.empty()) return false;
        next = take(rest);
    }
    // A file beside them: a library, which the linker's lists tell; of /etc, a program's settings.
    if (rest.empty()) return of_configuration;
    return std::find(std::begin(kNotForPrograms), std::end(kNotForPrograms), next) ==
           std::end(kNotForPrograms);
}

bool belongs_to(std::string_view dependency, std::string_view package) {
    dependency = bare_name(dependency);
    package = bare_name(package);
    if (ends_with_one_of(dependency, {"-data", "-common", "-runtime"})) return true;
    const std::string_view stem = package.substr(0, package.find_first_of("0123456789-."));
    if (stem.empty() || !dependency.starts_with(stem)) return false;
    const std::string_view rest = dependency.substr(stem.size());
    return rest.empty() || rest.find_first_of("0123456789-.") == 0;
}

Result<std::vector<std::string>> add_package_data(const std::vector<PackagedCommand>& commands,
                                                  const DebianPackages& packages, HostFiles& files,
                                                  Closure& closure) {
    std::vector<std::string> unknown;
    std::map<std::string, std::string> reasons;  // by package
    for (const PackagedCommand& command : commands) {
        const std::string owner = packages.owner_of(command.program);
        if (owner.empty()) unknown.push_back(command.program);
        if (owner.empty() || packages.is_essential(owner)) continue;
        for (const std::string& path : command.needed)
            if (const std::string of = packages.owner_of(path); !of.empty())
                collect(of, command.reason, packages, reasons);
    }
    for (const auto& [package, reason] : reasons) {
        // Changes with what the package has: a build that saw it is done again then.
        (void)files.state(DebianPackages::list_file_of(package));
        const std::string because = "package " + std::string(bare_name(package)) + " for " + reason;
        for (const std::string& path : packages.files_of(package)) {
            if (!is_program_data(path)) continue;
            const Result<> added = closure.add_package_file(path, because);
            if (!added) return in_context("package " + package, added.error());
        }
    }
    return unknown;
}

}  // namespace jail::provision
