#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench_tag_ends.py GENRE-TAG [--processes=4] [--runs=60] [--limit=40]: whether genre-tag ends. Several processes
at once hear MP3, M4A, AIFF and WMA again and again (aiffparse hangs going to PAUSED now and then); a run that
takes longer than the limit is a failure; errors of single files are counted."""
import argparse
import collections
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
import time

SONG = "/usr/share/games/dink/dink/Sound/1.ogg"
ENDINGS = "mp3", "m4a", "aiff", "wma"


def run(tag, files, limit, state):
    begin = time.monotonic()
    try:
        done = subprocess.run([tag, "--json", "--no-journal", "--jobs", "2", *files], capture_output=True,
                              timeout=limit, check=False, env=dict(os.environ, XDG_STATE_HOME=state))
    except subprocess.TimeoutExpired:
        return limit, ["not ended"]
    lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
    return time.monotonic() - begin, [f"{os.path.basename(line['source'])}: {line['error']}" for line in lines
                                      if "error" in line]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tag")
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--limit", type=float, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = [os.path.join(folder, f"song.{ending}") for ending in ENDINGS]
        for file in files:
            subprocess.run(["ffmpeg", "-v", "error", "-ss", "30", "-t", "26", "-i", SONG, "-map_metadata", "-1",
                            "-map_metadata:s", "-1", file], check=True)
        with concurrent.futures.ThreadPoolExecutor(options.processes) as pool:
            results = list(pool.map(lambda _: run(options.tag, files, options.limit, folder),
                                    range(options.processes * options.runs)))
    times = sorted(seconds for seconds, _ in results)
    errors = collections.Counter(error for _, found in results for error in found)
    print(f"{len(times)} runs over {', '.join(ENDINGS)}, {options.processes} at a time: median "
          f"{times[len(times) // 2]:.1f} s, slowest {times[-1]:.1f} s")
    for error, n in errors.most_common():
        print(f"{n:6}  {error}")
    sys.exit(1 if errors["not ended"] else 0)


main()
