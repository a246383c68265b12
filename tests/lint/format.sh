#!/usr/bin/env bash
# Formatting is never discussed: clang-format decides.
set -euo pipefail
scripts/format --check
