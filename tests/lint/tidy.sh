#!/usr/bin/env bash
# clang-tidy's short list, all errors, over everything that is installed.
set -euo pipefail
build=$1
git ls-files 'libjail/*.cc' 'pam_jail/*.cc' 'jailshell/*.cc' 'supervisor/*.cc' 'provision/*.cc' \
    | xargs -P "$(nproc)" -n 4 clang-tidy-14 --quiet -p "$build" --extra-arg=-Wno-unknown-warning-option
