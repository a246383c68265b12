#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The code map of docs/ARCHITECTURE.md names every module, in its room's lines.
set -euo pipefail
map=$(sed -n '/^## Code map/,/^\*\*Dependency law/p' docs/ARCHITECTURE.md)
bad=
room() { awk -v want="$1" '
    /^    [a-z_]+\/ / { top = $1; sub(/\/$/, "", top); at = top }
    /^      [a-z]+\/ / { sub_room = $1; sub(/\/$/, "", sub_room); at = top "/" sub_room }
    at == want' <<< "$map"; }
for file in $(git ls-files 'libjail/*.h' 'supervisor/*.h' 'supervisor/*.cc' 'pam_jail/*.h' 'jailshell/*.h' 'jailshell/*.cc' 'provision/*.h'); do
    folder=${file%/*} module=$(basename "${file%.*}")
    case $folder/$module in provision/commands/* | */sanitizer_options) continue ;; esac
    room "$folder" | grep -qwE "$module" || bad+=" $folder/$module"
done
[ -z "$bad" ] || { echo "modules that the code map does not name:$(tr ' ' '\n' <<< "$bad" | sort -u | tr '\n' ' ')" >&2; exit 1; }
