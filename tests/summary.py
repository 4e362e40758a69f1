#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""summary.py LOG: says of a testlog.json what became of the tests.

For each test that failed: "== failed: NAME (RESULT, exit status N)" and, indented, the end of what it said. The
last line is "N passed, N failed, N skipped". Fails if a test failed, or if there was none.
"""
import json
import sys

N_LINES = 60
LENGTH = 300
PASSED = ("OK", "EXPECTEDFAIL")
SKIPPED = ("SKIP",)


def read(path):
    """One object a line. Without a file there were no tests."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return [json.loads(line) for line in file]
    except FileNotFoundError:
        return []


def printable(line):
    """What a test says may be hostile, and endless."""
    shown = "".join(c if c.isprintable() else " " if c == "\t" else "?" for c in line)
    return shown if len(shown) <= LENGTH else shown[:LENGTH] + "…"


def show(test):
    print(f"== failed: {test['name']} ({test['result']}, exit status {test['returncode']})")
    for line in (test.get("stdout", "") + test.get("stderr", "")).splitlines()[-N_LINES:]:
        print("    " + printable(line))


def main():
    tests = read(sys.argv[1])
    passed = sum(test["result"] in PASSED for test in tests)
    skipped = sum(test["result"] in SKIPPED for test in tests)
    failed = len(tests) - passed - skipped
    for test in tests:
        if test["result"] not in PASSED + SKIPPED:
            show(test)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if tests and not failed else 1


sys.exit(main())
