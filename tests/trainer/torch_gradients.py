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
# maximum, turns a whole path on or off: hence so much.
BATCH, TOLERANCE = 4, 5e-3


def gradients_there(network, inputs):
    scores = network.train().double()(torch.from_numpy(inputs).double())
    weights = torch.sin(torch.arange(scores.numel(), dtype=torch.double) + 1)
    (scores.flatten() * weights).sum().backward()
    return scores.detach().numpy().ravel(), {
        name: value.grad.numpy().ravel() for name, value in network.named_parameters()
    }


def compare(name, ours, theirs, floor=0.0):
    """@floor: of the norm, for gradients that are 0 but for rounding (shifts that a batch-norm undoes)."""
    error = np.linalg.norm(ours - theirs) / max(np.linalg.norm(theirs), floor)
    assert error <= TOLERANCE, f"{name}: {error:.2e} of its norm"
    return error


def check(path):
    network = genre_torch.load(path)
    shape = (BATCH, 1, network.frames, network.features)
    inputs = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    done = subprocess.run(
        [program, path, str(BATCH)], input=inputs.tobytes(), stdout=subprocess.PIPE, check=True
    )
    ours = np.frombuffer(done.stdout, dtype=np.float32)
    scores, gradients = gradients_there(network, inputs)
    floor = 1e-2 * max(np.linalg.norm(gradient) for gradient in gradients.values())
    errors, at = [compare("scores", ours[: scores.size], scores)], scores.size
    for name in network.names:
        if name in gradients:
            size = gradients[name].size
            errors.append(compare(name, ours[at : at + size], gradients[name], floor))
            at += size
    assert at == ours.size, (at, ours.size)
    print(f"{path}: {len(errors) - 1} tensors, differences {np.median(errors):.1e}, at most {max(errors):.1e}")


assert models, "no model given"
for model in models:
    check(model)
