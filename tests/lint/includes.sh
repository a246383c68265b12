#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The rules that no link line can say: YAML, logging and exceptions stay in provision/, and nothing runs a shell. Which room may
# include which is CMake's to hold (cmake/rooms.cmake, tests/lint/rooms.sh).
set -euo pipefail
bad=$(grep -nE '#include *[<"](yaml-cpp|spdlog|fmt|CLI|nlohmann|seccomp|libelf|gelf|libssh|curses|ncurses|zlib)' -r libjail pam_jail jailshell supervisor || true)
[ -z "$bad" ] || { echo "a library of provision/ in root code of the login path:" >&2; echo "$bad" >&2; exit 1; }
bad=$(grep -nE '\b(throw|try|catch)\b *[({]|\bthrow ' -r libjail pam_jail jailshell supervisor --include='*.cc' --include='*.h' || true)
[ -z "$bad" ] || { echo "an exception in root code of the login path:" >&2; echo "$bad" >&2; exit 1; }
bad=$(grep -nE '\b(system|popen|execlp|execvp) *\(' -r libjail pam_jail jailshell supervisor provision --include='*.cc' || true)
[ -z "$bad" ] || { echo "a shell or a PATH look-up in privileged code:" >&2; echo "$bad" >&2; exit 1; }

# Each release of gcc includes less of <cstdint> by the way: a file that uses its names includes it, or its own header does.
bad=
for file in $(git grep -lE '\bstd::u?int(8|16|32|64|ptr)_t\b' -- '*.cc' '*.h'); do
    grep -q '#include <cstdint>' "$file" || grep -qs '#include <cstdint>' "${file%.cc}.h" || bad+=" $file"
done
[ -z "$bad" ] || { echo "std::uint32_t or the like without <cstdint>:$bad" >&2; exit 1; }
