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
import time

sys.dont_write_bytecode = True
import small_runs  # noqa: E402

program = sys.argv[1]
if not shutil.which("mpirun"):
    print("skipped: no mpirun (Debian: openmpi-bin)")
    sys.exit(77)
environment = dict(os.environ, OMPI_MCA_btl_vader_single_copy_mechanism="none")


def mpirun(ranks, *command, **options):
    """Processes share what cores there are; root, as in containers, is not refused."""
    flags = ["--oversubscribe", "--bind-to", "none"]
    flags += ["--allow-run-as-root"] if os.geteuid() == 0 else []
    return subprocess.Popen(
        ["mpirun", *flags, "-n", str(ranks), *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        **options,
    )


def finish(process, status=0, seconds=240):
    output = process.communicate(timeout=seconds)[0].decode()
    assert (process.returncode == 0) == (status == 0), (process.returncode, output)
    return output


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

    # One of two is asked to stop: both do. Resumed in one and in three. (Not by way of mpirun, which
    # passes signals on in its own time.)
    path = os.path.join(folder, "stopped.model")
    long = ("--threads", "1", "--set", "training.epochs=60", "--checkpoint-every", "0.01")
    arguments = small_runs.arguments(folder, path, *long)
    pid = os.path.join(folder, "pid")
    shell = f'echo $$ > "{pid}.$OMPI_COMM_WORLD_RANK"; exec "$@"'
    process = mpirun(2, "sh", "-c", shell, "sh", program, *arguments)
    while not os.path.exists(path + ".checkpoint") and process.poll() is None:
        time.sleep(0.01)
    os.kill(int(small_runs.content(pid + ".1")), signal.SIGTERM)
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
    shell = 'if [ "$OMPI_COMM_WORLD_RANK" = 1 ]; then set -- "$@" --set %s; fi; exec "$@"'
    for setting, complaint in (
        ("training.seed=9", "process 1 has another recipe"),
        ("training.epochs=none", '"none"'),
    ):
        command = ["sh", "-c", shell % setting, "sh", program]
        output = finish(mpirun(3, *command, *small_runs.arguments(folder, path)), 1, 60)
        assert output.count("genre-train train:") == 1 and complaint in output, output
    checkpoint = ("--checkpoint", "/dev/null/x", "--checkpoint-every", "0.01")
    output = finish(mpirun(2, program, *small_runs.arguments(folder, path, *checkpoint)), 1, 60)
    assert output.count("genre-train train:") == 1 and "/dev/null/x" in output, output
