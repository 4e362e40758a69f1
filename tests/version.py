#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""version.py ROOT VERSION: what names a version names that of meson.build: Debian's changelog, CHANGELOG.md, the
AppStream metadata and the manual pages. Everything else gets it from Meson."""
import pathlib
import re
import sys


def stated(root):
    """(where, version) of every file that names one."""
    def first(name, pattern):
        found = re.search(pattern, (root / name).read_text(encoding="utf-8"), re.MULTILINE)
        return name, found.group(1) if found else "none"

    yield first("debian/changelog", r"^genreclassify \(([^-)]+)[^)]*\)")
    yield first("CHANGELOG.md", r"^## (\d[^ ]*)")
    yield first("pipelines/desktop/org.genreclassify.genreclassify.metainfo.xml", r'<release version="([^"]+)"')
    for page in sorted((root / "docs").glob("*.1")):
        yield first(page.relative_to(root), r'^\.TH [A-Z-]+ 1 "" "genreclassify ([^"]+)"')


def main():
    root, version = pathlib.Path(sys.argv[1]), sys.argv[2]
    faults = [f"{name}: {found}, expected {version}" for name, found in stated(root) if found != version]
    print(*faults, sep="\n")
    sys.exit(bool(faults))


main()
