#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bash, zsh and fish offer every command and option of jail-provision --help, and the names that are on the host.
set -euo pipefail
scripts/sandbox "$1" tests/completions/compare
