#include "supervisor/log/kept_rates.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/files.h"
#include "libjail/policy/paths.h"

namespace jail::supervisor {
namespace {

constexpr char kDirectory[] = "/rates";

std::string directory() {
    return std::string(paths::kRunDir) + kDirectory;
}

}  // namespace

KeptRates load_rates(uid_t uid, Time now) {
    const std::string path = directory() + "/" + std::to_string(uid);
    const auto bytes = read_small_file(path);
    if (!bytes && bytes.error().code() == ENOENT) return {};
    KeptRates rates;
    if (bytes && bytes.value().size() == sizeof rates) {
        std::memcpy(&rates, bytes.value().data(), sizeof rates);
        return rates;
    }
    return {now + 1h, now + 1h, now + 1h};
}

void keep_rates(uid_t uid, const KeptRates& rates, Time now) {
    const std::string path = directory() + "/" + std::to_string(uid);
    if (std::max({rates.inside_full_at, rates.limits_full_at, rates.mail_full_at}) <= now) {
        (void)::unlink(path.c_str());
        (void)::rmdir(directory().c_str());  // when it was the last one
        return;
    }
    (void)::mkdir(directory().c_str(), 0700);
    const FileDescriptor file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
    if (file) (void)!::write(file.get(), &rates, sizeof rates);
}

}  // namespace jail::supervisor
