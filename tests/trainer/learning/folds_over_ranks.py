#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""folds_over_ranks.py GENRE-TRAIN: cross-validate under mpirun leaves the files that one process leaves, byte
for byte, and prints what it prints; what is killed or stopped goes on whatever the number of processes;
one that fails ends all with one error. Exit status 77 where mpirun is absent."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import small_runs  # noqa: E402
from small_runs import check_same  # noqa: E402
from mpi_runs import (  # noqa: E402
    finish, mpirun, noting_pids, pid_of, said, skip_without_mpirun, wait_until, with_other_words)

program = sys.argv[1]
skip_without_mpirun()
PICTURES = "pictures"
LONG = 100  # epochs


def arguments(folder, output, epochs=8, *more):
    out = ["cross-validate", "--data", os.path.join(folder, "data"), "--random", "--output", output]
    return out + ["--threads", "1", "--folds", "5", *small_runs.settings(epochs, "--from" in more), *more]


def files(folder):
    """Content by name: all that is left, and pictures by name alone, for it takes long to draw them."""
    return {
        name: small_runs.content(os.path.join(folder, name)) if name != PICTURES else None
        for name in os.listdir(folder)
    }


def lines(output, folder):
    return sorted(output.replace(folder, "OUTPUT").splitlines())


def run_one(folder, output, *more):
    return subprocess.run(
        [program, *arguments(folder, output, *more)],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ).stdout.decode()


with tempfile.TemporaryDirectory() as folder:
    small_runs.make_dataset(folder)
    # What is noted while folds are learnt and heard is said once: a clip that no model is shown.
    short = os.path.join(folder, "data", "rock", "short.npy")
    small_runs.write_npy(short, 8, lambda frame, band: frame + band)
    one = os.path.join(folder, "one")
    said_by_one = run_one(folder, one)
    expected = files(one)
    assert "short.npy" in said_by_one and len(expected) == 3 * 5 + 4, (said_by_one, expected.keys())

    # Two take turns and learn the fifth fold together; of seven, some have a fold and some share one.
    for ranks in 2, 3, 7:
        path = os.path.join(folder, f"by-{ranks}")
        output = finish(mpirun(ranks, program, *arguments(folder, path)))
        check_same(files(path), expected, f"{ranks} ranks")
        assert lines(output, path) == lines(said_by_one, one), output

    # What begins with another model is heard by that model once, whoever shares a fold afterwards.
    source, begun = os.path.join(one, "fold-1.safetensors"), os.path.join(folder, "begun")
    more = ["--from", source, "--body-rate", "0.3"]
    run_one(folder, begun, 1, *more)
    expected_begun = files(begun)
    for ranks in 2, 3:
        path = os.path.join(folder, f"begun-by-{ranks}")
        finish(mpirun(ranks, program, *arguments(folder, path, 1, *more)))
        check_same(files(path), expected_begun, f"{ranks} ranks that begin with a model")

    long = os.path.join(folder, "long")
    run_one(folder, long, LONG)
    expected = files(long)

    # One is killed while it learns: none is left behind. Others in number go on.
    path = os.path.join(folder, "killed")
    process = mpirun(2, *noting_pids(folder, program, *arguments(folder, path, LONG)))
    wait_until(lambda: os.path.exists(os.path.join(path, "fold-1.json")), process)
    os.kill(pid_of(folder, 1), signal.SIGKILL)
    finish(process, 1)
    left = os.listdir(path)
    assert "fold-1.json" in left and "result.json" not in left, left
    shutil.copytree(path, path + "-one")
    finish(mpirun(3, program, *arguments(folder, path, LONG, "--resume")))
    check_same(files(path), expected, "killed, resumed by three")
    run_one(folder, path + "-one", LONG, "--resume")
    check_same(files(path + "-one"), expected, "killed, resumed by one")

    # One is asked to stop: both write where they are, and one of them says so.
    path = os.path.join(folder, "stopped")
    process = mpirun(2, *noting_pids(folder, program, *arguments(folder, path, 100000)))
    wait_until(lambda: os.path.exists(os.path.join(path, "plan.json")), process)
    os.kill(pid_of(folder, 1), signal.SIGTERM)
    output = finish(process, 1)
    assert len(said(output, "cross-validate")) == 1 and "--resume goes on" in output, output
    left = os.listdir(path)
    assert "result.json" not in left and "fold-5.json" not in left, left

    # One has other data, or other folds: all say no, once, and none waits for the others.
    for setting, complaint in (
        ("--set training.seed=9", "process 1 has another recipe"),
        ("--set training.epochs=none", '"none"'),
        ("--seed 2", "process 1 has another recipe, other clips or other folds"),
    ):
        path = os.path.join(folder, "refused")
        command = with_other_words(1, setting, program, *arguments(folder, path))
        output = finish(mpirun(3, *command), 1)
        assert len(said(output, "cross-validate")) == 1 and complaint in output, output
        assert not os.path.exists(path), "begun all the same"
    # The second has a teacher that it cannot read; the first is told so, long before it has learnt.
    path, teachers = os.path.join(folder, "faulty"), os.path.join(folder, "teachers")
    shutil.copytree(one, teachers)
    with open(os.path.join(teachers, "fold-2.safetensors"), "wb") as file:
        file.write(b"no model")
    command = [program, *arguments(folder, path, 100000, "--teacher", teachers)]
    output = finish(mpirun(2, *command), 1)
    complaints = said(output, "cross-validate")
    assert len(complaints) == 1 and "fold-2.safetensors" in complaints[0], output
    assert not os.path.exists(os.path.join(path, "fold-1.json")), "went on"
