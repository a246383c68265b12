#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Packages change under jails: dpkg's trigger publishes what changed, and nothing else; a jail that cannot be built keeps
# what it has and does not stop dpkg.
. tests/packaging/host

# A tool and its library, each in its package as Debian does it: the library's says that ldconfig has to run.
make_tool() {
    local version=$1 library=/tmp/library-$1 tool=/tmp/tool-$1 place=usr/lib/x86_64-linux-gnu
    mkdir -p "$library/$place" "$library/DEBIAN" "$tool/usr/bin"
    echo "int library_version() { return $version; }" |
        g++ -x c++ - -shared -fPIC -Wl,-soname,"libjailtest.so.$version" -o "$library/$place/libjailtest.so.$version"
    printf '#include <cstdio>\nint library_version();\nint main() { std::printf("tool %s, library %%d\\n", library_version()); }\n' \
        "$version" | g++ -x c++ - -x none "$library/$place/libjailtest.so.$version" -o "$tool/usr/bin/jail-test-tool"
    echo 'activate-noawait ldconfig' > "$library/DEBIAN/triggers"
    make_package "libjailtest$version" 1 "$library"
    make_package jail-test-tool "$version" "$tool"
}

in_tree() { ls -d /var/lib/jail/trees/"$(jail-provision show --json tool | sed -n 's/.*"tree": "\(.*\)".*/\1/p')"/"$1"; }

for version in 1 2 3; do make_tool $version; done
dpkg -i "$package" > /dev/null
dpkg -i /tmp/libjailtest1_1.deb /tmp/jail-test-tool_1.deb > /tmp/first
if grep jailshell: /tmp/first; then fail "a jail was built that nobody uses"; fi
printf 'jail: tool\ncommands: [sh, jail-test-tool]\n' > /etc/jail/jails/tool.yaml
put_into_jail joker tool
expect "tool 1, library 1" su joker -c jail-test-tool

# A new tool with a library of another name. The tool first: jailshell's trigger is then queued before libc-bin's.
expect "jailshell: tool: generation 2" dpkg -i /tmp/jail-test-tool_2.deb /tmp/libjailtest2_1.deb
expect "tool 2, library 2" su joker -c jail-test-tool
expect "libjailtest.so.2" in_tree usr/lib/x86_64-linux-gnu/libjailtest.so.2
expect_refusal "No such file" in_tree usr/lib/x86_64-linux-gnu/libjailtest.so.1
# Nothing was read too early: the loader's cache, too, is that of the finished upgrade.
expect "tool: unchanged (generation 2)" jail-provision build tool

# A package that no jail has anything of.
mkdir -p /tmp/other/usr/bin /tmp/other/usr/share/jail-test-other /tmp/other/etc
echo other | tee /tmp/other/usr/bin/jail-test-other /tmp/other/usr/share/jail-test-other/file > /tmp/other/etc/jail-test-other
make_package jail-test-other 1 /tmp/other
expect "Processing triggers for jailshell" dpkg -i /tmp/jail-test-other_1.deb
[[ $said != *jailshell:* ]] || fail "an unrelated package made jailshell speak: $said"
expect "tool: unchanged (generation 2)" jail-provision build tool

# The tool goes: dpkg does its work, the jail keeps its files.
expect "jailshell: /etc/jail/jails/tool.yaml:2:16: unknown command 'jail-test-tool'" dpkg -r jail-test-tool
[[ $said == *"keeps its previous generation"* ]] || fail "nothing says what became of the jail: $said"
expect "tool 2, library 2" su joker -c jail-test-tool

# And comes back.
expect "jailshell: tool: generation 3" dpkg -i /tmp/libjailtest3_1.deb /tmp/jail-test-tool_3.deb
expect "tool 3, library 3" su joker -c jail-test-tool
