# SPDX-License-Identifier: GPL-2.0-or-later
"""The PyTorch twin of every network that genreclassify runs.

load() reads a model file into a torch.nn.Module with the same weights, save() writes the module's
weights back into the same kind of file: train elsewhere, listen in the element. Only numpy and torch
(Debian: python3-torch) are needed; the safetensors format is read and written here.

    model = genre_torch.load("models/default.safetensors")
    clip = numpy.load("spectrograms/rock/rock.00000.npy")              # (frames, bands), uint8
    segment = clip[: model.frames] * (80 / 255) - 80                   # dB
    scores = model(genre_torch.normalise(model, segment[None]))        # (batch, labels)
    genre_torch.save(model, "mine.safetensors")

The network is not shown dB: see normalise().
"""
import json
import math
import struct

import numpy as np
import torch
from torch import nn

RANGE_DB = 60  # under the loudest value of a segment nothing is told apart
SMALLEST_DEVIATION_DB = 1e-4  # below it is rounding, not sound

DTYPES = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}


def read_safetensors(path):
    """(metadata, {name: array}) of a safetensors file."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = np.frombuffer(data[begin:end], DTYPES[entry["dtype"]])
        tensors[name] = values.astype(np.float32).reshape(entry["shape"])
    return metadata, tensors


def write_safetensors(path, metadata, tensors):
    """Writes float32 tensors in the order given."""
    header, offset, parts = {"__metadata__": metadata}, 0, []
    for name, values in tensors.items():
        part = np.ascontiguousarray(values, dtype="<f4").tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(values.shape),
            "data_offsets": [offset, offset + len(part)],
        }
        offset += len(part)
        parts.append(part)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


def pair(value, fallback):
    value = fallback if value is None else value
    return tuple(value) if isinstance(value, list) else (value, value)


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body = body
        if shortcut is not None:
            self.shortcut = shortcut

    def forward(self, x):
        return self.body(x) + (self.shortcut(x) if hasattr(self, "shortcut") else x)


class MeanSubtraction(nn.Module):
    def __init__(self, share):
        super().__init__()
        self.share = share

    def forward(self, x):
        return x - self.share * x.mean(dim=2, keepdim=True)


class Crop(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.features = features

    def forward(self, x):
        return x[..., : self.features]


class StatisticsPool(nn.Module):
    def __init__(self, deviation):
        super().__init__()
        self.deviation = deviation

    def forward(self, x):
        frames = x.mean(dim=3)
        mean = frames.mean(dim=2)
        if not self.deviation:
            return mean
        variance = frames.var(dim=2, unbiased=False)
        return torch.cat([mean, torch.sqrt(variance + 1e-5)], dim=1)


class Cepstrum(nn.Module):
    def __init__(self, coefficients):
        super().__init__()
        self.coefficients = coefficients

    def forward(self, x):
        n = int(x.shape[3])  # constants, which ONNX keeps as they are
        cosines = torch.tensor([[math.cos(math.pi * k * (f + 0.5) / n) * math.sqrt((1 if k == 0 else 2) / n)
                                 for f in range(n)] for k in range(self.coefficients)],
                               dtype=x.dtype, device=x.device)
        return x @ cosines.T


class CovariancePool(nn.Module):
    EPSILON = 0.01

    def forward(self, x):
        x = x[:, 0]
        mean = x.mean(dim=1)
        distances = x - mean[:, None]
        covariances = distances.transpose(1, 2) @ distances / x.shape[1]
        variances = torch.diagonal(covariances, dim1=1, dim2=2) + self.EPSILON
        squares = (x[:, 1:] - x[:, :-1]).square().mean(dim=1) + self.EPSILON
        roots = variances.sqrt()
        correlations = covariances / (roots[:, :, None] * roots[:, None, :])
        n = int(x.shape[2])
        pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
        row, column = torch.tensor(pairs, dtype=torch.long, device=x.device).reshape(-1, 2).T
        parts = [mean, variances.log() / 2, squares.log() / 2, correlations[:, row, column]]
        return torch.cat(parts, dim=1)


class SqueezeExcitation(nn.Module):
    def __init__(self, channels, reduction):
        super().__init__()
        hidden = max(1, channels // reduction)
        self.reduce = nn.Linear(channels, hidden)
        self.expand = nn.Linear(hidden, channels)

    def forward(self, x):
        gate = torch.sigmoid(self.expand(torch.relu(self.reduce(x.mean(dim=(2, 3))))))
        return x * gate[:, :, None, None]


class BatchNorm(nn.modules.batchnorm._BatchNorm):
    """Of images as of vectors."""

    def _check_input_dim(self, x):
        pass


def build_layer(entry, x):
    """The module for one layer of a description that sees inputs like x."""
    kind, channels = entry["type"], x.shape[1]
    if kind in ("conv2d", "depthwise"):
        kernel = pair(entry["kernel"], None)
        padding = pair(entry.get("padding"), [kernel[0] // 2, kernel[1] // 2])
        stride = pair(entry.get("stride"), 1)
        out = entry["channels"] if kind == "conv2d" else channels
        groups = 1 if kind == "conv2d" else channels
        bias = entry.get("bias", False)
        return nn.Conv2d(channels, out, kernel, stride, padding, groups=groups, bias=bias)
    if kind == "batch-norm":
        return BatchNorm(channels)
    if kind == "mean-subtraction":
        return MeanSubtraction(entry.get("share", 1))
    if kind == "crop":
        return Crop(entry["features"])
    if kind == "cepstrum":
        return Cepstrum(entry["coefficients"])
    if kind == "covariance-pool":
        return CovariancePool()
    if kind == "instance-norm":
        return nn.InstanceNorm2d(channels)
    if kind == "relu":
        return nn.ReLU()
    if kind == "silu":
        return nn.SiLU()
    if kind == "squeeze-excitation":
        return SqueezeExcitation(channels, entry.get("reduction", 4))
    if kind == "max-pool":
        return nn.MaxPool2d(pair(entry["size"], None))
    if kind == "average-pool":
        return nn.AvgPool2d(pair(entry["size"], None))
    if kind == "statistics-pool":
        return StatisticsPool(entry.get("deviation", True))
    if kind == "dropout":
        return nn.Dropout(entry.get("rate", 0.5))
    if kind == "dense":
        return nn.Linear(channels, entry["outputs"])
    if kind == "residual":
        shortcut = entry.get("shortcut")
        return Residual(build_sequence(entry["body"], x), shortcut and build_sequence(shortcut, x))
    raise ValueError(f"no twin for layer type {kind!r}")


def build_sequence(description, x):
    """The modules of a description, of which the first sees inputs like x."""
    modules = []
    for entry in description:
        modules.append(build_layer(entry, x).eval())
        with torch.no_grad():
            x = modules[-1](x)
    return nn.Sequential(*modules)


def load(path):
    """The network of a model file, in evaluation mode, with .metadata, .frames, .features, .labels and
    .background: the last of the labels, which are no music (scores are given for all)."""
    metadata, tensors = read_safetensors(path)
    front_end = json.loads(metadata["front-end"])
    is_mfcc = front_end["representation"] == "mfcc"
    features = front_end["coefficients" if is_mfcc else "bands"]
    frames = json.loads(metadata["segment"])["frames"]
    sample = torch.zeros(1, 1, frames, features)
    model = build_sequence(json.loads(metadata["network"]), sample)
    state = {name: torch.from_numpy(values.copy()) for name, values in tensors.items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"{path}: missing {missing}, unexpected {unexpected}")
    labels = json.loads(metadata["labels"])
    model.labels = [entry["label"] for entry in labels]
    model.background = [entry["label"] for entry in labels if entry.get("background")]
    model.metadata, model.names = metadata, list(tensors)
    model.frames, model.features = frames, features
    return model.eval()


def normalise(model, decibels):
    """What the network is shown of segments in dB, (batch, frames, bands): (batch, 1, frames, features).

    Each segment is floored RANGE_DB under its loudest value, then has mean 0 and variance 1 over all its
    values (all zeros if it is constant). Of mfcc models the orthonormal DCT-II of each frame follows."""
    x = torch.as_tensor(decibels, dtype=torch.float32)
    x = torch.maximum(x, x.amax(dim=(1, 2), keepdim=True) - RANGE_DB)
    x = x - x.mean(dim=(1, 2), keepdim=True)
    deviation = x.square().mean(dim=(1, 2), keepdim=True).sqrt()
    x = torch.where(deviation > SMALLEST_DEVIATION_DB, x / deviation.clamp(min=SMALLEST_DEVIATION_DB),
                    torch.zeros_like(x))[:, None]
    front_end = json.loads(model.metadata["front-end"])
    return Cepstrum(front_end["coefficients"])(x) if front_end["representation"] == "mfcc" else x


def save(model, path):
    """The module's weights as a model file; everything else as it was loaded."""
    state = model.state_dict()
    tensors = {name: state[name].detach().cpu().numpy() for name in model.names}
    write_safetensors(path, model.metadata, tensors)
