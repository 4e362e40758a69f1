# SPDX-License-Identifier: GPL-2.0-or-later
"""Songs for tests: parts of the free recordings that pipelines/samples knows, made by ffmpeg.

They are taken from where the model is very sure: what is tested here are the plugins, not the model.
"""
import os
import shutil
import subprocess
import sys

CLASSICAL = "/usr/share/games/dink/dink/Sound/1.ogg"
METAL = "/usr/share/games/fretsonfire/data/songs/muldjord/internal_degeneration"


def skip(reason):
    print("SKIP:", reason)
    sys.exit(77)


def need(*programs):
    """Skips the test if one of the programs is not installed."""
    for program in programs:
        if not shutil.which(program):
            skip(f"{program} is not installed")


def need_samples():
    need("ffmpeg")
    for path, package in ((CLASSICAL, "freedink-data"), (METAL, "fretsonfire-songs-muldjord")):
        if not os.path.exists(path):
            skip(f"the package {package} is not installed")


def run_ffmpeg(inputs, path, tags):
    metadata = [f"-metadata={key}={value}" for key, value in tags.items()]
    arguments = [word for option in metadata for word in option.split("=", 1)]
    subprocess.run(
        ["ffmpeg", "-v", "error", "-nostdin", "-y", *inputs, "-map_metadata", "-1", *arguments,
         "-bitexact", path],
        check=True,
    )


def make_classical(path, seconds=24, **tags):
    inputs = ["-ss", "30", "-t", str(seconds), "-i", CLASSICAL]
    run_ffmpeg([*inputs, "-map", "0:a"], path, tags)


def make_metal(path, seconds=24, **tags):
    """Both halves of a song, which a guitar game keeps apart."""
    inputs = []
    for half in ("song", "guitar"):
        inputs += ["-ss", "120", "-t", str(seconds), "-i", f"{METAL}/{half}.ogg"]
    run_ffmpeg([*inputs, "-filter_complex", "amix=inputs=2"], path, tags)


def tagged_genre(path):
    """What another program reads in a file; empty if it has no genre."""
    said = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "format_tags=genre:stream_tags=genre",
         "-of", "default=nw=1:nk=1", path], stdout=subprocess.PIPE, check=True,
    )
    return said.stdout.decode().strip()


def audio(path):
    """A checksum of what is heard in a file."""
    return subprocess.run(
        ["ffmpeg", "-v", "error", "-nostdin", "-i", path, "-map", "0:a", "-f", "md5", "-"],
        stdout=subprocess.PIPE, check=True,
    ).stdout
