#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""torch_gradients.py PRINT-GRADIENTS INTEROP-FOLDER MODEL...: forward and backward as training does them
give PyTorch's scores and gradients, computed there in double precision, for models without dropout. Exit
status 77 where PyTorch is absent."""
import subprocess
import sys

try:
    import numpy as np
    import torch
except ImportError as fault:
    print(f"skipped: {fault} (Debian: python3-torch)")
    sys.exit(77)

program, interop, models = sys.argv[1], sys.argv[2], sys.argv[3:]
sys.path.insert(0, interop)
sys.dont_write_bytecode = True
import genre_torch  # noqa: E402

# Of the norm. One of millions of values that is 0 here and 1e-9 there, before a ReLU or under a
# maximum, turns a whole path on or off, and does in PyTorch's own single precision: hence the
# second best of several inputs, which no wrong gradient passes.
BATCH, INPUTS, TOLERANCE = 4, 5, 1e-3


def gradients_there(network, inputs):
    scores = network.train().double()(torch.from_numpy(inputs).double())
    weights = torch.sin(torch.arange(scores.numel(), dtype=torch.double) + 1)
    (scores.flatten() * weights).sum().backward()
    return scores.detach().numpy().ravel(), {
        name: value.grad.numpy().ravel() for name, value in network.named_parameters()
    }


def differences(path, network, seed):
    """Of scores and of each tensor's gradient, by name, in shares of their norms."""
    shape = (BATCH, 1, network.frames, network.features)
    inputs = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    done = subprocess.run(
        [program, path, str(BATCH)], input=inputs.tobytes(), stdout=subprocess.PIPE, check=True
    )
    ours = np.frombuffer(done.stdout, dtype=np.float32)
    scores, gradients = gradients_there(network, inputs)
    # For gradients that are 0 but for rounding (shifts that a batch-norm undoes).
    floor = 1e-2 * max(np.linalg.norm(gradient) for gradient in gradients.values())
    expected = {"scores": scores} | {name: gradients[name] for name in network.names if name in gradients}
    assert sum(values.size for values in expected.values()) == ours.size, ours.size
    errors, at = {}, 0
    for name, values in expected.items():
        norm = max(np.linalg.norm(values), 0 if name == "scores" else floor)
        errors[name] = np.linalg.norm(ours[at : at + values.size] - values) / norm
        at += values.size
    return errors


def check(path):
    runs = [differences(path, genre_torch.load(path), seed) for seed in range(1, INPUTS + 1)]
    errors = {name: sorted(run[name] for run in runs)[1] for name in runs[0]}
    for name, error in errors.items():
        assert error <= TOLERANCE, f"{name}: {error:.2e} of its norm"
    worst = max(errors.values())
    print(f"{path}: {len(errors) - 1} tensors, differences {np.median(list(errors.values())):.1e}, at most {worst:.1e}")


assert models, "no model given"
for model in models:
    check(model)
