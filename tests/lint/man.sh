#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The man pages are well-formed. (That jail.yaml(5) names every key is tests/unit/provision/keys_test.cc's.)
set -euo pipefail
mandoc -T lint -W warning docs/man/* "$1/docs/man/jail.yaml.5"
