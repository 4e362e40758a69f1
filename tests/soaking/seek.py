# SPDX-License-Identifier: GPL-2.0-or-later
"""The element in playbin, which is sent to random places and states: it never hangs, it goes on
answering, and nothing grows."""
import json
import os
import queue
import subprocess
import sys
import threading
import time

import songs
from figures import Figures, Verdict, memory_rise, second_half

PATIENCE = 120  # s for one thing that is done, on a busy machine
FILES = {"mp3": [], "ogg": ["-c:a", "libvorbis"], "flac": ["-ar", "48000"],
         "wav": ["-ac", "1", "-ar", "22050"], "opus": ["-c:a", "libopus"]}
SECONDS = 40
SHARE = 0.05
SHARE_OF_SHORT = 0.3
MORE_THREADS = 3  # GLib keeps some for a while
PLAYER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "player.py")


def show_threads(pid):
    """Where it stands, if gdb is there."""
    try:
        done = subprocess.run(["gdb", "-p", str(pid), "-batch", "-nx", "-ex", "thread apply all bt 20"],
                              capture_output=True, timeout=120, check=False)
    except (FileNotFoundError, subprocess.TimeoutExpired):
        print("no backtrace: gdb is not installed, or does not answer", flush=True)
        return
    print(done.stdout.decode(errors="replace"), flush=True)


class Player:
    """The process that plays; a line of it for all that it has done."""

    def __init__(self, files, minutes, seed, hasty):
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            [sys.executable, PLAYER, str(minutes), str(seed), str(int(hasty)), *files],
            stdout=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def __iter__(self):
        """What it says, until it ends or hangs."""
        while True:
            try:
                line = self.lines.get(timeout=PATIENCE)
            except queue.Empty:
                show_threads(self.process.pid)
                self.process.kill()
                yield {"hang": f"nothing was done for {PATIENCE} s"}
                return
            if line is None:
                return
            yield json.loads(line)


def summarise(verdict, player, share):
    """Reads all that the player says."""
    rests, counts, doing = [], {}, "begun"
    for said in player:
        if "hang" in said:
            verdict.check(False, f"after \"{doing}\": {said['hang']}")
        elif "doing" in said:
            doing = said["doing"]
            name = doing.split(" ")[0]
            counts[name] = counts.get(name, 0) + 1
        elif "fault" in said:
            verdict.check(False, f"{said['fault']}, after \"{doing}\"")
        elif "rest" in said:
            rests.append((Figures(player.process.pid), said["rest"]))
        elif "skip" in said:
            songs.skip(said["skip"])
    status = player.process.wait(PATIENCE)
    verdict.check(status == 0, f"the player ended with {status}, after \"{doing}\"")
    print("done: " + ", ".join(f"{n} {name}" for name, n in sorted(counts.items())), flush=True)
    if verdict.check(len(rests) > 2, f"only {len(rests)} songs were heard to their end"):
        check_figures(verdict, rests, share)
    return counts


def check_figures(verdict, rests, share):
    samples = [figures for figures, _ in rests]
    print(f"{rests[-1][1]} answers; at the first rest {samples[0]}; at the last {samples[-1]}; memory "
          f"{memory_rise(samples):+.3f} MB a minute", flush=True)
    verdict.check_flat("the player", samples, share)
    for name, more in ("threads", MORE_THREADS), ("descriptors", 2):
        first = max(getattr(one, name) for one in samples[:len(samples) // 2])
        last = max(getattr(one, name) for one in second_half(samples))
        verdict.check(last <= first + more, f"{last} {name} in the second half, {first} in the first")
    answers = [n for _, n in rests]
    verdict.check(all(b > a for a, b in zip(answers, answers[1:])), "no more answers came")


def soak(options):
    """Faults, as texts."""
    songs.check_tools()
    hasty = options.minutes < 2
    print(f"seek: {options.minutes:g} minutes, seed {options.seed}"
          + (", ten times a second" if hasty else ""), flush=True)
    files = []
    for i, (ending, how) in enumerate(FILES.items()):
        songs.encode(f"song.{ending}", 9 * i + 20, SECONDS, *how)
        files.append(os.path.abspath(f"song.{ending}"))
    verdict = Verdict()
    begin = time.monotonic()
    player = Player(files, options.minutes, options.seed, hasty)
    try:
        counts = summarise(verdict, player, SHARE_OF_SHORT if hasty else SHARE)
    finally:
        player.process.kill()
    verdict.check(counts.get("seek", 0) > 3, f"{counts.get('seek', 0)} seeks")
    print(f"{time.monotonic() - begin:.0f} s altogether", flush=True)
    return verdict.faults
