#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# README.md as a new administrator types it, on a host without jailshell. The commands that compile are left out: what they
# make is there. tests/releases/run does them too, on a bare Debian.
. tests/packaging/host

. /etc/os-release
[ "$VERSION_ID" = 12 ] || { echo "README.md shows what Debian 12 prints"; exit 0; }
place=/root/jailshell
mkdir -p $place/build/release
cp "$package" $place/build/release
RECIPES_PLACE=$place tests/recipes/run --verbose --skip '(scripts/|cmake )' README.md -- unshare --mount bash
