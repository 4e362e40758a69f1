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
from figures import Figures, Verdict, rise, second_half

PATIENCE = 120  # s for one thing that is done, on a busy machine
FILES = {"mp3": [], "ogg": ["-c:a", "libvorbis"], "flac": ["-ar", "48000"],
         "wav": ["-ac", "1", "-ar", "22050"], "opus": ["-c:a", "libopus"]}
SECONDS = 40
MORE_LIVE = 0.4  # MB over the second half
MORE = ("threads", 1, 3), ("descriptors", 1, 2), ("resident", 1.5, 20)  # factor, and in addition
PLAYER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "player.py")


def show_threads(pid):
    """Where it stands, if gdb is there."""
    try:
        done = subprocess.run(["gdb", "-p", str(pid), "-batch", "-nx", "-ex",
                               "thread apply all bt 20"], capture_output=True, timeout=120,
                              check=False)
    except (FileNotFoundError, subprocess.TimeoutExpired):
        print("no backtrace: gdb is not installed, or does not answer", flush=True)
        return
    print(done.stdout.decode(errors="replace"), flush=True)


class Rest:
    """What the player held in NULL, after how many answers."""

    def __init__(self, said):
        self.figures = Figures.of(said["holds"])
        self.time = self.figures.time
        self.live, self.answers = said["live"], said["rest"]


class Player:
    """The process that plays; a line of it for all that it has done."""

    def __init__(self, files, minutes, seed, hasty):
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            [sys.executable, "-B", PLAYER, str(minutes), str(seed), str(int(hasty)), *files],
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


def summarise(verdict, player, minutes):
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
            rests.append(Rest(said))
        elif "skip" in said:
            songs.skip(said["skip"])
    status = player.process.wait(PATIENCE)
    verdict.check(status == 0, f"the player ended with {status}, after \"{doing}\"")
    print("done: " + ", ".join(f"{n} {name}" for name, n in sorted(counts.items())), flush=True)
    if verdict.check(len(rests) > 2, f"only {len(rests)} songs were heard to their end"):
        check_figures(verdict, rests, minutes)
    return counts


def check_figures(verdict, rests, minutes):
    half = second_half(rests)
    slope = rise([(one.time, one.live) for one in half])
    grown = slope * (half[-1].time - half[0].time) / 60
    print(f"{rests[-1].answers} answers; at the first rest {rests[0].figures}, at the last "
          f"{rests[-1].figures}; {half[-1].live:.2f} MB allocated, {slope:+.4f} MB a minute over "
          f"the second half", flush=True)
    verdict.check(minutes < 2 or grown <= MORE_LIVE,
                  f"{grown:.2f} MB more are allocated at the end of the second half; {MORE_LIVE} "
                  f"are nothing")
    for name, factor, more in MORE:
        first = max(getattr(one.figures, name) for one in rests[:(len(rests) + 1) // 2])
        last = max(getattr(one.figures, name) for one in half)
        verdict.check(last <= factor * first + more,
                      f"{name}: {last:.0f} in the second half, {first:.0f} in the first")
    answers = [one.answers for one in rests]
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
        counts = summarise(verdict, player, options.minutes)
    finally:
        player.process.kill()
    verdict.check(counts.get("seek", 0) > 3, f"{counts.get('seek', 0)} seeks")
    print(f"{time.monotonic() - begin:.0f} s altogether", flush=True)
    return verdict.faults
