#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The package is not removed while that would take logins away; afterwards it goes whole, and purging takes what builds
# produced but not what the administrator wrote.
. tests/packaging/host

dpkg -i "$package" > /dev/null
mv /etc/jail/jails/minimal.yaml.example /etc/jail/jails/own.yaml
sed -i 's/^jail: minimal/jail: own/' /etc/jail/jails/own.yaml
put_into_jail joker own

expect_refusal "there is still in jails: joker; take them out first" dpkg -r jailshell
expect "/home/joker" su joker -c pwd
expect "ok installed" dpkg-query -W -f '${Status}' jailshell

jail-provision remove joker --force > /dev/null
# A group that is bound, and an account that is bound and gone.
mkdir -p /var/lib/jail/groups
touch "/var/lib/jail/groups/$(getent group games | cut -d: -f3)" /var/lib/jail/accounts/54321
expect_refusal "there is still in jails: 54321 @games; take them out first" dpkg -r jailshell
rm -r /var/lib/jail/groups /var/lib/jail/accounts/54321
expect_refusal "take the line '@include jail' out of /etc/pam.d/su first" dpkg -P jailshell
expect "ok installed" dpkg-query -W -f '${Status}' jailshell
expect "0" su root -c 'id -u'

sed -i '/@include jail/d' /etc/pam.d/su
for line in '@include /etc/pam.d/jail' 'account include jail' 'session  substack  jail' 'session required pam_jail.so'; do
    echo "$line" > /etc/pam.d/other-door
    expect_refusal "out of /etc/pam.d/other-door first" dpkg -r jailshell
done
printf '# @include jail\naccount include jailers\n' > /etc/pam.d/other-door # neither is ours
echo 'door session include jail' > /etc/pam.conf
expect_refusal "out of /etc/pam.conf first" dpkg -r jailshell
rm /etc/pam.conf
expect "Removing jailshell" dpkg -r jailshell
for path in /usr/bin/jailshell /usr/sbin/jail-provision /usr/libexec/jail /usr/share/jail; do
    [ ! -e "$path" ] || fail "$path is still there"
done
[ -d /var/lib/jail/trees ] || fail "removing took /var/lib/jail away"
expect "0" su root -c 'id -u'

cp /var/lib/dpkg/info/jailshell.postrm /tmp/postrm
mkdir -p /var/log/jail
touch /var/log/jail/events.json
cp -a /var/lib/jail /tmp/state
mount -t tmpfs none /var/lib/jail
cp -a /tmp/state/. /var/lib/jail
expect "Purging configuration files" dpkg -P jailshell
[ -z "$(ls -A /var/lib/jail)" ] || fail "purging left what is in /var/lib/jail"
[ ! -e /var/log/jail ] || fail "purging left /var/log/jail"
umount /var/lib/jail
sh -e /tmp/postrm purge # once more, with no file system of its own
[ ! -e /var/lib/jail ] || fail "purging left /var/lib/jail"
[ ! -e /etc/pam.d/jail ] && [ ! -e /etc/jail/jail.yaml ] || fail "purging left files of the package in /etc"
[ -e /etc/jail/jails/own.yaml ] || fail "purging took the administrator's own jail away"
expect "" dpkg --audit
[ -z "$said" ] || fail "dpkg finds: $said"
