#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""torch_agrees.py PRINT-SCORES INTEROP-FOLDER MODEL...: the same weights give the same scores in PyTorch
and here, to 1e-4 of the largest score, of what is normalised there, too, and survive a round trip through PyTorch. Exit status 77 where
PyTorch is absent."""
import json
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import torch
except ImportError as fault:
    print(f"skipped: {fault} (Debian: python3-torch)")
    sys.exit(77)

print_scores, interop, models = sys.argv[1], sys.argv[2], sys.argv[3:]
sys.path.insert(0, interop)
sys.dont_write_bytecode = True
import genre_torch  # noqa: E402


def scores_here(path, inputs, *how):
    done = subprocess.run([print_scores, *how, path], input=inputs.tobytes(), stdout=subprocess.PIPE)
    assert done.returncode == 0, f"print-scores {path} failed"
    return np.array([line.split() for line in done.stdout.splitlines()], dtype=np.float64)


def compare(ours, theirs, what):
    assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
    error = np.abs(ours - theirs).max() / max(1, np.abs(theirs).max())
    print(f"{what}: largest difference {error:.2e} of the largest score")
    assert error <= 1e-4, error


def check_normalisation(path, network):
    """Of what is louder and softer than the floor, and of what is constant."""
    bands = json.loads(network.metadata["front-end"])["bands"]
    segments = np.random.default_rng(2).uniform(-100, 0, (4, network.frames, bands)).astype(np.float32)
    segments[1] -= 30
    segments[2, : network.frames // 2] = -80
    segments[3] = -12.5
    with torch.no_grad():
        theirs = network(genre_torch.normalise(network, segments)).numpy().astype(np.float64)
    compare(scores_here(path, segments, "--decibels"), theirs, f"{path}, from dB")


def check(path):
    network = genre_torch.load(path)
    shape = (6, 1, network.frames, network.features)
    inputs = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    with torch.no_grad():
        theirs = network(torch.from_numpy(inputs)).numpy().astype(np.float64)
    ours = scores_here(path, inputs)
    compare(ours, theirs, path)
    check_normalisation(path, network)
    with tempfile.TemporaryDirectory() as folder:
        again = os.path.join(folder, "again.safetensors")
        genre_torch.save(network, again)
        assert np.array_equal(scores_here(again, inputs), ours), "changed by a round trip"


assert models, "no model given"
torch.manual_seed(1)
for model in models:
    check(model)
