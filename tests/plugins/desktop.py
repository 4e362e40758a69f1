# SPDX-License-Identifier: GPL-2.0-or-later
"""A screen, a session bus and a home of their own for a player under test."""
import concurrent.futures
import contextlib
import os
import pathlib
import subprocess
import tempfile
import time
import traceback

import samples

# No loudspeaker is found, and songs are played in silence.
SINKS = ("alsa", "jackaudio", "openal", "oss", "oss4", "pipewire", "pulse")
SILENT = ",".join(f"{sink}sink:NONE" for sink in SINKS)
# Root could write files that are read-only, unless it gives that up.
LIKE_A_USER = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
PATIENCE = 400  # s for whatever is waited for
AT_ONCE = 4  # desktops: players play in real time and do nothing most of it


def wait_for(condition, what):
    """Returns what condition() returns as soon as that is true."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.1)
    raise AssertionError(f"waited {PATIENCE} s for {what}")


class Desktop:
    """A context; programs that it has started end with it."""

    def __init__(self, root):
        samples.need("Xvfb", "dbus-daemon")
        self.root = pathlib.Path(root)
        self.log = self.root / "player.log"
        self._running = contextlib.ExitStack()
        self.environment = dict(
            os.environ, HOME=str(self.root), LC_ALL="C.UTF-8", NO_AT_BRIDGE="1", GDK_BACKEND="x11",
            GIO_USE_VFS="local", GSETTINGS_BACKEND="keyfile", GST_PLUGIN_FEATURE_RANK=SILENT,
        )
        for name in ("config", "data", "cache", "state", "runtime"):
            (self.root / name).mkdir(mode=0o700)
            variable = "XDG_RUNTIME_DIR" if name == "runtime" else f"XDG_{name.upper()}_HOME"
            self.environment[variable] = str(self.root / name)

    def __enter__(self):
        screen = ["Xvfb", "-displayfd", "1", "-screen", "0", "1100x700x24", "-nolisten", "tcp"]
        bus = ["dbus-daemon", "--session", "--nofork", "--print-address=1"]
        with contextlib.ExitStack() as stack:
            self._running = stack
            self.environment["DISPLAY"] = ":" + self._start_and_read(screen)
            self.environment["DBUS_SESSION_BUS_ADDRESS"] = self._start_and_read(bus)
            self._running = stack.pop_all()
        return self

    def __exit__(self, *fault):
        if fault[0] and self.log.exists():
            print(self.log.read_text(errors="replace"))
        self._running.close()

    def _start_and_read(self, command):
        """The first line that a program says once it is ready."""
        return self.start(command, stdout=subprocess.PIPE).stdout.readline().decode().strip()

    def start(self, command, **options):
        with open(self.log, "ab") as log:
            options = {"stdout": log, "stderr": log, **options}
            process = subprocess.Popen(command, env=self.environment, cwd=self.root, **options)
        self._running.callback(end, process)
        return process

    def run(self, *command):
        """What a program says."""
        done = subprocess.run(
            command, env=self.environment, cwd=self.root, stdout=subprocess.PIPE, timeout=PATIENCE,
            check=True,
        )
        return done.stdout.decode(errors="replace")

    def install_plugin(self, player):
        self.run(os.path.join(os.environ["GENRE_PLUGINS"], "install"), player)


def end(process):
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()


def run_each(cases, music):
    """Runs each of (test, options) on a desktop of its own, several at once; exits with 1 if one fails."""
    def run_once(test, options):
        with tempfile.TemporaryDirectory() as root, Desktop(root) as desktop:
            test(desktop, music, **options)

    def run(test, options):
        print(test.__name__, *(options or ""), flush=True)
        try:
            try:
                run_once(test, options)
            except subprocess.TimeoutExpired as fault:
                # a player may wait for itself (Rhythmbox 3.4.6 did once in a hundred runs); for us it would again
                print("once more:", test.__name__, fault, flush=True)
                run_once(test, options)
            return True
        except Exception:
            print("failed:", test.__name__, traceback.format_exc(), flush=True)
            return False

    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        runs = [pool.submit(run, *case) for case in cases]
    if not all(done.result() for done in runs):
        raise SystemExit(1)
