#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench_streams.py BENCH-MANY [--streams=10,100,500,1000] [--seconds=20]: CPU and memory for each of
a growing number of streams in real time (44.1 kHz stereo S16, buffers of 20 ms) in one process, what
was dropped, and how many streams a core carries. Everything counts: feeding, converting, listening.
That the growth is linear shows in figures for one stream that do not grow."""
import argparse
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import measure  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--streams", default="10,100,500,1000")
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    print(f"real-time streams of 44.1 kHz stereo S16 in one process\non {measure.processor()}\n")
    print(f"{'streams':>8} {'cores':>8} {'streams/core':>13} {'CPU/stream':>11} "
          f"{'memory/stream':>14} {'dropped':>8}")
    rows = []
    for n in (int(text) for text in options.streams.split(",")):
        done = subprocess.run([options.program, f"--elements={n}", f"--seconds={options.seconds}"],
                              stdout=subprocess.PIPE, text=True)
        figures = json.loads(done.stdout.splitlines()[-1])
        cores = figures["cpu, all, warm-up (cores)"]
        memory = next(value for name, value in figures.items()
                      if name.startswith("per additional element"))
        row = {"streams": n, "cores": cores, "streams_per_core": n / cores,
               "milliseconds_of_cpu_per_second": 1e3 * cores / n, "megabytes_per_stream": memory,
               "seconds_dropped": figures["dropped (s, all elements)"]}
        rows.append(row)
        print(f"{n:8} {cores:8.3f} {n / cores:13.0f} {1e3 * cores / n:8.2f} ms {memory:11.2f} MB "
              f"{row['seconds_dropped']:6.1f} s", flush=True)
    path = os.path.abspath("streams.json")
    with open(path, "w") as file:
        json.dump({"benchmark": "streams", "processor": measure.processor(), "rows": rows}, file,
                  indent=2)
    print(f"({path})")


main()
