#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""slurm_array.py GENRE-TRAIN: a job array like that of docs/training.md, on a Slurm of one node that is started here
and ended again, leaves what one run leaves. Exit status 77 where Slurm (Debian: slurm-wlm) is absent, or
cannot be started: it wants root, and ports and processes that some containers do not give."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "learning"))
from small_music import files_below, make_music  # noqa: E402
from small_runs import check_same  # noqa: E402

program = os.path.abspath(sys.argv[1])
NODE = socket.gethostname().split(".")[0]
CONFIGURATION = """
ClusterName=test
SlurmctldHost={node}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CryptoType=crypto/munge
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
ReturnToService=2
NodeName={node} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes={node} Default=YES State=UP
"""


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def free_ports(n):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Slurm:
    """munged, slurmctld and slurmd in @folder, until it is left."""

    def __init__(self, folder):
        self.folder, self.daemons = folder, []
        self.environment = dict(os.environ, SLURM_CONF=os.path.join(folder, "slurm.conf"))

    def start(self, *command):
        with open(os.path.join(self.folder, command[0] + ".log"), "wb") as log:
            self.daemons.append(subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment))

    def __enter__(self):
        munge = os.path.join(self.folder, "munge")
        for name in "munge", "state", "spool":
            os.mkdir(os.path.join(self.folder, name), 0o755)
        with open(os.path.join(munge, "key"), "wb") as file:
            os.fchmod(file.fileno(), 0o400)
            file.write(os.urandom(1024))
        with open(self.environment["SLURM_CONF"], "w", encoding="ascii") as file:
            file.write(CONFIGURATION.format(node=NODE, folder=self.folder, ports=free_ports(2)))
        self.start("munged", "--foreground", "--force", *[f"--{what}={munge}/{name}" for what, name in (
            ("key-file", "key"), ("socket", "socket"), ("pid-file", "pid"), ("seed-file", "seed"))])
        self.start("slurmctld", "-D", "-i")
        self.start("slurmd", "-D", "-N", NODE)
        return self

    def __exit__(self, *_):
        for daemon in reversed(self.daemons):
            daemon.terminate()
            daemon.wait()

    def is_ready(self):
        """Once the node is idle; not if a daemon has ended, or after a minute in which it is not."""
        end = time.monotonic() + 60
        while all(daemon.poll() is None for daemon in self.daemons) and time.monotonic() < end:
            state = subprocess.run(["sinfo", "--noheader", "--format=%T"], env=self.environment,
                                   capture_output=True, check=False).stdout
            if state.strip() == b"idle":
                return True
            time.sleep(0.1)
        return False


if not all(shutil.which(name) for name in ("munged", "slurmctld", "slurmd", "sbatch")):
    skip("no Slurm (Debian: slurm-wlm)")
if os.geteuid() != 0:
    skip("only root can start a Slurm")
with tempfile.TemporaryDirectory() as scratch:
    os.chmod(scratch, 0o755)  # munged wants nobody else to be able to write there
    music, path = os.path.join(scratch, "music"), os.path.join(scratch, "by-slurm")
    make_music(music)
    subprocess.run([program, "extract", music, os.path.join(scratch, "one")], check=True)
    os.mkdir(os.path.join(scratch, "slurm"), 0o755)
    with Slurm(os.path.join(scratch, "slurm")) as slurm:
        if not slurm.is_ready():
            skip("Slurm does not come up here")
        line = (f"{program} extract --shard $SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT "
                f"--threads $SLURM_CPUS_PER_TASK {music} {path}")
        output = os.path.join(scratch, "part-%a")
        subprocess.run(["sbatch", "--wait", "--array=1-2", "--cpus-per-task=1", "--output", output,
                        "--wrap", line], check=True, env=slurm.environment)
    for part in range(1, 3):
        with open(os.path.join(scratch, f"part-{part}"), encoding="utf-8") as file:
            assert "spectrograms made" in file.read()
    check_same(files_below(path), files_below(os.path.join(scratch, "one")), "job array")
