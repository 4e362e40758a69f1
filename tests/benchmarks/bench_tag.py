#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench_tag.py GENRE-TAG BENCH-FILES [--songs=40] [--rounds=3]: hearing a collection of MP3s of 4 minutes in
three excerpts, on two processes, beside loudgain (Debian), which measures the loudness of all of it, and beside
decoding all of it and nothing else; both on two processes as well. CPU and wall-clock seconds."""
import argparse
import os
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import measure  # noqa: E402

SECONDS = 240
JOBS = 2


def side_by_side(command, songs):
    """Half of the songs for each of two processes."""
    running = [subprocess.Popen([*command, *songs[i::JOBS]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
               for i in range(JOBS)]
    codes = [process.wait() for process in running]
    if any(codes):
        raise RuntimeError(f"{command[0]} failed with status {codes}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tag")
    parser.add_argument("decoder")
    parser.add_argument("--songs", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        songs = measure.make_songs(folder, options.songs, SECONDS)
        tag = [options.tag, "--no-journal", "--excerpts", "3", "--jobs", str(JOBS), *songs]
        wall = {}

        def timed(name, action):
            def run():
                cpu, begin = measure.children_cpu(), time.monotonic()
                action()
                wall.setdefault(name, []).append(time.monotonic() - begin)
                return measure.children_cpu() - cpu
            return run
        contenders = {
            "decoding": lambda: side_by_side([options.decoder, "decode"], songs),
            "genre-tag --excerpts 3": lambda: subprocess.run(tag, stdout=subprocess.DEVNULL, check=True),
            "loudgain": lambda: side_by_side(["loudgain"], songs)}
        if subprocess.run(["which", "loudgain"], stdout=subprocess.DEVNULL, check=False).returncode != 0:
            print("loudgain skipped: it is not installed")
            del contenders["loudgain"]
        figures = measure.take_turns({name: timed(name, action) for name, action in contenders.items()},
                                     options.rounds)
    what = f"{options.songs} MP3s of {SECONDS} s on {JOBS} processes"
    measure.report("tag", f"{what}: CPU a song", figures, "decoding", "s", scale=1 / options.songs)
    print()
    measure.report("tag-wall", f"{what}: wall clock a song", wall, "decoding", "s", scale=1 / options.songs,
                   songs_a_minute=round(60 * options.songs / sorted(wall["genre-tag --excerpts 3"])[options.rounds // 2]))


main()
