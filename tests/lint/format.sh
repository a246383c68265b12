#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Formatting is never discussed: clang-format decides.
set -euo pipefail
scripts/format --check
