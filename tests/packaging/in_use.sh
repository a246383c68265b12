#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests on a host where jailshell is installed and in use see nothing of that, and of what else its administrator has set:
# scripts/sandbox inside scripts/sandbox, the outer one being such a host. The runs inside are a part of the root and
# end-to-end tests, one at least of everything that reads what the host has.
. tests/packaging/host

# The package, the README's first jail with its accounts, which are called as those of the tests, a bound group, the way
# in by every service, and sessions that are open.
dpkg -i "$package" > /dev/null
dpkg-statoverride --update --add root root 4711 /usr/bin/jailshell
groupadd rogues
for account in harlequin dent; do useradd -m -s /bin/bash "$account"; done
useradd -m -s /bin/bash -G rogues joker
sed 's/^accounts: .*/accounts: [harlequin, dent]\ngroups: [rogues]/' /usr/share/jail/examples/arkham.yaml.example \
    > /etc/jail/jails/arkham.yaml
printf 'limits: {tasks: 20, sessions: 2}\numask: 077\nhome: {exec: true}\nfiles: [/etc/environment]\n' > /etc/jail/jail.yaml
printf 'bundle: basicshell\ncommands: [bash, id, sleep]\n' > /etc/jail/bundles/basicshell.yaml
jail-provision add --force harlequin dent > /dev/null 2>&1 # the doors follow
for service in sshd su su-l cron login common-session; do echo '@include jail' >> "/etc/pam.d/$service"; done
su harlequin -c 'read -r line' < <(sleep 100000) & # a supervisor that runs
expect "uid=" su joker -c id
[ -s /var/log/jail/audit.jsonl ] || fail "nothing is in the audit log"

# And what administrators set besides.
echo '* - nproc 20' > /etc/security/limits.conf
mkdir -p /etc/security/limits.d /etc/ssh/sshd_config.d
echo '* hard nofile 64' > /etc/security/limits.d/own.conf
printf 'MaxSessions 1\nForceCommand /bin/false\nAllowGroups sudo\n' > /etc/ssh/sshd_config.d/own.conf
printf 'LANG=xx_XX.UTF-8\nPROMPT_COMMAND=exit\n' > /etc/environment
sed -i '1i auth required pam_deny.so' /etc/pam.d/sshd
sed -i '1i account required pam_access.so' /etc/pam.d/su
echo '- : ALL EXCEPT root : ALL' > /etc/security/access.conf
echo 'sshd: ALL' > /etc/hosts.deny
echo '@reboot true' > /var/spool/cron/crontabs/dent

expect yes jail-provision list
before=$(find /etc/jail /var/lib/jail /etc/pam.d /etc/passwd -printf '%p %C@\n' | sort | md5sum)
inside() { # PROGRAM FILTER: those tests pass, all of them
    local text
    text=$(env -u SANDBOX_BARE -u PACKAGING_HOST SANDBOX_NET=1 LC_ALL=C.UTF-8 TZ=Asia/Kathmandu \
        scripts/sandbox "$build" "$build/tests/$1" --gtest_filter="$2" 2>&1) || fail "$1 inside: $(tail -n 60 <<< "$text")"
    [[ $text == *"[  PASSED  ]"* && $text != *" 0 tests ran"* && $text != *SKIPPED* ]] || fail "$1 inside: $text"
}
build=$1
inside root/root_test "ApplyTest.AConfiguration*:ApplyTest.AddsMoves*:DefaultLimitsTest.Three*:DoorTest.WhoIsInNoJail*:\
DoorTest.SetuidItEnters*:EventTest.TheLogIs*:InstanceTest.ExitStatus*:PamTest.*:ProvisionTest.AddBinds*:RefusalTest.Without*"
inside root/provision_faults_test "HostileYamlTest.*"
inside e2e/bundles_test "UidbasicsBundle.*:BasicshellBundle.*"
inside e2e/e2e_test "AccountsTest.TheNames*:EnvironmentDoorsTest.*:ExecTest.Password*:ExecTest.TheTrees*:GroupsTest.AnOwnBinding*:\
LimitMessageTest.OneSession*:LocalAccountingTest.*:SetuidDoorTest.*:SuTest.*:SuWithout*:SyslogTest.WithoutTheKey*:WithoutAShellBySetuidTest.*"
env -u SANDBOX_BARE -u PACKAGING_HOST bash tests/packaging/install.sh "$build" || fail "the package's test fails inside"
after=$(find /etc/jail /var/lib/jail /etc/pam.d /etc/passwd -printf '%p %C@\n' | sort | md5sum)
[ "$before" = "$after" ] || fail "the tests changed the host"
expect yes jail-provision list
