#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An include of a room that is not needed does not compile (cmake/rooms.cmake), and one of a room that is does.
set -euo pipefail
build=$1
source=$(mktemp --suffix=.cc)
trap 'rm -f "$source"' EXIT

# compiles FILE HEADER: whether a source with the flags of FILE could include HEADER.
compiles() {
    local flags
    flags=$(python3 -c 'import json, sys
for unit in json.load(open(sys.argv[1])):
    if unit["file"].endswith(sys.argv[2]) and "musl" not in unit["command"]:
        print(*(word for word in unit["command"].split() if word[:2] in ("-I", "-D") or word[:4] == "-std"))
        break' "$build/compile_commands.json" "/$1")
    [ -n "$flags" ] || { echo "$1 is not compiled" >&2; exit 1; }
    echo "#include \"$2\"" > "$source"
    # shellcheck disable=SC2086
    g++ $flags -fsyntax-only "$source" 2> /dev/null
}
allowed() { compiles "$1" "$2" || { echo "$1 cannot include $2" >&2; exit 1; }; }
refused() { ! compiles "$1" "$2" || { echo "$1 can include $2" >&2; exit 1; }; }

refused libjail/base/process.cc libjail/policy/manifest.h
refused libjail/policy/manifest.cc libjail/events/event.h
refused libjail/events/event.cc libjail/confine/mount.h
refused libjail/confine/cgroup.cc libjail/session/client.h
refused libjail/session/client.cc supervisor/instance/instance.h
refused pam_jail/pam_jail.cc supervisor/instance/plan.h
refused jailshell/session.cc pam_jail/job_files.h
refused supervisor/instance/instance.cc libjail/session/client.h
refused supervisor/instance/instance.cc supervisor/watch/session.h
refused supervisor/watch/usage.cc supervisor/log/event_log.h
refused provision/base/file_io.cc provision/host/host_files.h
refused provision/host/host_files.cc provision/config/policy.h
refused provision/tree/tree_plan.cc provision/build/jail_build.h
refused provision/build/jail_build.cc supervisor/supervisor.h
refused provision/verify/ways.cc provision/wire/connection.h
refused provision/wire/connection.cc provision/verify/row.h
refused provision/events/sums.cc provision/host/selection.h
refused provision/running/top_view.cc provision/commands/report.h
allowed libjail/session/client.cc libjail/confine/namespaces.h
allowed pam_jail/pam_jail.cc libjail/session/client.h
allowed supervisor/instance/init.cc libjail/confine/mount.h
allowed provision/build/compiler.cc provision/config/checked_policy.h
