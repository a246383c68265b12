#!/usr/bin/env bash
# The man pages are well-formed, and jail.yaml(5) names every key that the tool knows.
set -euo pipefail
mandoc -T lint -W warning docs/man/*
keys=$(sed -n 's/^    {"\([a-z_]*\)",.*/\1/p' provision/policy_reader.cc | sort -u)
[ "$(wc -w <<< "$keys")" -ge 20 ] || { echo "the table of keys in provision/policy_reader.cc was not found: $keys" >&2; exit 1; }
for key in $keys; do
    grep -qw -- "$key" docs/man/jail.yaml.5 || { echo "jail.yaml(5) does not name the key $key" >&2; exit 1; }
done
