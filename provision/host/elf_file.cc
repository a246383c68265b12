// SPDX-License-Identifier: Apache-2.0
#include "provision/host/elf_file.h"

#include <elf.h>
#include <gelf.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "provision/base/problem.h"

namespace jail::provision {

namespace {

constexpr std::size_t kMaxProgramHeaders = 4096;
constexpr std::size_t kMaxDynamicBytes = 1u << 20;
constexpr std::size_t kMaxStringBytes = 64u << 20;  // C++ libraries have megabytes of symbol names
constexpr std::size_t kMaxNeeded = 1024;
constexpr std::size_t kMaxPath = 4096;

struct EndElf {
    void operator()(Elf* elf) const { (void)elf_end(elf); }
};
using ElfHandle = std::unique_ptr<Elf, EndElf>;

Error malformed(const std::string& name, std::string_view what) {
    return problem(name + " is a damaged ELF file: " + std::string(what));
}

std::vector<std::string> split_path(std::string_view list) {
    std::vector<std::string> parts;
    for (std::size_t start = 0; start <= list.size();) {
        const std::size_t end = std::min(list.find(':', start), list.size());
        if (end > start) parts.emplace_back(list.substr(start, end - start));
        start = end + 1;
    }
    return parts;
}

class Reader {
public:
    Reader(Elf* elf, const std::string& name) : elf_(elf), name_(name) {}

    Result<ElfFile> read() {
        GElf_Ehdr header;
        if (!gelf_getehdr(elf_, &header)) return malformed(name_, "no header");
        if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
            return ElfFile{};  // objects and cores load no libraries
        file_.elf_class = gelf_getclass(elf_);
        file_.machine = header.e_machine;
        JAIL_TRY(read_program_headers());
        if (loads_.empty()) return malformed(name_, "it has nothing to load");
        if (dynamic_) JAIL_TRY(read_dynamic());
        return std::move(file_);
    }

private:
    Result<> read_program_headers() {
        std::size_t count = 0;
        if (elf_getphdrnum(elf_, &count) != 0) return malformed(name_, "no program headers");
        if (count > kMaxProgramHeaders) return malformed(name_, "too many program headers");
        for (std::size_t i = 0; i < count; ++i) {
            GElf_Phdr header;
            if (!gelf_getphdr(elf_, static_cast<int>(i), &header))
                return malformed(name_, "a program header is cut off");
            if (header.p_type == PT_LOAD) loads_.push_back(header);
            if (header.p_type == PT_DYNAMIC) dynamic_ = header;
            if (header.p_type == PT_INTERP) JAIL_TRY(read_interpreter(header));
        }
        return success();
    }

    Result<> read_interpreter(const GElf_Phdr& header) {
        if (header.p_filesz < 2 || header.p_filesz > kMaxPath)
            return malformed(name_, "the interpreter's name has a bad size");
        const Elf_Data* data = chunk(header.p_offset, header.p_filesz, ELF_T_BYTE);
        if (!data) return malformed(name_, "the interpreter's name is cut off");
        const char* text = static_cast<const char*>(data->d_buf);
        file_.interpreter.assign(text, ::strnlen(text, data->d_size));
        if (file_.interpreter.empty() || file_.interpreter[0] != '/')
            return malformed(name_, "the interpreter is no absolute path");
        return success();
    }

    Result<> read_dynamic() {
        if (dynamic_->p_filesz > kMaxDynamicBytes)
            return malformed(name_, "the dynamic section is too large");
        Elf_Data* data = chunk(dynamic_->p_offset, dynamic_->p_filesz, ELF_T_DYN);
        if (!data) return malformed(name_, "the dynamic section is cut off");
        std::vector<GElf_Dyn> names;
        GElf_Addr strings = 0;
        GElf_Xword strings_size = 0;
        GElf_Dyn entry;
        for (int i = 0; gelf_getdyn(data, i, &entry) && entry.d_tag != DT_NULL; ++i) {
            if (entry.d_tag == DT_STRTAB) strings = entry.d_un.d_ptr;
            if (entry.d_tag == DT_STRSZ) strings_size = entry.d_un.d_val;
            if (entry.d_tag == DT_NEEDED || entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH)
                names.push_back(entry);
            if (names.size() > kMaxNeeded) return malformed(name_, "it needs too many libraries");
        }
        if (names.empty()) return success();
        return read_names(names, strings, strings_size);
    }

    Result<> read_names(const std::vector<GElf_Dyn>& names, GElf_Addr strings, GElf_Xword size) {
        if (size == 0 || size > kMaxStringBytes) return malformed(name_, "the string table has a bad size");
        const std::optional<GElf_Off> offset = file_offset(strings, size);
        const Elf_Data* data = offset ? chunk(*offset, size, ELF_T_BYTE) : nullptr;
        if (!data) return malformed(name_, "the string table is cut off");
        const std::string_view table(static_cast<const char*>(data->d_buf), data->d_size);
        for (const GElf_Dyn& entry : names) {
            if (entry.d_un.d_val >= table.size())
                return malformed(name_, "a name lies outside of the string table");
            const std::string_view rest = table.substr(entry.d_un.d_val);
            const std::size_t end = rest.find('\0');
            if (end == std::string_view::npos || end > kMaxPath)
                return malformed(name_, "a name in the string table has no end");
            const std::string_view text = rest.substr(0, end);
            if (text.empty()) continue;
            if (entry.d_tag == DT_NEEDED) file_.needed.emplace_back(text);
            if (entry.d_tag == DT_RPATH) file_.rpath = split_path(text);
            if (entry.d_tag == DT_RUNPATH) file_.runpath = split_path(text);
        }
        return success();
    }

    // Where in the file the address is mapped from.
    std::optional<GElf_Off> file_offset(GElf_Addr address, GElf_Xword size) const {
        for (const GElf_Phdr& load : loads_) {
            if (address < load.p_vaddr || address - load.p_vaddr >= load.p_filesz) continue;
            const GElf_Xword inside = address - load.p_vaddr;
            if (size > load.p_filesz - inside) return std::nullopt;
            return load.p_offset + inside;
        }
        return std::nullopt;
    }

    Elf_Data* chunk(GElf_Off offset, GElf_Xword size, Elf_Type type) const {
        if (offset > INT64_MAX) return nullptr;
        return elf_getdata_rawchunk(elf_, static_cast<std::int64_t>(offset), size, type);
    }

    Elf* elf_;
    const std::string& name_;
    ElfFile file_;
    std::vector<GElf_Phdr> loads_;
    std::optional<GElf_Phdr> dynamic_;
};

}  // namespace

Result<std::optional<ElfFile>> read_elf(int fd, const std::string& name) {
    char magic[SELFMAG];
    if (::pread(fd, magic, sizeof magic, 0) != sizeof magic || std::memcmp(magic, ELFMAG, SELFMAG) != 0)
        return std::optional<ElfFile>();
    if (elf_version(EV_CURRENT) == EV_NONE) return problem("libelf is older than its header");
    const ElfHandle elf(
        elf_begin(fd, ELF_C_READ, nullptr));  // not mapped: a file that shrinks must not kill us
    if (!elf || elf_kind(elf.get()) != ELF_K_ELF) return malformed(name, "not even a header");
    return std::optional<ElfFile>(JAIL_TRY(Reader(elf.get(), name).read()));
}

std::optional<ElfFile> read_elf_identity(int fd) {
    unsigned char header[20];  // e_ident, e_type, e_machine: the same place in both classes
    if (::pread(fd, header, sizeof header, 0) != sizeof header || std::memcmp(header, ELFMAG, SELFMAG) != 0)
        return {};
    ElfFile file;
    file.elf_class = header[EI_CLASS];
    const bool little = header[EI_DATA] == ELFDATA2LSB;
    file.machine = little ? header[18] | header[19] << 8 : header[19] | header[18] << 8;
    return file;
}

}  // namespace jail::provision
