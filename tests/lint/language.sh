#!/usr/bin/env bash
# Comments in plain English, subject first: no clause begins with What, Who, Whoever or Whom (but a question), and none has
# "whoever", "whom" or "is X's to".
set -euo pipefail
tests/lint/figures --language >&2
