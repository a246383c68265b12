#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The installed JSON Schemas accept and refuse what jail-provision does.
set -euo pipefail
scripts/sandbox "$1" tests/schema/compare /usr/share/jail/schema tests/schema/*.cases
