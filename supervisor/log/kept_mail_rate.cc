// SPDX-License-Identifier: Apache-2.0
#include "supervisor/log/kept_mail_rate.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/files.h"
#include "libjail/policy/paths.h"

namespace jail::supervisor {
namespace {

std::string path_of(uid_t uid) {
    return std::string(paths::kRunDir) + "/rates/" + std::to_string(uid) + ".mail";
}

}  // namespace

Time load_mail_rate(uid_t uid, Time now) {
    const auto bytes = read_small_file(path_of(uid));
    if (!bytes && bytes.error().code() == ENOENT) return {};
    Time full_at = now + 1h;
    if (bytes && bytes.value().size() == sizeof full_at)
        std::memcpy(&full_at, bytes.value().data(), sizeof full_at);
    return full_at;
}

void keep_mail_rate(uid_t uid, Time full_at, Time now) {
    const std::string path = path_of(uid), directory = path.substr(0, path.rfind('/'));
    if (full_at <= now) {
        (void)::unlink(path.c_str());
        (void)::rmdir(directory.c_str());  // when it was the last one
        return;
    }
    (void)::mkdir(directory.c_str(), 0700);
    const FileDescriptor file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
    if (file) (void)!::write(file.get(), &full_at, sizeof full_at);
}

}  // namespace jail::supervisor
