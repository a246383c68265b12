#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A type has one definition: two headers of one namespace that define types of the same name end up in one program, where
# the linker takes the inline functions of either for both.
set -euo pipefail
git ls-files 'libjail/*.h' 'supervisor/*.h' 'pam_jail/*.h' 'jailshell/*.h' 'provision/*.h' | xargs awk '
    FNR == 1                               { space = "" }
    /^namespace [a-z_:0-9]+ \{/            { space = space "::" $2 }
    /^\}  \/\/ namespace/                  { sub(/::[^:]*(::[^:]*)*$/, "", space) }
    /^(struct|class|enum class) [A-Z][A-Za-z]* (\{|:|final)/ {
        name = $1 == "enum" ? $3 : $2
        if ((space, name) in where && where[space, name] != FILENAME) {
            print FILENAME ": " space "::" name " is defined in " where[space, name] " too"
            bad = 1
        }
        where[space, name] = FILENAME
    }
    END { exit bad }' >&2
