#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/recipes/run fails where a page and the host differ: every kind of difference, on a host without jailshell.
set -euo pipefail
pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
build=$1

says() { # STATUS TEXT: the page of standard input ends so
    local text status=0
    cat > "$pages/page.md"
    text=$(tests/recipes/run "$pages/page.md" -- env SANDBOX_BARE=1 SANDBOX_NET=1 scripts/sandbox "$build" bash 2>&1) || status=$?
    [ "$status" = "$1" ] && [[ $text == *"$2"* ]] || { echo "not '$2' with status $1, but $status: $text" >&2; exit 1; }
}

says 0 "9 commands as printed" << 'PAGE'
The file `/etc/motd`:

```yaml
greeting: hello
```

<!-- before: echo hidden > before -->
<!-- status 3: (exit 3) -->

```console
# cat /etc/motd before
greeting: hello
hidden
# (exit 3)
# seq 9
1
...
9
# echo event 01234567 at 2026-11-30T12:00:00Z made 0123456789ab
event 76543210 at 2025-01-02T03:04:05Z made ba9876543210
# for word in one two; do
>     echo $word
> done
one
two
$ id -un
client
# printf '%-12s%6s  %s\n' ACCOUNT UID JAIL joker 123456 minimal
ACCOUNT        UID  JAIL
joker         1001  minimal
```

    # echo indented
    indented

Between.

    echo "what this prints is not compared"
PAGE

says 1 "page.md:2: echo two" <<< $'```console\n# echo two\none\n```'
says 1 $'page.md:2: printf \'one\ntwo\'' <<< $'```console\n# printf \'one\n> two\'\none\n```'
says 1 "printed:" <<< $'```console\n# true\none\n```'
says 1 "printed:" <<< $'```console\n# echo one\n```'
says 1 "ended with status 1, not 0" <<< $'```console\n# false\n```'
says 1 "ended with status 0, not 1" <<< $'<!-- status 1: true -->\n```console\n# true\n```'
says 1 "never run: false" <<< $'<!-- status 1: false -->\n```console\n# true\n```'
says 1 "ended with status 4" <<< $'    (exit 4)\n'
says 1 "ended with status 5" <<< $'<!-- before: (exit 5) -->\n```console\n# true\n```'
says 1 "printed:" <<< $'```console\n# echo event 0123456\nevent 01234567\n```'
says 1 "cannot be written" <<< $'`/nowhere/file`\n```yaml\na: b\n```\n```console\n# true\n```'
says 1 "root's shell has ended" <<< $'```console\n# exit 0\n```'
says 1 "no command was run" <<< $'Nothing.'
