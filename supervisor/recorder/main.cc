// SPDX-License-Identifier: Apache-2.0
// jail-recorder ACCOUNT UID JAIL GENERATION: started by jail-supervisor, never by hand, as a user of its own.
// It reads everything that an account can write to the logs, so that root does not have to.
#include <signal.h>
#include <syslog.h>

#include <cstdint>
#include <cstdlib>

#include "supervisor/recorder/privilege.h"
#include "supervisor/recorder/recorder.h"

int main(int argc, char** argv) {
    using namespace jail::supervisor;
    if (argc != 5) return 64;
    // A limit of the first door's on the size of files is an error, not an end.
    (void)::signal(SIGXFSZ, SIG_IGN);
    (void)::signal(SIGPIPE, SIG_IGN);
    ::openlog("jail-supervisor", LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
    if (const auto left = leave_privilege(); !left) {
        ::syslog(LOG_ERR, "recorder of %s: %s", argv[1], left.error().message().c_str());
        return 1;
    }
    const Subject subject = {argv[1], static_cast<uid_t>(std::strtoul(argv[2], nullptr, 10)), argv[3],
                             std::strtoull(argv[4], nullptr, 10)};
    const auto result = Recorder(subject).run();
    if (!result) ::syslog(LOG_ERR, "recorder of %s: %s", argv[1], result.error().message().c_str());
    return result ? 0 : 1;
}
