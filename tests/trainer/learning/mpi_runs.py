# SPDX-License-Identifier: GPL-2.0-or-later
"""genre-train under mpirun, for the tests of what several processes do together."""
import os
import shutil
import subprocess
import sys
import time

environment = dict(os.environ, OMPI_MCA_btl_vader_single_copy_mechanism="none")


def skip_without_mpirun():
    if not shutil.which("mpirun"):
        print("skipped: no mpirun (Debian: openmpi-bin)")
        sys.exit(77)


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


def finish(process, status=0, seconds=600):
    output = process.communicate(timeout=seconds)[0].decode()
    assert (process.returncode == 0) == (status == 0), (process.returncode, output)
    return output


def noting_pids(folder, *command):
    """@command, each process of which leaves its number in FOLDER/pid.RANK."""
    shell = f'echo $$ > "{folder}/pid.$OMPI_COMM_WORLD_RANK"; exec "$@"'
    return ["sh", "-c", shell, "sh", *command]


def pid_of(folder, rank):
    with open(os.path.join(folder, f"pid.{rank}"), encoding="ascii") as file:
        return int(file.read())


def wait_until(holds, process):
    """Or until @process has ended, which whoever calls finds out."""
    while not holds() and process.poll() is None:
        time.sleep(0.01)


def with_other_words(rank, words, *command):
    """@command, with more @words (of the shell) where the rank is @rank."""
    shell = f'if [ "$OMPI_COMM_WORLD_RANK" = {rank} ]; then set -- "$@" {words}; fi; exec "$@"'
    return ["sh", "-c", shell, "sh", *command]


def said(output, command):
    """Lines of an error, one of which is expected whatever the number of processes."""
    return [line for line in output.splitlines() if line.startswith(f"genre-train {command}:")]
