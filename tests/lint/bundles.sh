#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every shipped bundle begins by saying what it is for, and stands in jail-bundles(7); nothing else stands there.
set -euo pipefail
shipped=$(basename -s .yaml config/bundles/*.yaml | sort)
documented=$(sed -n 's/^\.It Ic \([a-z0-9-]*\)$/\1/p' docs/man/jail-bundles.7 | sort)
diff <(echo "$shipped") <(echo "$documented") || { echo "jail-bundles(7) and config/bundles differ" >&2; exit 1; }
for bundle in config/bundles/*.yaml; do
    [[ $(head -n 1 "$bundle") == "# "* ]] || { echo "$bundle does not say what it is for" >&2; exit 1; }
done
