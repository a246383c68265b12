// SPDX-License-Identifier: Apache-2.0
#include "provision/host/library_search.h"

#include <elf.h>
#include <sys/auxv.h>

#include <algorithm>
#include <sstream>

#include "libjail/base/path_name.h"
#include "provision/base/problem.h"

namespace jail::provision {

namespace {

constexpr std::size_t kMaxConfiguration = 1u << 20;
constexpr int kMaxIncludes = 8;
constexpr std::size_t kMaxConfigured = 1024;

struct Multiarch {
    int machine;
    int elf_class;
    const char* name;
};

constexpr Multiarch kMultiarch[] = {
    {EM_X86_64, ELFCLASS64, "x86_64-linux-gnu"},
    {EM_X86_64, ELFCLASS32, "x86_64-linux-gnux32"},
    {EM_386, ELFCLASS32, "i386-linux-gnu"},
    {EM_AARCH64, ELFCLASS64, "aarch64-linux-gnu"},
    {EM_ARM, ELFCLASS32, "arm-linux-gnueabihf"},
    {EM_RISCV, ELFCLASS64, "riscv64-linux-gnu"},
    {EM_PPC64, ELFCLASS64, "powerpc64le-linux-gnu"},
    {EM_S390, ELFCLASS64, "s390x-linux-gnu"},
    {EM_LOONGARCH, ELFCLASS64, "loongarch64-linux-gnu"},
};

std::string multiarch_of(const ElfFile& object) {
    for (const Multiarch& known : kMultiarch)
        if (known.machine == object.machine && known.elf_class == object.elf_class) return known.name;
    return {};
}

std::vector<std::string> default_directories(const ElfFile& object) {
    std::vector<std::string> directories;
    if (const std::string multiarch = multiarch_of(object); !multiarch.empty())
        directories = {"/lib/" + multiarch, "/usr/lib/" + multiarch};
    if (object.elf_class == ELFCLASS64) directories.insert(directories.end(), {"/lib64", "/usr/lib64"});
    directories.insert(directories.end(), {"/lib", "/usr/lib"});
    return directories;
}

void replace_all(std::string& text, std::string_view token, std::string_view value) {
    for (const std::string& form : {"$" + std::string(token), "${" + std::string(token) + "}"})
        for (std::size_t at = text.find(form); at != std::string::npos;
             at = text.find(form, at + value.size()))
            text.replace(at, form.size(), value);
}

std::string platform() {
    const auto* name = reinterpret_cast<const char*>(::getauxval(AT_PLATFORM));
    return name ? name : "";
}

}  // namespace

std::vector<std::string> LibrarySearch::expand(const std::vector<std::string>& directories,
                                               const ElfFile& object,
                                               const std::string& object_directory) const {
    const std::string multiarch = multiarch_of(object);
    std::vector<std::string> expanded;
    for (std::string directory : directories) {
        replace_all(directory, "ORIGIN", object_directory);
        replace_all(directory, "LIB", multiarch.empty() ? "lib" : "lib/" + multiarch);
        replace_all(directory, "PLATFORM", platform());
        // A relative one would depend on the session's working directory: no tree can serve that.
        if (!directory.empty() && directory[0] == '/') expanded.push_back(std::move(directory));
    }
    return expanded;
}

bool LibrarySearch::fits(const std::string& path, const ElfFile& object) {
    const Result<WalkEnd> end = files_.walk(path);
    // The program would load it from here: passing it over would give the jail another library. Adding it
    // reports the error.
    if (!end && must_be_told(end.error())) return true;
    if (!end || end.value().kind != FileKind::kFile) return false;
    const auto [identity, fresh] = identities_.try_emplace(end.value().path);
    if (fresh) {
        const Result<FileDescriptor> file = files_.open(end.value().path);
        if (!file && must_be_told(file.error())) {
            identities_.erase(identity);
            return true;
        }
        if (file) identity->second = read_elf_identity(file.value().get());
    }
    return identity->second && identity->second->elf_class == object.elf_class &&
           identity->second->machine == object.machine;
}

void LibrarySearch::read_configuration(const std::string& path, int depth) {
    if (depth > kMaxIncludes) return;
    const Result<WalkEnd> end = files_.walk(path);
    if (!end || end.value().kind != FileKind::kFile)
        return;  // a host without ld.so.conf has the defaults only
    const Result<std::string> text = files_.head(end.value().path, kMaxConfiguration);
    if (!text) return;
    std::istringstream lines(text.value());
    for (std::string line; std::getline(lines, line) && configured_.size() < kMaxConfigured;) {
        line.resize(std::min(line.find('#'), line.size()));
        std::istringstream words(line);
        std::string word;
        if (!(words >> word) || word == "hwcap") continue;
        if (word != "include") {
            if (word[0] == '/') configured_.push_back(word);
            continue;
        }
        while (words >> word) {
            if (word[0] != '/') word = parent_of(path) + "/" + word;
            const Result<std::vector<std::string>> matches = files_.glob(word);
            if (!matches) continue;
            for (const std::string& match : matches.value()) read_configuration(match, depth + 1);
        }
    }
}

const std::vector<std::string>& LibrarySearch::configured() {
    if (!configuration_read_) read_configuration("/etc/ld.so.conf", 0);
    configuration_read_ = true;
    return configured_;
}

// ld.so prefers DIRECTORY/glibc-hwcaps/LEVEL/NAME where the processor is good enough; the jail's should too.
void LibrarySearch::add_variants(const std::string& directory, const std::string& name, Answer& answer) {
    const auto [levels, fresh] = hwcaps_.try_emplace(directory);
    if (fresh)
        if (Result<std::vector<std::string>> found = files_.glob(directory + "/glibc-hwcaps/*"); found)
            levels->second = std::move(found).value();
    for (const std::string& level : levels->second)
        if (const auto end = files_.walk(level + "/" + name); end || must_be_told(end.error()))
            answer.variants.push_back(level + "/" + name);
}

LibrarySearch::Answer LibrarySearch::find(const std::string& name, const ElfFile& object,
                                          const std::string& object_directory,
                                          const std::vector<std::string>& inherited) {
    const bool usual = object.rpath.empty() && object.runpath.empty() && inherited.empty();
    if (!usual) return search(name, object, object_directory, inherited);
    const auto [known, fresh] = usual_.try_emplace({object.elf_class, object.machine, name});
    if (fresh) known->second = search(name, object, object_directory, inherited);
    return known->second;
}

LibrarySearch::Answer LibrarySearch::search(const std::string& name, const ElfFile& object,
                                            const std::string& object_directory,
                                            const std::vector<std::string>& inherited) {
    Answer answer;
    if (name.find('/') != std::string::npos) {
        if (name[0] == '/' && fits(name, object)) answer.path = name;
        answer.searched = {parent_of(name)};
        return answer;
    }
    const auto append = [&](const std::vector<std::string>& more) {
        answer.searched.insert(answer.searched.end(), more.begin(), more.end());
    };
    if (object.runpath.empty()) {  // RUNPATH switches every RPATH off
        append(expand(object.rpath, object, object_directory));
        append(inherited);
    }
    append(expand(object.runpath, object, object_directory));
    append(configured());
    append(default_directories(object));
    for (const std::string& directory : answer.searched) {
        if (!fits(directory + "/" + name, object)) continue;
        answer.path = directory + "/" + name;
        add_variants(directory, name, answer);
        break;
    }
    return answer;
}

}  // namespace jail::provision
