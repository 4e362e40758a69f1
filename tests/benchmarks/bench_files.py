#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench_files.py BENCH-FILES GENRE-LISTEN [FOLDER] [--rounds=3] [--excerpts=3]: CPU seconds of
hearing every file of a folder through genreclassify, all of it or (by genre-listen) in excerpts of
11 s. Both are compared with decoding the whole files and nothing else. Without FOLDER, songs of
4 minutes are made: MP3, FLAC and Ogg Vorbis, as far as the encoders are installed; they are
reported together and each format by itself. Every figure is that of a whole process, its start
included."""
import argparse
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import measure  # noqa: E402

SECONDS = 240
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


def find_files(folder):
    return [os.path.join(where, name) for where, _, names in os.walk(folder)
            for name in sorted(names) if name.rpartition(".")[2].lower() in FORMATS]


def compare(files, options):
    """Prints what the files cost, and returns the figures and the seconds of audio in them."""
    heard = subprocess.run([options.program, "decode", *files], stdout=subprocess.PIPE, text=True,
                           check=True).stdout.split()[1]
    listen = [options.listen, "--terse", f"--excerpts={options.excerpts}", *files]
    figures = measure.take_turns({
        "decoding": lambda: measure.run_cpu([options.program, "decode", *files]),
        "decoding and genreclassify":
            lambda: measure.run_cpu([options.program, "classify", *files]),
        f"genre-listen --excerpts={options.excerpts}": lambda: measure.run_cpu(listen),
    }, options.rounds)
    return figures, float(heard)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("listen")
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--excerpts", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or temporary
        if not options.folder:
            make_songs(folder)
        files = find_files(folder)
        if not files:
            print("no songs")
            return 77
        for kind in [*FORMATS, ""]:
            chosen = [file for file in files if file.lower().endswith(kind)]
            if not chosen:
                continue
            figures, seconds = compare(chosen, options)
            whole, excerpts = list(figures)[1:]
            extra = min(figures[whole]) - min(figures["decoding"])
            measure.report(f"files-{kind}" if kind else "files",
                           f"{len(chosen)} {kind.upper() or 'MP3, FLAC and Ogg'} files, "
                           f"{seconds:.0f} s of audio, CPU time of all threads", figures,
                           "decoding", "s",
                           extra_seconds_for_10_minutes_heard=round(extra / seconds * 600, 3))
            print()
    return 0


sys.exit(main())
