#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plain English, subject first, in comments and documents: no sentence begins with What, Who, Whoever or Whom (but a
# question), and none has "whoever", "whom" or "is X's to".
set -euo pipefail
status=0
tests/lint/figures --language >&2 || status=1
for file in README.md SECURITY.md CHANGELOG.md CONTRIBUTING.md $(git ls-files 'docs/*.md' 'docs/man/*'); do
    grep -HnE '(^|[.;:] |\| )(What|Who|Whoever|Whom) [a-z][^?]*$|\b([Ww]hoever|[Ww]hom)\b' "$file" >&2 && status=1
done
# Comments of scripts and of the build; a sentence of theirs begins a line or follows a full stop.
git ls-files | grep -vE '\.(cc|h|md|cases|json|svg|def|[0-9])$' | xargs grep -HnE '^[[:space:]]*# ?(.*[.;:] )?(What|Who|Whoever|Whom) [a-z][^?]*$' >&2 && status=1
exit $status
