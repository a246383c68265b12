// SPDX-License-Identifier: Apache-2.0
// Programs and libraries of the host, which jail-provision reads as root and never runs: whatever the bytes,
// they are read within their bounds.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

#include "libjail/base/file_descriptor.h"
#include "provision/host/elf_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const jail::FileDescriptor file(::memfd_create("fuzz", MFD_CLOEXEC));
    if (::write(file.get(), data, size) != static_cast<ssize_t>(size)) std::abort();
    const auto identity = jail::provision::read_elf_identity(file.get());
    const auto read = jail::provision::read_elf(file.get(), "fuzz");
    if (!read || !read.value()) return 0;
    if (read.value()->elf_class == 0) return 0;  // an object or a core file
    if (!identity || identity->elf_class != read.value()->elf_class) std::abort();
    for (const auto* list : {&read.value()->needed, &read.value()->rpath, &read.value()->runpath})
        for (const std::string& name : *list)
            if (name.find('\0') != std::string::npos) std::abort();
    return 0;
}
