// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include <cstdio>
#include <exception>

#include "provision/command_line.h"

int main(int argc, char** argv) {
    (void)::umask(022);
    // The host's time zone counts, not that of the caller.
    (void)::unsetenv("TZ");
    ::tzset();
    // A file size limit (ulimit -f) and a closed pipe are errors to report, not deaths in the middle of a
    // change.
    (void)::signal(SIGXFSZ, SIG_IGN);
    (void)::signal(SIGPIPE, SIG_IGN);
    try {
        return jail::provision::run_command_line({}, argc, argv);
    } catch (const std::exception& error) {  // no memory, or a library's own: no half-done change shows
        (void)std::fprintf(stderr, "jail-provision: %s\n", error.what());
        return 1;
    }
}
