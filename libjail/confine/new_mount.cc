// SPDX-License-Identifier: Apache-2.0
#include "libjail/confine/new_mount.h"

namespace jail::mount {

Result<FileDescriptor> create(const char* type, std::initializer_list<Option> options,
                              std::uint64_t attributes) {
    const FileDescriptor context(::fsopen(type, FSOPEN_CLOEXEC));
    if (!context) return errno_error("fsopen", type);
    for (const auto& [key, value] : options)
        if (::fsconfig(context.get(), FSCONFIG_SET_STRING, key, value.c_str(), 0) != 0)
            return errno_error("fsconfig", std::string(type) + " " + key + "=" + value);
    if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
        return errno_error("fsconfig create", type);
    FileDescriptor mount(::fsmount(context.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(attributes)));
    if (!mount) return errno_error("fsmount", type);
    return mount;
}

}  // namespace jail::mount
