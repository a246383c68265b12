#!/usr/bin/env bash
# A source file of more than 400 lines holds more than one concern.
set -euo pipefail
long=$(git ls-files '*.cc' '*.h' | xargs -r wc -l | awk '$2 != "total" && $1 > 400 {print $2 ": " $1 " lines"}')
[ -z "$long" ] || { echo "$long" >&2; exit 1; }
