// SPDX-License-Identifier: Apache-2.0
// jail-terminal NAME: started by pam_jail for login(1), never by hand, on the host, as root, which it stays
// for the some milliseconds that it takes: making mounts needs it. A program of its own, so that no
// application of PAM's has code that makes mounts. It reads nothing that an account has written.
#include <sys/stat.h>

#include <string>
#include <string_view>

#include "libjail/session/protocol.h"
#include "libjail/session/terminal_program.h"
#include "supervisor/terminal/shown_terminal.h"

namespace jail::supervisor {
namespace {

Result<> answer(std::string_view word, const FileDescriptor& descriptor = {}) {
    return protocol::send(terminal_program::kAnswer, word.data(), word.size(), descriptor.get());
}

Result<> answer(const Result<ShownTerminal>& shown) {
    if (!shown) return answer(shown.error().message());
    if (!shown.value().mounts) return answer(terminal_program::kNothing);
    if (shown.value().covered) JAIL_TRY(answer(terminal_program::kCovered, shown.value().covered));
    return answer(terminal_program::kMounts, shown.value().mounts);
}

}  // namespace
}  // namespace jail::supervisor

int main(int argc, char** argv) {
    using namespace jail;
    if (argc != 2) return 64;
    (void)::umask(0);  // every mode below is meant as it is written
    const auto shown =
        supervisor::show_terminal(argv[1], terminal_program::kTerminal, terminal_program::kInit);
    return supervisor::answer(shown) && shown ? 0 : 1;
}
