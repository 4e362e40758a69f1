#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench_window.py WINDOW-PROGRAM INTEROP-FOLDER MODEL [--rounds=30] [--node-modules=FOLDER]: from 30 s of
samples to probabilities in one thread: here, and with the same weights in PyTorch (eager, and
torch.jit.optimize_for_inference; torchaudio's mel spectrogram) and ONNX Runtime. What is counted is
CPU time. The peers get all segments as one batch, which suits them; ours takes one at a time, as a
stream brings them.

Peers that are absent are skipped. Debian: python3-torch, python3-torchaudio. ONNX Runtime:
`npm install onnxruntime-node@1.17.0` in a folder of its own, and --node-modules=THAT/node_modules."""
import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import measure  # noqa: E402

SECONDS = 30
FLOOR_DB = 60  # of a segment, below its loudest value


class Process:
    """A program that answers each line with numbers."""

    def __init__(self, command, **options):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, bufsize=1, **options)

    def ask(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer:
            raise RuntimeError("a contender has died")
        return [float(number) for number in answer]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def make_samples(rate):
    """Chords that change, and noise: not silent, not the same all the time."""
    state, samples = 1, []
    from math import pi, sin
    for i in range(SECONDS * rate):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        t, note = i / rate, 110 * 2 ** ((i // rate * 7 % 12) / 12)
        chord = sum(sin(2 * pi * note * k * t) / k for k in (1, 2, 3, 5))
        samples.append(0.2 * chord + 0.05 * (state / 2**31 - 1) * (i // (rate // 4) % 2))
    return samples


class Torch:
    """The same computation with PyTorch."""

    def __init__(self, interop, model):
        sys.path.insert(0, interop)
        import genre_torch
        import torch
        import torchaudio

        torch.set_num_threads(1)
        self.torch, self.network = torch, genre_torch.load(model)
        config = json.loads(self.network.metadata["front-end"])
        segment = json.loads(self.network.metadata["segment"])
        if config["representation"] != "mel":
            raise RuntimeError("only mel spectrograms have a peer")
        self.frames, self.step = segment["frames"], segment["step"]
        self.temperature = float(self.network.metadata["temperature"])
        self.mel = torchaudio.transforms.MelSpectrogram(
            sample_rate=config["rate"], n_fft=config["fft-size"], hop_length=config["hop"],
            f_min=config["min-frequency"], f_max=config["max-frequency"], n_mels=config["bands"],
            power=2, norm="slaney", mel_scale="slaney", center=True, pad_mode="constant")
        example = torch.zeros(1, 1, self.frames, self.network.features)
        with torch.no_grad():
            traced = torch.jit.freeze(torch.jit.trace(self.network, example))
            self.optimised = torch.jit.optimize_for_inference(traced)

    def segments(self, samples):
        """(segments, 1, frames, features): segment.c in PyTorch."""
        torch = self.torch
        decibels = 10 * torch.log10(torch.clamp(self.mel(samples), min=1e-10))
        parts = decibels.t().unfold(0, self.frames, self.step).transpose(1, 2)
        parts = torch.maximum(parts, parts.amax((1, 2), True) - FLOOR_DB)
        deviation = parts.std((1, 2), unbiased=False, keepdim=True)
        return ((parts - parts.mean((1, 2), True)) / deviation).unsqueeze(1)

    def classify(self, network, samples):
        with self.torch.no_grad():
            scores = network(self.segments(samples))
            squared = self.torch.softmax(scores / self.temperature, 1).sqrt().mean(0) ** 2
            return squared / squared.sum()

    def time(self, function, *arguments):
        begin = time.process_time()
        with self.torch.no_grad():
            function(*arguments)
        return time.process_time() - begin


def add_torch(contenders, options, samples, facts, folder):
    try:
        for module in ("torch", "torchaudio", "numpy"):
            if not importlib.util.find_spec(module):
                raise RuntimeError(f"no Python module {module}")
        peer = Torch(options.interop, options.model)
    except (RuntimeError, ImportError, KeyError) as fault:
        print(f"PyTorch and ONNX Runtime skipped: {fault}")
        return None
    tensor = peer.torch.tensor(samples)
    facts["PyTorch"] = peer.torch.__version__
    facts["probabilities_of_PyTorch"] = [round(p, 5)
                                         for p in peer.classify(peer.network, tensor).tolist()]
    for _ in range(3):  # the optimiser compiles during the first runs
        peer.classify(peer.optimised, tensor)
    contenders["PyTorch, eager"] = lambda: peer.time(peer.classify, peer.network, tensor)
    contenders["PyTorch, optimize_for_inference"] = lambda: peer.time(
        peer.classify, peer.optimised, tensor)
    onnx = start_onnx(peer, tensor, options, folder)
    if onnx:
        contenders["torchaudio and ONNX Runtime"] = lambda: (
            peer.time(peer.segments, tensor) + onnx.ask()[0])
        contenders["  of it ONNX Runtime's network"] = lambda: onnx.ask()[0]
    contenders["  torchaudio's front end alone"] = lambda: peer.time(peer.segments, tensor)
    return onnx


def start_onnx(peer, tensor, options, folder):
    modules = options.node_modules
    if not modules or not os.path.isdir(os.path.join(modules, "onnxruntime-node")):
        print("ONNX Runtime skipped: no --node-modules folder with onnxruntime-node")
        return None
    with peer.torch.no_grad():
        segments = peer.segments(tensor)
    network, inputs = os.path.join(folder, "network.onnx"), os.path.join(folder, "segments")
    peer.torch.onnx.export(peer.network, segments, network, opset_version=13,
                           do_constant_folding=True)
    segments.contiguous().numpy().tofile(inputs)
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "onnx_runtime.js")
    shape = [str(segments.shape[i]) for i in (0, 2, 3)]
    return Process(["node", script, network, inputs, *shape],
                   env={**os.environ, "NODE_PATH": os.path.abspath(modules)})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("interop")
    parser.add_argument("model")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--node-modules", default=os.environ.get("GENRE_NODE_MODULES"))
    options = parser.parse_args()
    with open(options.model, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        metadata = json.loads(file.read(length))["__metadata__"]
    samples = make_samples(json.loads(metadata["front-end"])["rate"])
    with tempfile.TemporaryDirectory() as folder:
        import array
        path = os.path.join(folder, "samples")
        with open(path, "wb") as file:
            array.array("f", samples).tofile(file)
        ours = Process([options.program, options.model, path])
        facts = {"probabilities_here": [round(p, 5) for p in ours.ask()[2:]]}
        contenders = {"here": lambda: ours.ask()[0],
                      "  front end alone": lambda: ours.ask()[1]}
        onnx = add_torch(contenders, options, samples, facts, folder)
        figures = measure.take_turns(contenders, options.rounds)
        for process in (ours, onnx):
            if process:
                process.close()
    measure.report("window", f"{SECONDS} s of audio to probabilities, one thread, CPU time",
                   figures, "here", "ms", 1e3, **facts)


main()
