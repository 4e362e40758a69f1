#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench_start.py BENCH-START [--rounds=20]: wall time of loading the plugin and of getting the
first buffer out of a new element, each time in a new process; memory of one more idle element."""
import argparse
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import measure  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()

    def run():
        done = subprocess.run([options.program], stdout=subprocess.PIPE, text=True, check=True)
        return [float(number) for number in done.stdout.split()]

    run()  # makes GStreamer's registry
    rounds = [run() for _ in range(options.rounds)]
    figures = {"plugin load": [one[0] for one in rounds],
               "element to first buffer": [one[1] for one in rounds]}
    measure.report("start", "starting, wall time", figures, "plugin load", "ms",
                   megabytes_of_an_idle_element=round(min(one[2] for one in rounds) / 1e6, 3))


main()
