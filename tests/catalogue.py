#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""catalogue.py ROOT: every error of pipelines/ is marked for translation, and every language of
po/LINGUAS has a translation of each."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

KEYWORDS = ["_", "N_", "C_:1c,2", "NC_:1c,2", "g_dcgettext:2", "g_dngettext:2,3", "g_dpgettext2:2c,3"]  # meson's "glib"
MARK = re.compile(r"\b(?:_|N_|NC_|ngettext|g_dngettext) \(")
STRING = r'"(?:[^"\\]|\\.)*"'
MARKED = re.compile(r"\bN_ \(((?:\s*%s)+)\)" % STRING)
ERROR = re.compile(r"\bg_(?:set_error|set_error_literal|error_new|error_new_literal) \([^;\"]*?(\w+ \()?((?:%s\s*)+)" % STRING)
TABLE = "pipelines/translation.c"  # of the messages that are recognised after something has been filled in

faults = []


def run(*command):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            env={**os.environ, "LC_ALL": "C", "LANGUAGE": ""})
    if result.returncode != 0:
        faults.append(f"{' '.join(command)}:\n{result.stdout}")
    return result.stdout


def joined(strings):
    return "".join(re.findall(STRING, strings)).replace('""', "")


def sources(folder):
    for place, folders, names in os.walk(folder):
        for name in sorted(names):
            if name.endswith((".c", ".h")):
                yield os.path.join(place, name)


def look_at_sources(listed):
    """What has messages is listed, errors are marked, and what is filled in can be recognised."""
    rooms = sorted({name.split("/")[0] for name in listed})
    filled_in, table = set(), set()
    for path in (path for room in rooms for path in sources(room)):
        with open(path, encoding="utf-8") as file:
            text = re.sub(r"^#define .*", "", file.read(), flags=re.MULTILINE)
        if path.endswith(".c") and MARK.search(text) and path not in listed:
            faults.append(f"{path} has messages and is missing in po/POTFILES.in")
        formats = {joined(strings) for strings in MARKED.findall(text) if "%" in strings.replace("in %:", "")}
        if path == TABLE:
            table = formats
        elif path.startswith("pipelines/"):
            filled_in |= formats
        if path.split("/")[0] == "pipelines":
            for call, strings in ERROR.findall(text):
                if not call and re.search("[a-z]{2}", re.sub(r"%l?[a-z]", "", joined(strings))):
                    faults.append(f"{path}: {joined(strings)} is not marked with _() or N_()")
    for message in filled_in ^ table:
        faults.append(f"{message} is {'missing' if message in filled_in else 'made nowhere but'} in {TABLE}")


def look_at_language(language, template, folder):
    catalogue = f"po/{language}.po"
    run("msgfmt", "--check", "-o", f"{folder}/{language}.mo", catalogue)
    statistics = run("msgfmt", "--statistics", "-o", os.devnull, catalogue)
    if not re.fullmatch(r"\d+ translated messages\.\n", statistics):
        faults.append(f"{catalogue} is not complete: {statistics}")
    run("msgcmp", catalogue, template)  # what is missing in it, or fuzzy
    run("msgcmp", "--use-untranslated", template, catalogue)  # what is in it, and no longer in the sources
    with open(catalogue, encoding="utf-8") as file:
        if "\n#~ " in file.read():
            faults.append(f"{catalogue} has messages that are no longer used")


def main(root):
    if not shutil.which("xgettext") or not shutil.which("msgcmp"):
        sys.exit(77)
    os.chdir(root)
    with open("po/POTFILES.in", encoding="utf-8") as file:
        listed = [line for line in file.read().split("\n") if line and not line.startswith("#")]
    with open("po/LINGUAS", encoding="utf-8") as file:
        languages = file.read().split()
    look_at_sources(listed)
    with tempfile.TemporaryDirectory() as folder:
        template = f"{folder}/template.pot"
        run("xgettext", "--from-code=UTF-8", *(f"--keyword={keyword}" for keyword in KEYWORDS),
            "--files-from=po/POTFILES.in", "-o", template)
        for language in languages:
            look_at_language(language, template, folder)
    for fault in faults:
        print(fault)
    sys.exit(1 if faults or not languages else 0)


main(sys.argv[1])
