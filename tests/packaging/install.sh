#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The Debian package: what it says and holds, that installing it changes nothing but what it must, and that an upgrade
# keeps what the administrator changed.
. tests/packaging/host

depends=$(dpkg-deb -f "$package" Depends)
for library in libc6 libelf1 libncurses6 libpam0g libnettle8 libseccomp2 libssh-4 libyaml-cpp zlib1g; do
    [[ $depends == *$library* ]] || fail "$library is not among the dependencies: $depends"
done
listed=$(dpkg-deb -I "$package" conffiles | sort)
held=$(dpkg-deb -c "$package" | awk '$1 ~ /^-/ {print substr($6, 2)}' | grep '^/etc/' | sort)
[ -n "$held" ] && [ "$listed" = "$held" ] || fail "conffiles are '$listed', files of /etc are '$held'"

setuid=$(dpkg-deb -c "$package" | awk '$1 ~ /s/')
[ -z "$setuid" ] || fail "setuid or setgid: $setuid"

before=$(md5sum /etc/pam.d/*)
expect "end /etc/pam.d/sshd" dpkg -i "$package"
after=$(md5sum /etc/pam.d/* | grep -v '/jail$')
[ "$before" = "$after" ] || fail "installing changed a file of /etc/pam.d"
[ "$(stat -c %a:%U /usr/bin/jailshell)" = 711:root ] || fail "jailshell is installed with $(stat -c %a:%U /usr/bin/jailshell)"
[ ! -e /etc/jail/jails/arkham.yaml ] && [ -e /usr/share/jail/examples/arkham.yaml.example ] ||
    fail "the example is installed as a jail"
expect "nothing to do" jail-provision apply
expect "jail-provision" jail-provision --version
expect "no errors" jail-provision check

# An upgrade, with the setuid bit set as dpkg wants it, a changed file of /etc, and an account in a jail.
dpkg-statoverride --update --add root root 4711 /usr/bin/jailshell
echo 'grace: 7s' >> /etc/jail/jail.yaml
mv /etc/jail/jails/minimal.yaml.example /etc/jail/jails/minimal.yaml
put_into_jail joker minimal
dpkg-deb -R "$package" /tmp/newer
sed -i 's/^Version: .*/&+1/' /tmp/newer/DEBIAN/control
echo '# newer' >> /tmp/newer/usr/share/jail/bundles/uidbasics.yaml
dpkg-deb --root-owner-group -b /tmp/newer /tmp/newer.deb > /dev/null
expect "Setting up jailshell" dpkg -i /tmp/newer.deb
[[ $said != *"end /etc/pam.d"* ]] || fail "an upgrade explains what only a new administrator has to know"
grep -q '^grace: 7s' /etc/jail/jail.yaml || fail "the upgrade replaced /etc/jail/jail.yaml"
[ ! -e /etc/jail/jails/minimal.yaml.example ] || fail "the upgrade brought a removed file of /etc back"
[ "$(stat -c %a /usr/bin/jailshell)" = 4711 ] || fail "the upgrade took the setuid bit away"
expect "/home/joker" su joker -c pwd
