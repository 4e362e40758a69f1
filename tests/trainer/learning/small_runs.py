# SPDX-License-Identifier: GPL-2.0-or-later
"""Small data sets and trainings for the tests that start genre-train as a user does."""
import os
import random

GENRES = ("blues", "jazz", "rock")
BANDS = 128


def write_npy(path, frames, value):
    """uint8 (frames, BANDS), each value(frame, band)."""
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({frames}, {BANDS}), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    data = bytes(value(t, f) for t in range(frames) for f in range(BANDS))
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little"))
        file.write(header.encode() + data)


def make_dataset(folder, clips=10, frames=40):
    """Genres that sound in bands of their own; the last two clips of each in valid.txt."""
    draw = random.Random(1)
    valid = []
    for number, genre in enumerate(GENRES):
        os.makedirs(os.path.join(folder, "data", genre))
        for clip in range(clips):
            stem = f"{genre}.{clip:05}"

            def level(_, band, number=number):
                return (190 if band // 43 == number else 120) + draw.randrange(60)

            write_npy(os.path.join(folder, "data", genre, stem + ".npy"), frames, level)
            if clip >= clips - 2:
                valid.append(stem)
    names = [f"{genre}.{clip:05}" for genre in GENRES for clip in range(clips)]
    for name, lines in ("valid.txt", valid), ("train.txt", [n for n in names if n not in valid]):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")


def arguments(folder, output, *more):
    """Of genre-train train, for a run of a second or so."""
    settings = {
        "model.widths": "8,8,12",
        "model.segment-frames": 32,
        "model.segment-step": 16,
        "training.epochs": 12,
        "training.learning-rate": 0.02,
        "training.batch": 12,
        "training.group": 4,
        "training.validate-every": 3,
        "training.patience": 100,
    }
    out = ["train", "--data", os.path.join(folder, "data"), "--output", output]
    out += ["--train-list", os.path.join(folder, "train.txt")]
    out += ["--valid-list", os.path.join(folder, "valid.txt"), "--history", output + ".json"]
    for setting, value in settings.items():
        out += ["--set", f"{setting}={value}"]
    return out + list(more)


def settings(epochs, begins=False):
    """Of genre-train, for a network that learns in no time, or that another model has begun."""
    network = ("model.widths=4,4", "model.pools=4,4", "model.segment-frames=32", "model.segment-step=16")
    values = (*(() if begins else network), "training.batch=12", "training.group=4", f"training.epochs={epochs}")
    return [word for value in values for word in ("--set", value)]


def content(path):
    with open(path, "rb") as file:
        return file.read()


if __name__ == "__main__":
    make_dataset(".", clips=4)


def check_same(got, expected, what):
    """Contents by name."""
    assert got.keys() == expected.keys(), (what, got.keys() ^ expected.keys())
    for name, content in expected.items():
        assert got[name] == content, f"{what}: {name} differs"
