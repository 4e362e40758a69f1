#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""documents.py ROOT BUILD: what documents point to is there: relative links, headings behind a #, and files that are named
in backticks or as an argument; so are the files that debian/ installs as documents, and what installed pages link to is
installed with them. No page is orphaned: each is reached from another one. And the element's properties and
the build's options are documented."""
import json
import os
import pathlib
import re
import sys

PAGES = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "plugins/README.md", "models/README.md",
         "tests/benchmarks/README.md"]
LINK = re.compile(r"\]\(<?([^)>\s]+)>?\)")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CODE_BLOCK = re.compile(FENCED.pattern + r"|^ {4}[^\n]*$", FENCED.flags)
INSTALLED = "/doc/genreclassify/"  # documents
# what begins with a folder of ours, up to a dot that ends a sentence
NAMED = re.compile(r"(?<![\w/.~-])((?:\.ci|debian|docs|gst|models|pipelines|plugins|src|tests|trainer)/[\w./-]*\w)")


def anchors(text):
    """What may stand behind a #, as GitHub makes it of headings."""
    for heading in re.findall(r"^#+ (.*)", CODE_BLOCK.sub("", text), re.MULTILINE):
        heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        yield re.sub(r"[^\w\- ]", "", heading).replace(" ", "-")


def check_links(root, page, text):
    """What is wrong with links of a page; and the pages that they lead to."""
    faults, reached = [], set()
    for link in LINK.findall(re.sub(r"`[^`]*`", "", CODE_BLOCK.sub("", text))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = pathlib.Path(os.path.normpath(page.parent / name)) if name else page
        if not (root / target).exists():
            faults.append(f"{page}: {link}: there is no {target}")
            continue
        reached.add(target)
        if anchor and anchor not in anchors((root / target).read_text(encoding="utf-8")):
            faults.append(f"{page}: {link}: {target} has no heading #{anchor}")
    return faults, reached


def is_there(root, page, name):
    """Whether a file, a folder or several (a star, [ch]) are called so; a name without ending stands for several."""
    return any(next(base.glob(name), None) or next(base.glob(name + "*"), None) for base in (root, root / page.parent))


def check(root, pages):
    faults, reached = [], {pathlib.Path("README.md")}
    for page in pages:
        text = (root / page).read_text(encoding="utf-8")
        wrong, leads = check_links(root, page, text)
        faults += wrong
        reached |= leads
        faults += [f"{page}: there is no {name}" for name in sorted(set(NAMED.findall(FENCED.sub("", text))))
                   if not is_there(root, page, name)]
    faults += [f"{page}: no other page leads there" for page in pages if page not in reached]
    for listing in sorted((root / "debian").glob("*.docs")):
        for name in listing.read_text(encoding="utf-8").split():
            if not (root / name).exists():
                faults.append(f"debian/{listing.name}: there is no {name}")
    for listing in sorted((root / "debian").glob("*.install")):
        for name in (line.split()[0] for line in listing.read_text(encoding="utf-8").splitlines() if line.strip()):
            if name.startswith(("docs/", "models/", "plugins/")) and not any(root.glob(name)):
                faults.append(f"debian/{listing.name}: there is no {name}")
    return faults


def list_installed(build):
    """Where documents are installed, below the folder of them: {there: here}; of a link only its name is known."""
    plan = json.loads((build / "meson-info/intro-installed.json").read_text(encoding="utf-8"))
    return {there.partition(INSTALLED)[2]: pathlib.Path(here) for here, there in plan.items() if INSTALLED in there}


def check_installed(build):
    """What an installed page links to is installed, at that place."""
    installed = list_installed(build)
    # without the programs there is the recipe, and no document
    if any(not there.startswith("models/") for there in installed) and "README.md" not in installed:
        yield f"docs/meson.build: README.md is not installed below {INSTALLED}"
    for there, here in installed.items():
        if here.suffix != ".md":
            continue
        for link in LINK.findall(re.sub(r"`[^`]*`", "", CODE_BLOCK.sub("", here.read_text(encoding="utf-8")))):
            name = link.partition("#")[0]
            target = os.path.normpath(os.path.join(os.path.dirname(there), name))
            if name and not re.match(r"[a-z]+:", link) and target not in installed:
                yield f"docs/meson.build: {there} links to {target}, which is not installed"


def check_properties(root):
    """Every property of the element says since when it is there, and stands in docs/application.md."""
    source = (root / "gst/gstgenreclassify.c").read_text(encoding="utf-8")
    page = (root / "docs/application.md").read_text(encoding="utf-8")
    described = dict(re.findall(r"/\*\*\n   \* GstGenreClassify:([a-z-]+):\n((?:   \*.*\n)*?)   \*/", source))
    for name in re.findall(r'g_param_spec_\w+ \(\s*"([a-z-]+)"', source):
        if "Since: " not in described.get(name, ""):
            yield f"gst/gstgenreclassify.c: the comment above property {name} has no Since:"
        if f"`{name}`" not in page:
            yield f"docs/application.md: property {name} is missing"
    example = (root / "tests/gst/hear.c").read_text(encoding="utf-8").split("\n", 1)[1].strip()
    if example not in page:
        yield "docs/application.md does not show tests/gst/hear.c as it is"


def check_options(root):
    """Every option of the build stands in docs/packager.md."""
    page = (root / "docs/packager.md").read_text(encoding="utf-8")
    for name in re.findall(r"^option\('([\w-]+)'", (root / "meson_options.txt").read_text(encoding="utf-8"), re.MULTILINE):
        if f"`-D{name}=`" not in page:
            yield f"docs/packager.md: option {name} is missing"


def main():
    root = pathlib.Path(sys.argv[1])
    pages = [pathlib.Path(name) for name in PAGES] + sorted(p.relative_to(root) for p in (root / "docs").glob("*.md"))
    faults = check(root, pages) + list(check_installed(pathlib.Path(sys.argv[2])))
    faults += [*check_properties(root), *check_options(root)]
    print(*faults, sep="\n")
    sys.exit(bool(faults))


main()
