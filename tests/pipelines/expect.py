# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests in Python share: that something is so, or will be."""
import json
import time

PATIENCE = 180  # s for anything, on a machine that is busy with something else


def fail(text):
    raise SystemExit(f"FAIL: {text}")


def check(truth, text):
    if not truth:
        fail(text)


def wait_until(truth, text, patience=PATIENCE):
    """Asks again and again; what @truth returns at last. @text, or what it returns, is what does not come."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        result = truth()
        if result:
            return result
        time.sleep(0.05)
    return fail(f"not within {patience} s: {text() if callable(text) else text}")


def validate(records, schema):
    """@schema: a file. Without python3-jsonschema nothing is asked."""
    try:
        import jsonschema
    except ImportError:
        return
    with open(schema, encoding="utf-8") as file:
        expected = json.load(file)
    for record in records:
        jsonschema.validate(record, expected)
