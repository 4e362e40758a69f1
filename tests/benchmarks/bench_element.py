#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench_element.py BENCH-ELEMENT [--rounds=5] [--seconds=600]: CPU seconds that 10 minutes of
44.1 kHz stereo S16 cost in genreclassify, and for scale in elements that come with GStreamer. The
cost of audiotestsrc and fakesink, measured in turns with the others, is subtracted. All threads of
the process count."""
import argparse
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import measure  # noqa: E402

ELEMENTS = {
    "genreclassify": "genreclassify overload=wait",
    "rganalysis": "rganalysis",
    "spectrum": "spectrum",
    "audioconvert ! audioresample": "audioconvert ! audioresample ! "
    "audio/x-raw,format=F32LE,rate=22050,channels=1",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=600)
    options = parser.parse_args()
    scale = 600 / options.seconds

    def run(*elements):
        command = [options.program, str(options.seconds), *elements]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        return float(done.stdout.split()[0]) * scale

    contenders = {"source": run}
    for name, elements in ELEMENTS.items():
        if subprocess.run([options.program, "0.1", elements], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0:
            contenders[name] = lambda elements=elements: run(elements)
        else:
            print(f"{name} skipped: it does not run here")
    figures = measure.take_turns(contenders, options.rounds)
    source = min(figures.pop("source"))
    net = {name: [value - source for value in values] for name, values in figures.items()}
    measure.report("element", "10 minutes of 44.1 kHz stereo S16, CPU time of all threads, without "
                   "that of the source", net, "genreclassify", "s",
                   seconds_of_the_source=round(source, 3))


main()
