#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""registers.py OBJDUMP ARCHIVE: the innermost loops of the kernels of training and inference, compiled for 64-bit
ARM, hold their sums in registers: none with four or more multiplications touches the stack, and the largest
makes 24 of them at a time."""
import re
import subprocess
import sys

BRANCH = re.compile(r"(?:b\.\w+|cbn?z|tbn?z)\s.*?([0-9a-f]+) <")
FILES = ("product_kernel", "correlation_kernel", "halving_kernel")
LEAST, MOST = 4, 24


def functions(text):
    """Name and [(address, instruction)] of each in these files."""
    members = re.split(r"^(\S+):\s+file format .*$", text, flags=re.MULTILINE)
    blocks = [block for name, code in zip(members[1::2], members[2::2])
              if any(file in name for file in FILES) for block in code.split("\n\n")]
    for block in blocks:
        name = re.match(r"\s*[0-9a-f]+ <(\w+)>:", block)
        if name:
            yield name[1], [(int(address, 16), instruction) for address, instruction in
                            re.findall(r"^ *([0-9a-f]+):\t(.*)$", block, re.MULTILINE)]


def innermost_loops(instructions):
    """Runs of instructions that end in a branch to their beginning, with no other branch inside."""
    place = {address: i for i, (address, _) in enumerate(instructions)}
    for i, (_, instruction) in enumerate(instructions):
        branch = BRANCH.match(instruction)
        first = place.get(int(branch[1], 16)) if branch else None
        if first is not None and first < i:
            body = [instruction for _, instruction in instructions[first:i + 1]]
            if not any(BRANCH.match(instruction) for instruction in body[:-1]):
                yield body


objdump, archive = sys.argv[1:]
listing = subprocess.run([objdump, "-d", "--no-show-raw-insn", archive], check=True, text=True,
                         stdout=subprocess.PIPE).stdout
largest, faults = {}, 0
for function, code in functions(listing):
    for loop in innermost_loops(code):
        n = sum(instruction.startswith("fmla") for instruction in loop)
        spills = [instruction for instruction in loop if re.search(r"\[(sp|x29)\b", instruction)]
        largest[function] = max(n, largest.get(function, 0))
        if n >= LEAST and spills:
            print(f"{function}: a loop of {n} multiplications uses the stack: {spills}")
            faults += 1
for function in ("packed_12_2", "product", "outer"):
    if largest.get(function, 0) < MOST:
        print(f"{function}: at most {largest.get(function, 0)} multiplications in a loop, expected {MOST}")
        faults += 1
print(f"{len(largest)} functions, {faults} faults")
sys.exit(faults > 0)
