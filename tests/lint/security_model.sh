#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs/SECURITY-MODEL.md: every row of each series is there once and in order, names a test or says why it cannot apply (of H:
# that nothing of ours bounds a counter), and no test or file is named that does not exist.
set -euo pipefail
model=docs/SECURITY-MODEL.md
fail() { echo "$model: $*" >&2; exit 1; }

# "## B. Directories and files: B1 to B21" announces a series.
announced=$(sed -nE 's/^## ([A-Z])\. .*: \1(1) to \1([0-9]+)$/\1 \3/p' "$model" | while read -r series last; do
    for ((i = 1; i <= last; i++)); do echo "$series$i"; done
done)
table=$(grep -E '^\| [A-Z][0-9]+ \|' "$model" || true)
rows=$(sed -nE 's/^\| ([A-Z][0-9]+) \|.*/\1/p' <<< "$table")
[ -n "$rows" ] && [ "$(grep -c '^## ' "$model")" = 8 ] || fail "no rows, or not the eight series"
diff <(echo "$announced") <(echo "$rows") >&2 || fail "rows are missing, doubled or out of order (<: announced, >: found)"

bad=$(grep -vE '`[A-Z][A-Za-z0-9]*\.[A-Z][A-Za-z0-9]*`|Cannot apply: |^\| H.*\*\*Nothing\*\*' <<< "$table" | cut -c1-80 || true)
[ -z "$bad" ] || fail "neither a test nor why it cannot apply: $bad"
bad=$(grep -v '^| H' <<< "$table" | grep -vE '^(\|[^|]+){4}\|$' | cut -c1-80 || true)
[ -z "$bad" ] || fail "not four columns: $bad"
bad=$(grep '^| H' <<< "$table" | grep -vE '^(\|[^|]+){5}\|$' | cut -c1-80 || true)
[ -z "$bad" ] || fail "not five columns: $bad"

existing=$(git ls-files 'tests/*.cc' | xargs cat | tr -s '\n ' ' ' \
    | grep -oE '(TYPED_)?TEST(_F|_P)?\( ?[A-Za-z0-9_]+, ?[A-Za-z0-9_]+ ?\)' | sed -E 's/.*\( ?([A-Za-z0-9_]+), ?([A-Za-z0-9_]+).*/\1.\2/' | sort -u)
named=$(grep -oE '`[A-Z][A-Za-z0-9]*\.[A-Z][A-Za-z0-9]*`' <<< "$table" | tr -d '`' | sort -u)
bad=$(comm -13 <(echo "$existing") <(echo "$named"))
[ -z "$bad" ] || fail "no such test: $bad"

for file in $(grep -oE '`[a-z_]+/[A-Za-z0-9_./-]+`' <<< "$table" | tr -d '`' | sort -u); do
    [ -e "$file" ] || fail "no such file: $file"
done
