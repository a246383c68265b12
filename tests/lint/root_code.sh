#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How much code runs as root on the login path: the lines, without comments and blank ones, of every source and header that
# the compiler reads for what pam_jail.so and jail-supervisor link, and what jail-terminal, which pam_jail starts for login(1), has
# besides. docs/ARCHITECTURE.md says it, to the nearest hundred, and it
# does not grow unnoticed. jailshell is the account's process (setuid it is a door, of the same sources as pam_jail).
set -euo pipefail
python3 - "$1" << 'PYTHON'
import os, re, subprocess, sys, tempfile
build = sys.argv[1]
top = os.getcwd()

def code_lines(path):
    return sum(1 for line in open(path, encoding="utf-8") if line.strip() and not line.strip().startswith("//"))

def linked(target):
    """The objects of a target, by the linker's own map: of a library those members that it takes."""
    link = subprocess.run(["ninja", "-C", build, "-t", "commands", "-s", target], capture_output=True, text=True, check=True).stdout
    with tempfile.TemporaryDirectory() as scratch:
        link = re.sub(r" -o \S+", f" -o {scratch}/output -Wl,-Map={scratch}/map", link.splitlines()[-1])
        subprocess.run(link, shell=True, cwd=build, capture_output=True, check=True)
        map_ = open(f"{scratch}/map", encoding="utf-8").read()
    members = {(archive, name) for archive, name in re.findall(r"(\S+\.a)\(([^)\s]+\.cc\.o)\)", map_)}
    own = re.findall(r"^LOAD (\S+\.cc\.o)$", map_, flags=re.M)
    return members, own

deps = subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, text=True, check=True).stdout
files_of = {}
for block in deps.split("\n\n"):
    lines = block.strip().splitlines()
    if lines: files_of[lines[0].split(":")[0]] = [line.strip() for line in lines[1:]]

def sources(target):
    members, own = linked(target)
    found = set()
    for object_, files in files_of.items():
        for archive, name in members:
            folder = re.sub(r"lib(\w+)\.a$", r"CMakeFiles/\1.dir/", archive)
            if object_.startswith(folder) and (object_ == folder + name or object_.endswith("/" + name)): found |= set(files)
        if object_ in own: found |= set(files)
    names = {os.path.relpath(os.path.realpath(os.path.join(build, name)), top) for name in found}
    return {name for name in names if not name.startswith((".." , "build/", "/")) and os.path.isfile(name)}

pam, supervisor = sources("pam_jail/pam_jail.so"), sources("supervisor/jail-supervisor")
recorder, terminal = sources("supervisor/jail-recorder"), sources("supervisor/jail-terminal")
count = lambda names: sum(code_lines(name) for name in names)
figures = {"pam_jail.so": count(pam), "jail-supervisor": count(supervisor), "both": count(pam | supervisor), "jail-terminal alone": count(terminal - pam - supervisor), "jail-recorder alone": count(recorder - pam - supervisor)}
print(", ".join(f"{name} {lines}" for name, lines in figures.items()))
text = open("docs/ARCHITECTURE.md", encoding="utf-8").read()
failed = False
for name, lines in figures.items():
    said = re.search(r"%s \| ([\d,]+) lines" % re.escape(name), text)
    if said is None or abs(int(said.group(1).replace(",", "")) - lines) > 100:
        failed = True
        print(f"{name} is {lines} lines of code; docs/ARCHITECTURE.md says {said.group(1) if said else 'nothing'}", file=sys.stderr)
sys.exit(failed)
PYTHON
