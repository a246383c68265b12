#include "supervisor/log/kept_rates.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "libjail/base/file_descriptor.h"
#include "libjail/policy/paths.h"

namespace jail::supervisor {
namespace {

constexpr char kDirectory[] = "/rates";
constexpr long long kHourMs = 3'600'000;

std::string directory() {
    return std::string(paths::kRunDir) + kDirectory;
}

}  // namespace

KeptRates load_rates(uid_t uid, long long now_ms) {
    const std::string path = directory() + "/" + std::to_string(uid);
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file && errno == ENOENT) return {};
    KeptRates rates;
    if (file && ::read(file.get(), &rates, sizeof rates) == sizeof rates) return rates;
    return {now_ms + kHourMs, now_ms + kHourMs, now_ms + kHourMs};
}

void keep_rates(uid_t uid, const KeptRates& rates, long long now_ms) {
    const std::string path = directory() + "/" + std::to_string(uid);
    if (std::max({rates.inside_full_at_ms, rates.limits_full_at_ms, rates.mail_full_at_ms}) <= now_ms) {
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
