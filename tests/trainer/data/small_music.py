# SPDX-License-Identifier: GPL-2.0-or-later
"""Folders of a little music, and what becomes of it, for the tests that start genre-train as a user does."""
import os
import random
import wave

RATE = 22050


def write_wav(path, seconds, draw):
    """A second of noise, again and again."""
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        second = draw.randbytes(2 * RATE)
        for _ in range(seconds):
            file.writeframes(second)


def make_music(folder, files=6, seconds=1):
    """Three genres, albums inside, names in several scripts; a file that is none, and one out of place."""
    draw = random.Random(1)
    for genre in "rock", "Música clásica", "enka":
        for number in range(files):
            album = os.path.join(folder, genre, f"演歌 {number % 2}")
            os.makedirs(album, exist_ok=True)
            write_wav(os.path.join(album, f"{number:02}.wav"), seconds, draw)
    for path in os.path.join("rock", "broken.mp3"), "stray.mp3":
        with open(os.path.join(folder, path), "wb") as file:
            file.write(b"no music")


def files_below(folder):
    """Content by path below @folder."""
    found = {}
    for path, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(path, name), "rb") as file:
                found[os.path.relpath(os.path.join(path, name), folder)] = file.read()
    return found
