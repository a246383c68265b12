#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The dependency law: a program that root runs on the login path loads libc (and libpam) and nothing else.
set -euo pipefail
build=$1
check() {
    local file=$1 found; shift
    found=$(readelf -d "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort | tr '\n' ' ')
    [ "$found" = "$*${*:+ }" ] || { echo "$file needs '$found', may need '$*'" >&2; exit 1; }
}
check "$build/jailshell/jailshell"
check "$build/supervisor/jail-supervisor" ld-linux-x86-64.so.2 libc.so.6
check "$build/supervisor/jail-terminal" ld-linux-x86-64.so.2 libc.so.6
check "$build/pam_jail/pam_jail.so" ld-linux-x86-64.so.2 libc.so.6 libpam.so.0
# The program that reads bytes of an account's sshd has no privilege (it runs as nobody), and is not part of jail-provision.
check "$build/provision/jail-verify-client" ld-linux-x86-64.so.2 libc.so.6 libssh.so.4
! readelf -d "$build/provision/jail-provision" | grep -q 'NEEDED.*libssh' || { echo "jail-provision loads libssh" >&2; exit 1; }

# sshd loads no code that attaches or copies a mount, or makes an instance: the files of jobs need fsopen(2) alone.
foreign=$(nm -C "$build/pam_jail/pam_jail.so" | grep -E ' U (mount|umount2|move_mount|open_tree|mount_setattr)@| [tTwW] jail::(supervisor|mount::(attach|clone|pivot_into|restrict))' || true)
[ -z "$foreign" ] || { echo "pam_jail.so has code of an instance:" >&2; echo "$foreign" >&2; exit 1; }
size=$(size "$build/pam_jail/pam_jail.so" | awk 'NR == 2 {print $1}')
[ "$size" -lt 560000 ] || { echo "pam_jail.so has $size bytes of text, may have 560000" >&2; exit 1; }

exported=$(nm -D --defined-only "$build/pam_jail/pam_jail.so" | awk '$2 == "T" {print $3}' | sort | tr '\n' ' ')
[ "$exported" = "pam_sm_acct_mgmt pam_sm_close_session pam_sm_open_session " ] || { echo "pam_jail.so exports: $exported" >&2; exit 1; }
