#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ranks_agree.py GENRE-TRAIN: under mpirun, two and three processes write the model that one writes, an
interrupted run goes on whatever the number of processes, and a fault in one ends all. Exit status 77
where mpirun is absent."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import small_runs  # noqa: E402
from mpi_runs import (  # noqa: E402
    finish, mpirun, noting_pids, pid_of, said, skip_without_mpirun, wait_until, with_other_words)

program = sys.argv[1]
skip_without_mpirun()

with tempfile.TemporaryDirectory() as folder:
    small_runs.make_dataset(folder)
    one = os.path.join(folder, "one.model")
    subprocess.run([program, *small_runs.arguments(folder, one, "--threads", "2")], check=True)

    for ranks in 2, 3, 4:  # of three groups in a mini-batch
        path = os.path.join(folder, f"{ranks}.model")
        output = finish(
            mpirun(ranks, program, *small_runs.arguments(folder, path, "--threads", "1"))
        )
        assert output.count("parameters, temperature") == 1, output
        assert small_runs.content(path) == small_runs.content(one), f"{ranks} ranks differ"
        assert small_runs.content(path + ".json") == small_runs.content(one + ".json")

    # Of three groups two processes have two and one: said is what neither of them can use.
    for threads in "2", "3":
        brief = ("--threads", threads, "--set", "training.epochs=3")
        path = os.path.join(folder, "brief.model")
        output = finish(mpirun(2, program, *small_runs.arguments(folder, path, *brief)))
        idle = "Of 3 threads of each of 2 processes training itself uses 2: training.batch (12)"
        assert output.count("training itself uses") == (threads == "3"), output
        assert threads == "2" or idle in output, output

    # One of two is asked to stop: both do. Resumed in one and in three. (Not by way of mpirun, which
    # passes signals on in its own time.)
    path = os.path.join(folder, "stopped.model")
    long = ("--threads", "1", "--set", "training.epochs=60", "--checkpoint-every", "0.01")
    arguments = small_runs.arguments(folder, path, *long)
    process = mpirun(2, *noting_pids(folder, program, *arguments))
    wait_until(lambda: os.path.exists(path + ".checkpoint"), process)
    os.kill(pid_of(folder, 1), signal.SIGTERM)
    output = finish(process, 1)
    assert "--resume goes on" in output, output
    assert not os.path.exists(path)
    shutil.copy(path + ".checkpoint", os.path.join(folder, "kept"))
    finish(mpirun(3, program, *arguments, "--resume"))
    three = small_runs.content(path)
    os.replace(os.path.join(folder, "kept"), path + ".checkpoint")
    subprocess.run([program, *arguments, "--resume"], check=True)
    assert small_runs.content(path) == three

    # One process has other data: all say no, and none waits for the others.
    for setting, complaint in (
        ("training.seed=9", "process 1 has another recipe"),
        ("training.epochs=none", '"none"'),
    ):
        command = with_other_words(1, f"--set {setting}", program, *small_runs.arguments(folder, path))
        output = finish(mpirun(3, *command), 1, 60)
        assert len(said(output, "train")) == 1 and complaint in output, output
    checkpoint = ("--checkpoint", "/dev/null/x", "--checkpoint-every", "0.01")
    output = finish(mpirun(2, program, *small_runs.arguments(folder, path, *checkpoint)), 1, 60)
    assert len(said(output, "train")) == 1 and "/dev/null/x" in output, output
