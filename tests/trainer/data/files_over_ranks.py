#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""files_over_ranks.py GENRE-TRAIN: extract under mpirun leaves the files that one process leaves and says
what it says, once; what is killed goes on whatever the number of processes; one that fails ends all with
one error. Exit status 77 where mpirun is absent."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "learning"))
from mpi_runs import (  # noqa: E402
    finish, mpirun, noting_pids, pid_of, said, skip_without_mpirun, wait_until)
from small_music import files_below, make_music  # noqa: E402
from small_runs import check_same  # noqa: E402

program = os.path.abspath(sys.argv[1])
skip_without_mpirun()


def extract(music, output):
    return [program, "extract", "--threads", "1", music, output]


def run_one(music, output):
    return subprocess.run(
        extract(music, output), check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ).stdout.decode()


def lines(output):
    return sorted(re.sub(r"in [0-9:]+, ", "", output).splitlines())


with tempfile.TemporaryDirectory() as folder:
    music, one = os.path.join(folder, "music"), os.path.join(folder, "one")
    make_music(music)
    said_by_one = run_one(music, one)
    expected = files_below(one)
    assert len(expected) == 18 + 2 and "18 spectrograms made (0:18 of audio)" in said_by_one
    for ranks in 2, 3:
        path = os.path.join(folder, f"by-{ranks}")
        output = finish(mpirun(ranks, *extract(music, path)))
        check_same(files_below(path), expected, f"{ranks} ranks")
        assert lines(output) == lines(said_by_one), output
    output = finish(mpirun(2, *extract(music, path)))
    assert "0 spectrograms made" in output and "18 already there" in output, output

    # One is killed at work: none is left behind. Others in number go on.
    shutil.rmtree(music)
    make_music(music, seconds=300)  # long enough to be killed at
    one, path = os.path.join(folder, "long"), os.path.join(folder, "killed")
    process = mpirun(2, *noting_pids(folder, *extract(music, path)))
    wait_until(lambda: any(name.endswith(".npy") for _, _, names in os.walk(path) for name in names), process)
    os.kill(pid_of(folder, 1), signal.SIGKILL)
    finish(process, 1)
    finish(mpirun(3, *extract(music, path)))
    run_one(music, one)
    left = {name for name in files_below(path) if re.search(r"\.npy\.\w{6}$", name)}
    assert len(left) <= 1, left  # what it was writing, which is tidied away when it is an hour old
    check_same({name: content for name, content in files_below(path).items() if name not in left}, files_below(one),
               "killed, resumed by three")

    # One cannot write, or finds other music: all end, and one of them says why.
    path = os.path.join(folder, "faulty")
    for genre in "rock", "Música clásica", "enka":  # some of it is in the way of each
        for number in range(6):
            os.makedirs(os.path.join(path, genre, f"演歌 {number % 2}-{number:02}.npy"))
    output = finish(mpirun(2, *extract(music, path)), 1)
    complaints = said(output, "extract")
    assert len(complaints) == 1 and "cannot be written" in complaints[0], output
    path = os.path.join(folder, "refused")
    other = os.path.join(folder, "other")
    os.makedirs(os.path.join(other, "rock"))
    shutil.copy(os.path.join(music, "rock", "演歌 0", "00.wav"), os.path.join(other, "rock"))
    command = ["sh", "-c", '[ "$OMPI_COMM_WORLD_RANK" = 1 ] && cd "$1"; shift; exec "$@"', "sh"]
    command += [other, *extract(".", path)]
    output = finish(mpirun(2, *command, cwd=music), 1)
    complaints = said(output, "extract")
    assert len(complaints) == 1 and "process 1 finds other music" in complaints[0], output
    assert not os.path.exists(path), "begun all the same"
