#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""survives_kill.py GENRE-TRAIN: training that is killed (SIGKILL) at random moments, many times, and
resumed each time, ends in the file that an uninterrupted run writes, byte for byte."""
import os
import random
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import small_runs  # noqa: E402

program, kills = sys.argv[1], 25


def killed_after(command, seconds):
    """Whether @command had to be killed, having run for @seconds."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return True
    assert process.returncode == 0, errors.decode()
    return False


with tempfile.TemporaryDirectory() as folder:
    small_runs.make_dataset(folder)
    whole, broken = os.path.join(folder, "whole.model"), os.path.join(folder, "broken.model")
    more = ("--threads", "2", "--set", "training.epochs=60")
    begin = time.monotonic()
    subprocess.run([program, *small_runs.arguments(folder, whole, *more)], check=True)
    duration = time.monotonic() - begin
    again = [program, *small_runs.arguments(folder, broken, *more)]
    again += ["--resume", "--checkpoint-every", "0.0001"]
    draw, n = random.Random(os.getpid()), 0
    while n < kills and killed_after(again, draw.uniform(0.01, 0.3 * duration)):
        n += 1
        assert not os.path.exists(broken) or small_runs.content(broken), "half a model file"
    subprocess.run(again, check=True)
    print(f"killed {n} times")
    assert n > 3, "the run was over before it could be killed"
    assert small_runs.content(whole) == small_runs.content(broken), "another model"
    history = small_runs.content(whole + ".json")
    assert history == small_runs.content(broken + ".json"), "another history"
