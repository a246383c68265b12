#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each source, header and script names its licence.
set -euo pipefail
bad=$(git ls-files '*.cc' '*.h' '*.def' '*.sh' '*.cmake' '*CMakeLists.txt' | xargs grep -L 'SPDX-License-Identifier: Apache-2.0' || true)
[ -z "$bad" ] || { echo "without a licence:" >&2; echo "$bad" >&2; exit 1; }
