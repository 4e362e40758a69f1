#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""manuals.py ROOT BUILD PROGRAM...: what --help of each program and subcommand offers stands in the manual page, in the
section of a subcommand if there is one; no page names an option that is not there; and pages, completions and programs
know the same subcommands. Files of ours that --help names are installed. The endings of audio files are documented."""
import json
import os
import pathlib
import re
import subprocess
import sys

OPTION = re.compile(r"^  (?:-(\w), )?--([a-z][a-z-]*)", re.MULTILINE)
NAMED = re.compile(r"--([a-z][a-z-]*)")
DOCUMENT = re.compile(r"(?<![\w/.~-])((?:docs|models|pipelines)/[\w./-]*\w)")
# GLib offers it to everybody, for what is in groups
UNNAMED = {"help-all"}


def ask(program, *words):
    """What PROGRAM WORDS --help prints; a subcommand must call itself by both names."""
    result = subprocess.run([program, *words, "--help"], capture_output=True, text=True, check=True, timeout=120,
                            env=os.environ | {"LC_ALL": "C.UTF-8", "LANGUAGE": "en"})
    name = " ".join([pathlib.Path(program).name, *words])
    if not re.search(rf"^(?:Usage: |  ){name} ", result.stdout, re.MULTILINE):
        sys.exit(f"{name} --help does not begin its usage with {name!r}: {result.stdout[:80]!r}")
    return result.stdout


def read_page(root, name):
    """Without fonts, and without what separates these in macros."""
    text = (root / f"docs/{name}.1").read_text(encoding="utf-8").replace(r"\-", "-")
    return re.sub(r"\\f[BIR]", "", text).replace('", "', ",").replace(" , ", ", ")


def list_completed(root, name):
    """The subcommands that bash completes."""
    if name == "genre-train":
        words = re.search(r'cword" -eq 1.*?-W "([^"]*)"', (root / "trainer/genre-train.bash").read_text(), re.DOTALL)
        return {word for word in words.group(1).split() if word[0].isalpha()}
    return set(re.findall(rf"\b{name}/([a-z]+)", (root / "pipelines/desktop/genre-programs.bash").read_text()))


def find_section(page, command):
    """What a page says of one subcommand, and of all of them; all of it where it has no sections."""
    sections = re.split(r"^\.S([HS]) (.*)\n", page, flags=re.MULTILINE)
    texts = {f"{kind} {title}": text for kind, title, text in zip(*(sections[i::3] for i in (1, 2, 3)))}
    own = texts.get(f"S {command}")
    return page if own is None else own + texts["H COMMANDS"]


def check_options(name, command, text, page):
    """What of the help TEXT the PAGE does not say."""
    said = find_section(page, command)
    for short, option in OPTION.findall(text):
        if option not in UNNAMED | set(NAMED.findall(said)):
            yield f"docs/{name}.1: {command}: --{option} is missing"
        elif short and f"-{short}, --{option}" not in said:
            yield f"docs/{name}.1: {command}: -{short} for --{option} is missing"


def check_documents(build, name, command, text):
    """What of our files the help TEXT names and an installation lacks."""
    plan = json.loads((build / "meson-info/intro-installed.json").read_text(encoding="utf-8"))
    for document in DOCUMENT.findall(text):
        if not any(there.endswith(f"/doc/genreclassify/{document}") for there in plan.values()):
            yield f"{name} {command} --help names {document}, which is not installed"


def check_endings(root, name, page):
    """What of the endings by which files in folders are known the PAGE does not say."""
    known = re.findall(r'"(\.[a-z0-9]+)"', (root / "pipelines/musicname.c").read_text(encoding="utf-8"))
    if not known or f"\\&{', '.join(known)}" not in page:  # without the mark the line would be a macro
        yield f"docs/{name}.1: the endings {', '.join(known)} of pipelines/musicname.c are missing"


def check(root, build, program):
    name = pathlib.Path(program).name
    page, completed = read_page(root, name), list_completed(root, name)
    synopsis = re.search(r"^\.SH SYNOPSIS\n(.*?)^\.SH", page, re.MULTILINE | re.DOTALL).group(1)
    described = set(re.findall(rf"^{name} ([a-z][a-z-]*)", synopsis, re.MULTILINE))
    if described != completed:
        yield f"{name}: subcommands {sorted(described ^ completed)} are in one of manual page and completions"
    helps = {command: ask(program, *command.split()) for command in ["", *sorted(completed)]}
    if name == "genre-train" and set(re.findall(r"^  ([a-z][a-z-]*) ", helps[""], re.MULTILINE)) != completed:
        yield f"{name} --help has other commands than {sorted(completed)}"
    if name in ("genre-listen", "genre-tag"):
        yield from check_endings(root, name, page)
    for command, text in helps.items():
        yield from check_options(name, command, text, page)
        yield from check_documents(build, name, command, text)
    offered = {option for text in helps.values() for _, option in OPTION.findall(text)} | {"help", "version"}
    for option in sorted(set(NAMED.findall(page)) - offered):
        yield f"docs/{name}.1: --{option} is no option of {name}"


def main():
    root, build = map(pathlib.Path, sys.argv[1:3])
    faults = [fault for program in sys.argv[3:] for fault in check(root, build, program)]
    sys.exit("\n".join(faults) or 0)


main()
