#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""dialect.py ROOT: one C in all folders, as far as clang-format does not see to it.

Variables are declared where they are first used, so that no function begins with a block of
declarations and an empty line after it: no function has empty lines. A pointer is a condition by
itself: `if (x)`, `if (!x)`; it is compared with NULL only where a truth value is stored or returned."""
import os
import re
import sys

TREES = ("src", "gst", "trainer", "pipelines", "tests")
CONDITIONS = {"if", "while", "ck_assert", "ck_assert_msg", "g_assert", "g_return_if_fail",
              "g_return_val_if_fail"}


def mask(text):
    """Comments and strings become blanks, so that nothing in them counts; places stay."""
    pattern = r"/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\])'"
    return re.sub(pattern, lambda m: re.sub(r"[^\n]", "~", m.group()), text, flags=re.DOTALL)


def empty_lines(text):
    """Numbers of the empty lines inside functions, which begin and end in the first column."""
    inside = False
    for number, line in enumerate(text.split("\n"), 1):
        inside = (inside or line == "{") and not line.startswith("}")
        if inside and not line.strip():
            yield number


def opening(text, end):
    """Where the bracket that closes at end - 1 opens."""
    depth = 0
    for at in range(end - 1, -1, -1):
        depth += (text[at] in ")]") - (text[at] in "([")
        if depth == 0:
            return at
    return 0


def operand_start(text, end):
    """Where the expression that ends at end begins: names, members, calls, subscripts."""
    at = end
    while True:
        at = len(text[:at].rstrip())
        if text[at - 1] in ")]":
            at = opening(text, at)
            name = re.search(r"(\w+)\s*$", text[:at])
            if not name and text[:at].rstrip()[-1:] not in (")", "]"):
                return at
            if name and name.group(1) in CONDITIONS | {"return", "for", "switch"}:
                return at
            continue
        word = re.search(r"\w+$", text[:at])
        if not word:
            return at
        at = word.start()
        member = re.search(r"(->|\.)$", text[:at])
        if not member:
            return at
        at = member.start()


def comparisons(text):
    """Numbers of the lines in which a condition compares with NULL."""
    code = mask(text)
    for found in re.finditer(r"\s*[!=]=\s*NULL\b", code):
        before = code[:operand_start(code, found.start())].rstrip()
        after = code[found.end():].lstrip()
        caller = re.search(r"(\w+)\s*\($", before)
        if (after.startswith(("&&", "||", "?")) or before.endswith(("&&", "||"))
                or (caller and caller.group(1) in CONDITIONS)
                or re.search(r"\bfor\s*\([^;{}]*;$", before)):
            yield code[:found.end()].count("\n") + 1


def check_itself():
    text = """
int f (char *a, char *b)
{
  int n;

  for (char *c = a; c != NULL; c++) /* == NULL && */
    if (g (a, "== NULL ||") == NULL)
      return b != NULL;
  gboolean is = a->b[0] == NULL;
  return is && a->c (b) != NULL;
}
"""
    found = list(empty_lines(text)), list(comparisons(text))
    if found != ([5], [6, 7, 10]):
        sys.exit(f"dialect.py: finds {found} in its own example")


def main():
    check_itself()
    faults = []
    for tree in TREES:
        for folder, _, names in os.walk(os.path.join(sys.argv[1], tree)):
            for name in sorted(names):
                if not name.endswith((".c", ".h")):
                    continue
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                shown = os.path.relpath(path, sys.argv[1])
                faults += [f"{shown}:{n}: an empty line inside a function" for n in empty_lines(text)]
                faults += [f"{shown}:{n}: compares with NULL in a condition"
                           for n in comparisons(text)]
    print("\n".join(faults))
    sys.exit(1 if faults else 0)


main()
