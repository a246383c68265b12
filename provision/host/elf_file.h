// SPDX-License-Identifier: Apache-2.0
// The parts that the dynamic linker would read from a program or library. The file is only read, never run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libjail/base/result.h"

namespace jail::provision {

struct ElfFile {
    int elf_class = 0;  // ELFCLASS32 or ELFCLASS64
    int machine = 0;    // EM_*
    std::string interpreter;
    std::vector<std::string> needed;
    std::vector<std::string> rpath;    // used only if runpath is empty, and inherited by loaded libraries
    std::vector<std::string> runpath;  // this object's own
};

// Reads the program headers and the dynamic section; sections are ignored, as the kernel and ld.so ignore
// them. nullopt: not an ELF file. An error: an ELF file that a linker could not load; `name` is for its
// message.
Result<std::optional<ElfFile>> read_elf(int fd, const std::string& name);

// Class and machine alone, for candidates of a search path; nullopt when not ELF.
std::optional<ElfFile> read_elf_identity(int fd);

}  // namespace jail::provision
