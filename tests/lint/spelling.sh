#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Common misspellings, in all but the tests, which have some on purpose. The first word is README.md's, the second mdoc(7)'s.
set -euo pipefail
git ls-files | grep -vE '^tests/|\.svg$|^LICENSE$' | xargs codespell --quiet-level 2 --ignore-words-list commnads,nd,childrens
