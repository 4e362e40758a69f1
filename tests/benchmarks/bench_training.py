#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench_training.py BENCH-TRAINING INTEROP-FOLDER MODEL...: training steps (forward, backward, AdamW) a second, here and
in PyTorch, of the same network, batch and number of threads. The two take turns, so that whatever else
the machine does meets both; the ratio is the median of the turns'. JSON on standard output. Exit status
77 where PyTorch is absent."""
import json
import os
import platform
import statistics
import subprocess
import sys
import time

try:
    import torch
except ImportError as fault:
    print(f"skipped: {fault} (Debian: python3-torch)")
    sys.exit(77)

program, interop, models = sys.argv[1], sys.argv[2], sys.argv[3:]
sys.path.insert(0, interop)
sys.dont_write_bytecode = True
import genre_torch  # noqa: E402

BATCH, GROUP = 16, 8
THREADS = int(os.environ.get("GENRE_BENCHMARK_THREADS", "2"))
TURNS = int(os.environ.get("GENRE_BENCHMARK_TURNS", "7"))
STEPS = int(os.environ.get("GENRE_BENCHMARK_STEPS", "3"))


class Here:
    def __init__(self, path):
        self.process = subprocess.Popen(
            [program, path, str(THREADS), str(BATCH), str(GROUP)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def seconds(self, steps):
        print(steps, file=self.process.stdin, flush=True)
        return tuple(map(float, self.process.stdout.readline().split()))


class There:
    def __init__(self, path):
        self.network = genre_torch.load(path).train()
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=1e-3, weight_decay=0.05)
        self.inputs = torch.randn(BATCH, 1, self.network.frames, self.network.features)
        labels = len(json.loads(self.network.metadata["labels"]))
        self.targets = torch.arange(BATCH) % labels

    def seconds(self, steps):
        begin, used = time.monotonic(), time.process_time()
        for _ in range(steps):
            self.optimizer.zero_grad(set_to_none=True)
            loss = torch.nn.functional.cross_entropy(self.network(self.inputs), self.targets)
            loss.backward()
            self.optimizer.step()
        return time.monotonic() - begin, time.process_time() - used


def compare(path):
    here, there = Here(path), There(path)
    here.seconds(1), there.seconds(1)
    turns = [(here.seconds(STEPS), there.seconds(STEPS)) for _ in range(TURNS)]
    ratios = [b[0] / a[0] for a, b in turns]
    segments = STEPS * BATCH
    return {
        "network": os.path.basename(path).split(".")[0],
        "segments-per-second": round(segments / statistics.median(a[0] for a, _ in turns), 1),
        "pytorch-segments-per-second": round(
            segments / statistics.median(b[0] for _, b in turns), 1
        ),
        "ratio": round(statistics.median(ratios), 2),
        "lowest-ratio": round(min(ratios), 2),
        "highest-ratio": round(max(ratios), 2),
        # For a machine that does other things: what processors spent, spinning included.
        "processor-ratio": round(statistics.median(b[1] / a[1] for a, b in turns), 2),
    }


torch.manual_seed(1)
torch.set_num_threads(THREADS)
results = {
    "benchmark": "training",
    "machine": platform.processor() or platform.machine(),
    "pytorch": torch.__version__,
    "threads": THREADS,
    "batch": BATCH,
    "load": os.getloadavg()[0],
    "networks": [compare(model) for model in models],
}
print(json.dumps(results, indent=1))
