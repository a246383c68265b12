#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A source file of more than 400 lines, its licence aside, holds more than one concern.
set -euo pipefail
long=$(git ls-files '*.cc' '*.h' | xargs -r wc -l | awk '$2 != "total" && $1 > 401 {print $2 ": " $1 " lines"}')
[ -z "$long" ] || { echo "$long" >&2; exit 1; }
