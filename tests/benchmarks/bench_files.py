#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench_files.py BENCH-FILES [FOLDER] [--rounds=3]: CPU seconds of hearing every file of a folder
through genreclassify, against only decoding it. Without FOLDER, songs of 60 s are made: MP3, FLAC
and Ogg Vorbis, as far as the encoders are installed."""
import argparse
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import measure  # noqa: E402

SECONDS = 60
FORMATS = {
    "mp3": "lamemp3enc ! id3v2mux",
    "flac": "flacenc",
    "ogg": "vorbisenc ! oggmux",
}


def make_songs(folder):
    buffers = SECONDS * 44100 // 1024
    for kind, encoder in FORMATS.items():
        line = (f"audiotestsrc wave=pink-noise num-buffers={buffers} volume=0.3 ! "
                f"audio/x-raw,rate=44100,channels=2 ! audioconvert ! {encoder} ! "
                f"filesink location={os.path.join(folder, 'song.' + kind)}")
        if subprocess.run(["gst-launch-1.0", "-q", *line.split()], stderr=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL).returncode != 0:
            print(f"{kind} skipped: it cannot be made here")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or temporary
        if not options.folder:
            make_songs(folder)
        files = [os.path.join(where, name) for where, _, names in os.walk(folder)
                 for name in sorted(names) if name.rpartition(".")[2].lower() in FORMATS]
        if not files:
            print("no songs")
            return 77
        seconds = {}

        def run(mode):
            done = subprocess.run([options.program, mode, *files], stdout=subprocess.PIPE,
                                  text=True, check=True)
            cpu, heard = (float(number) for number in done.stdout.split())
            seconds["heard"] = heard
            return cpu

        figures = measure.take_turns({"decoding": lambda: run("decode"),
                                      "decoding and genreclassify": lambda: run("classify")},
                                     options.rounds)
    extra = min(figures["decoding and genreclassify"]) - min(figures["decoding"])
    measure.report("files", f"{len(files)} files, {seconds['heard']:.0f} s of audio, all of it "
                   "heard, CPU time of all threads", figures, "decoding", "s",
                   extra_seconds_for_10_minutes_of_audio=round(extra / seconds["heard"] * 600, 3))
    return 0


sys.exit(main())
