// SPDX-License-Identifier: Apache-2.0
// Where the dynamic linker would find a library (ld.so(8)): RPATH and RUNPATH with $ORIGIN, $LIB and
// $PLATFORM, the directories of ld.so.conf, the default ones. Files of another class or machine are passed
// over, as ld.so does.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "provision/host/elf_file.h"
#include "provision/host/host_files.h"

namespace jail::provision {

class LibrarySearch {
public:
    explicit LibrarySearch(HostFiles& files) : files_(files) {}

    struct Answer {
        std::string path;                   // not canonical: the symlinks on its way belong into the tree too
        std::vector<std::string> variants;  // faster builds of it for newer processors (glibc-hwcaps)
        std::vector<std::string> searched;  // for the message when the path is empty
    };
    // `inherited` are the RPATHs of those that load the object, already expanded.
    Answer find(const std::string& name, const ElfFile& object, const std::string& object_directory,
                const std::vector<std::string>& inherited);

    // The object's RPATH with its variables replaced.
    std::vector<std::string> expand(const std::vector<std::string>& directories, const ElfFile& object,
                                    const std::string& object_directory) const;

private:
    Answer search(const std::string& name, const ElfFile& object, const std::string& object_directory,
                  const std::vector<std::string>& inherited);
    bool fits(const std::string& path, const ElfFile& object);
    const std::vector<std::string>& configured();
    void read_configuration(const std::string& path, int depth);
    void add_variants(const std::string& directory, const std::string& name, Answer& answer);

    HostFiles& files_;
    std::map<std::string, std::optional<ElfFile>> identities_;
    std::map<std::string, std::vector<std::string>> hwcaps_;
    std::map<std::tuple<int, int, std::string>, Answer> usual_;  // for objects without paths of their own
    std::vector<std::string> configured_;
    bool configuration_read_ = false;
};

}  // namespace jail::provision
