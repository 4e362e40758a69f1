# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that fail, or are killed, at a chosen one of the moments at which they change files (fault.c)."""
import os
import signal
import struct
import subprocess

CRASHED = (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGFPE,
           128 + signal.SIGSEGV, 128 + signal.SIGABRT, 128 + signal.SIGBUS)


class Interruption:
    """Of what @how says, to what happens below @folders; @counter is a file that it makes."""

    def __init__(self, library, counter, how, folders, **environment):
        self.counter = counter
        self.environment = dict(os.environ, LD_PRELOAD=library, FAULT_COUNT=counter, FAULT_HOW=how,
                                FAULT_UNDER=":".join(folders), **environment)

    def start(self, command, at):
        """In a process group of its own, interrupted at moment @at, 0: never."""
        with open(self.counter, "wb") as file:
            file.write(bytes(8))
        return subprocess.Popen(command, env=dict(self.environment, FAULT_AT=str(at)), start_new_session=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def count(self):
        """How many moments there were."""
        with open(self.counter, "rb") as file:
            return struct.unpack("Q", file.read())[0]

    def run(self, command, at):
        """Status, what was printed, and how many moments there were. Its children hold the pipe, so that they are
        gone, too."""
        with self.start(command, at) as process:
            output = process.communicate(timeout=600)[0].decode(errors="replace")
        return process.returncode, output, self.count()


def works(library, *command):
    """Whether the library can be loaded into it: a sanitizer wants to be first."""
    done = subprocess.run(command, env=dict(os.environ, LD_PRELOAD=library), stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, check=False)
    return done.returncode == 0 and not done.stderr
