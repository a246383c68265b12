#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# clang-tidy's short list, all errors, over everything that is installed. (The compiler's own warnings are g++'s to give:
# clang finds a sign comparison inside glibc's CMSG_NXTHDR.) LINT_FILES: only those of it.
set -euo pipefail
build=$1
files=$(git ls-files 'libjail/*.cc' 'pam_jail/*.cc' 'jailshell/*.cc' 'supervisor/*.cc' 'provision/*.cc')
if [ -n "${LINT_FILES+set}" ]; then files=$(grep -xF "$LINT_FILES" <<< "$files" || true); fi
xargs -r -P "$(nproc)" -n 4 clang-tidy-14 --quiet -p "$build" --extra-arg=-Wno-unknown-warning-option \
    --extra-arg=-Wno-sign-compare <<< "$files"
