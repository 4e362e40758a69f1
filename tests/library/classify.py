# SPDX-License-Identifier: GPL-2.0-or-later
"""classify.py FILE: the genre of samples in a file, 32-bit floats at 44,100 Hz, two channels"""
import array
import sys
import gi
gi.require_version("Genre", "0.1")
from gi.repository import Genre
with open(sys.argv[1], "rb") as file:
    samples = array.array("f", file.read())
answer = Genre.Model.load_default().classify(samples, 44100, 2)
print(answer.get_genre(), f"{answer.get_confidence():.6f} {answer.get_music():.6f}")
