// SPDX-License-Identifier: Apache-2.0
#include "provision/tree/closure.h"

#include <algorithm>

#include "libjail/base/path_name.h"
#include "provision/base/problem.h"
#include "provision/host/reserved_paths.h"

namespace jail::provision {

namespace {

constexpr std::size_t kHeadBytes = 256;    // what the kernel reads of a script's first line
constexpr std::size_t kLongestChain = 64;  // interpreters of interpreters, libraries of libraries

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
    std::string joined;
    for (const std::string& part : parts) joined += (joined.empty() ? "" : std::string(separator)) + part;
    return joined;
}

std::string needs(const std::vector<std::string>& chain, const std::string& what) {
    return join(chain, " needs ") + " needs " + what;
}

// The words of "#! /usr/bin/env -S python3 -u".
std::vector<std::string> interpreter_words(std::string_view head) {
    std::vector<std::string> words;
    const std::string_view line = head.substr(2, std::min(head.find('\n'), head.size()) - 2);
    for (std::size_t at = line.find_first_not_of(" \t"); at < line.size();
         at = line.find_first_not_of(" \t", at)) {
        const std::size_t end = std::min(line.find_first_of(" \t\r", at), line.size());
        words.emplace_back(line.substr(at, end - at));
        at = end;
    }
    return words;
}

// The program that `env` runs: the first word that is neither an option nor an assignment.
std::string env_target(const std::vector<std::string>& words) {
    for (std::size_t i = 1; i < words.size(); ++i)
        if (words[i][0] != '-' && words[i].find('=') == std::string::npos) return words[i];
    return {};
}

}  // namespace

Closure::Closure(HostFiles& files, TreePlan& plan, const std::vector<std::string>& homes)
    : files_(files), plan_(plan), libraries_(files), homes_(homes) {}

std::string Closure::look_up(const std::string& name) {
    for (const std::string_view directory : kSearchPath) {
        const std::string path = std::string(directory) + "/" + name;
        const Result<WalkEnd> end = files_.walk(path);
        // Found, and not to be had: the next directory's may be another program.
        if (!end && must_be_told(end.error())) return path;
        if (end && end.value().kind == FileKind::kFile && (files_.state(end.value().path).mode & 0111))
            return path;
    }
    return {};
}

std::vector<std::string> Closure::known_commands() {
    std::vector<std::string> names;
    for (const std::string_view directory : kSearchPath) {
        const Result<WalkEnd> end = files_.walk(directory);
        if (!end || end.value().kind != FileKind::kDirectory) continue;
        if (Result<std::vector<std::string>> list = files_.list(end.value().path); list)
            names.insert(names.end(), list->begin(), list->end());
    }
    return names;
}

Result<> Closure::add_command(const CommandRequest& command) {
    const bool path = command.name.find('/') != std::string::npos;
    if (path && !valid_absolute_path(command.name)) return problem("expected a name or an absolute path");
    const std::string place = path ? command.name : look_up(command.name);
    if (place.empty()) return Error(ENOENT, "find", command.name);
    JAIL_TRY(add_program(place, reason_of(command), {}));
    return success();
}

Result<std::string> Closure::add_program(const std::string& path, const std::string& reason,
                                         const Chain& chain) {
    const WalkEnd end = JAIL_TRY(place_path(path, reason, false));
    if (end.stopped)
        return problem(path + " leads into " + reserved_place(end.path, homes_) +
                       ", which the jail makes itself");
    if (end.kind == FileKind::kDirectory) return problem(path + " is a directory, expected a program");
    if (chain.names.empty() && !(files_.state(end.path).mode & 0111))
        return problem(path + " is not executable");
    JAIL_TRY(add_host_file(end.path, end.path, reason));
    JAIL_TRY(follow_program(end.path, chain));
    return end.path;
}

// False when it was followed before. A path that was followed strictly is good for optional data too, not the
// other way round.
bool Closure::mark_followed(const std::string& canonical, const Chain& chain) {
    const std::string key = canonical + "\n" + join(chain.rpaths, ":");
    if (followed_.contains(key)) return false;
    return followed_.insert(chain.may_lack_libraries ? key + "\noptional" : key).second;
}

Result<> Closure::follow_program(const std::string& canonical, const Chain& chain) {
    if (chain.names.size() > kLongestChain)
        return problem(needs(chain.names, canonical) + ": too long a chain");
    if (!mark_followed(canonical, chain)) return success();
    Chain longer = chain;
    longer.names.push_back(canonical);
    const FileDescriptor file = JAIL_TRY(files_.open(canonical));
    const std::optional<ElfFile> elf = JAIL_TRY(read_elf(file.get(), canonical));
    if (elf) return follow_elf(canonical, *elf, longer);
    const std::string head = JAIL_TRY(files_.head(canonical, kHeadBytes));
    return head.starts_with("#!") ? follow_script(canonical, head, longer) : success();
}

Result<> Closure::follow_elf(const std::string& canonical, const ElfFile& elf, const Chain& chain) {
    const std::string directory = parent_of(canonical);
    Chain longer = chain;
    if (elf.runpath.empty())
        for (std::string& path : libraries_.expand(elf.rpath, elf, directory))
            longer.rpaths.push_back(std::move(path));
    if (!elf.interpreter.empty()) {
        const Result<std::string> loader = add_program(elf.interpreter, canonical, longer);
        if (!loader && chain.may_lack_libraries && loader.error().code() == ENOENT) return success();
        if (!loader)
            return in_context(needs(chain.names, "the dynamic linker " + elf.interpreter), loader.error());
    }
    for (const std::string& name : elf.needed) {
        const LibrarySearch::Answer found = libraries_.find(name, elf, directory, chain.rpaths);
        if (found.path.empty() && chain.may_lack_libraries) return success();
        if (found.path.empty())
            return problem(needs(chain.names, name) + ", found nowhere; searched " +
                           join(found.searched, ", ") + "; install the package that has it");
        JAIL_TRY(add_program(found.path, canonical, longer));
        for (const std::string& variant : found.variants) JAIL_TRY(add_program(variant, canonical, longer));
    }
    return success();
}

Result<> Closure::follow_script(const std::string& canonical, const std::string& head, const Chain& chain) {
    const std::vector<std::string> words = interpreter_words(head);
    if (words.empty()) return success();  // "#!" alone: a shell runs it as its own script
    if (words[0][0] != '/')
        return problem(needs(chain.names, "the interpreter " + words[0]) + ", which is no absolute path");
    const Result<std::string> interpreter = add_program(words[0], canonical, chain);
    if (!interpreter)
        return in_context(needs(chain.names, "the interpreter " + words[0]), interpreter.error());
    if (base_of(words[0]) != "env") return success();
    const std::string target = env_target(words);
    if (target.empty()) return success();
    const std::string place = target.find('/') == std::string::npos ? look_up(target) : target;
    if (place.empty())
        return problem(needs(chain.names, target) +
                       ", found nowhere in PATH; install the package that has it");
    JAIL_TRY(add_program(place, canonical, chain));
    return success();
}

}  // namespace jail::provision
