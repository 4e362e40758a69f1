# SPDX-License-Identifier: GPL-2.0-or-later
"""genre-tag --write over a tree, killed again and again: no sound is lost, nothing is left, and
undo gives all of it back."""
import atexit
import contextlib
import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import time

import audiodigest
import songs
from figures import Figures, Verdict

FORMATS = {"mp3": ["-b:a", "48k", "-ar", "22050", "-ac", "1"], "wav": ["-ar", "11025", "-ac", "1"],
           "flac": ["-ar", "16000", "-ac", "1"], "opus": ["-b:a", "32k", "-ac", "1"],
           "ogg": ["-c:a", "libvorbis", "-ar", "22050", "-ac", "1"]}
CLIPS = 6  # of each format
SECONDS = 5  # a shorter one is never answered
A_FOLDER = 250  # files
DECODED = 60  # files that are decoded, too
WRITTEN, UNDONE, PASSED, ABANDONED = 1, 4, 6, 2  # states of a change in the journal
PATIENCE = 120  # s for the workers of who was killed to end
SHARE = 0.05
JOBS = 2


# ---- the tree

def tag_of_id3(text):
    frame = b"\0" + text.encode("latin-1")
    body = b"TIT2" + len(frame).to_bytes(4, "big") + b"\0\0" + frame
    return b"ID3\x03\0\0" + bytes([0, 0, len(body) >> 7, len(body) & 127]) + body


def entitle(ending, song, data, title):
    """The clip under a title of its own."""
    if ending in ("ogg", "opus"):
        return song.entitle(title)
    if ending == "mp3":
        return tag_of_id3(title) + data
    return data.replace(songs.PLACE.encode(), title.encode())


class Tree:
    """Files under music/: their checksums, of all and of the sound, and which clip each is."""

    def __init__(self, n, seed):
        self.random = random.Random(f"{seed} tree")
        self.digests, self.sounds, self.clips = {}, {}, {}
        clips = list(self.make_clips())
        for i in range(n):
            folder = os.path.abspath(f"music/{i // A_FOLDER:03}")
            os.makedirs(folder, exist_ok=True)
            path, ending, song, data = self.random.choice(clips)
            content = entitle(ending, song, data, f"Song {i:06}".ljust(len(songs.PLACE), "~"))
            name = os.path.join(folder, f"{i:06}.{ending}")
            with open(name, "wb") as file:
                file.write(content)
            self.digests[name] = hashlib.sha256(content).digest()
            self.sounds[name] = audiodigest.digest(content)
            self.clips[name] = path
        self.size = sum(os.path.getsize(name) for name in self.digests)

    @staticmethod
    def make_clips():
        for ending, how in FORMATS.items():
            for i in range(CLIPS):
                path = f"clip-{i}.{ending}"
                plain = ending == "mp3"
                more = ["-id3v2_version", "0", "-write_xing", "0"] if ending == "mp3" else []
                songs.encode(path, 13 * i + 15, SECONDS, *how, *more,
                             *([] if plain else ["-metadata", f"title={songs.PLACE}"]))
                with open(path, "rb") as file:
                    data = file.read()
                ogg = songs.Song("opus", path, SECONDS) if ending in ("ogg", "opus") else None
                yield path, ending, ogg, data

    def find_others(self):
        """Files that are not of the tree."""
        found = [os.path.join(folder, name) for folder, _, names in os.walk("music")
                 for name in names]
        return [path for path in found if os.path.abspath(path) not in self.digests]


# ---- genre-tag

def begin(*arguments):
    program = os.path.join(os.environ["GENRE_BUILD"], "pipelines", "genre-tag")
    with open("tag.err", "ab") as errors, open("tag.out", "ab") as output:
        # pylint: disable=consider-using-with
        process = subprocess.Popen([program, *arguments], stdout=output, stderr=errors,
                                   start_new_session=True,
                                   env={**os.environ, "TMPDIR": os.path.abspath("tmp")})
    atexit.register(process.kill)  # which does nothing to one that has ended
    return process


def wait_for_group(pid):
    """None of its workers outlives it for long; FALSE if one does."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            os.killpg(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    os.killpg(pid, signal.SIGKILL)
    return False


WRITE = ["--write", "--quiet", "--threshold", "0", "--min-music", "0", "--jobs", str(JOBS), "music"]


def write_and_kill(verdict, minutes, chance):
    """How often it was killed. Half of the time is for the run that finishes."""
    kills = 0
    pause = (60, 60) if minutes >= 10 else (5, 60) if minutes >= 2 else (0.3, 1)
    end = time.monotonic() + 30 * minutes
    while time.monotonic() < end:
        process = begin(*WRITE)
        try:
            process.wait(chance.uniform(*pause))
        except subprocess.TimeoutExpired:
            process.kill()
            kills += 1
        if process.wait() not in (0, -signal.SIGKILL):
            verdict.check(False, f"genre-tag ended with {process.returncode}")
        verdict.check(wait_for_group(process.pid), "a worker outlives who was killed")
        if process.returncode == 0:
            break
    return kills


def finish(verdict, *arguments):
    """What a run to its end held: of genre-tag itself, and of all of its workers together."""
    process = begin(*arguments)
    own, workers = [], []
    began = time.monotonic()
    while process.poll() is None:
        with contextlib.suppress(OSError, IndexError, ValueError):
            own.append(Figures(process.pid))
            path = f"/proc/{process.pid}/task/{process.pid}/children"
            with open(path, encoding="ascii") as file:
                of_workers = [Figures(int(pid)) for pid in file.read().split()]
            if len(of_workers) == JOBS:
                of_workers[0].resident = sum(one.resident for one in of_workers)
                workers.append(of_workers[0])
        time.sleep(0.5)
    verdict.check(process.returncode == 0, f"{arguments[0]} ended with {process.returncode}: "
                                           + read_end("tag.err"))
    print(f"{arguments[0]} to its end: {time.monotonic() - began:.0f} s", flush=True)
    for what, samples in ("genre-tag", own), ("its workers", workers):
        if len(samples) > 60:  # before that it warms up
            verdict.check_flat(what, samples, SHARE)
            first, last = samples[len(samples) // 2], samples[-2]
            verdict.check(last.descriptors <= first.descriptors + 4,
                          f"{what}: {last.descriptors} descriptors, {first.descriptors} before")


def read_end(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()[-1000:]


# ---- whether all is well

def decode(path):
    return subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-map", "0:a", "-f",
                           "md5", "-"], capture_output=True, check=True).stdout


def check_written(verdict, tree, chance):
    """Every file sounds as before, and has other tags."""
    same, other = [], []
    for name, digest in tree.digests.items():
        with open(name, "rb") as file:
            content = file.read()
        if hashlib.sha256(content).digest() == digest:
            same.append(name)
        if audiodigest.digest(content) != tree.sounds[name]:
            other.append(name)
    verdict.check(not other, f"{len(other)} files have another sound: {other[:5]}")
    verdict.check(not same, f"{len(same)} files were not written: {same[:5]}")
    some = chance.sample(sorted(tree.digests), min(DECODED, len(tree.digests)))
    wrong = [name for name in some if decode(name) != decode(tree.clips[name])]
    verdict.check(not wrong, f"decoded, they are not what they were: {wrong[:5]}")
    print(f"{len(tree.digests) - len(other)} of {len(tree.digests)} files have the sound of "
          f"before, {len(some) - len(wrong)} of {len(some)} decoded, too", flush=True)


def check_journal(verdict, tree, *states):
    """A row for each file, and one change in one of these states."""
    path = os.path.join(os.environ["XDG_STATE_HOME"], "genreclassify", "journal.sqlite")
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as journal:
        files = [os.fsdecode(path) for path, in journal.execute("SELECT path FROM files")]
        changes = journal.execute("SELECT path, state FROM changes WHERE state != ?",
                                  (ABANDONED,)).fetchall()
        whole = journal.execute("PRAGMA integrity_check").fetchone()[0]
    verdict.check(whole == "ok", f"the journal: {whole}")
    verdict.check(sorted(files) == sorted(tree.digests), f"{len(files)} rows for "
                                                         f"{len(tree.digests)} files")
    verdict.check(sorted(os.fsdecode(path) for path, _ in changes) == sorted(tree.digests),
                  f"{len(changes)} changes of {len(tree.digests)} files")
    odd = [(path, found) for path, found in changes if found not in states]
    verdict.check(not odd, f"{len(odd)} changes are not as they should be: {odd[:5]}")


def check_nothing_left(verdict, tree):
    left = tree.find_others() + os.listdir("tmp")
    verdict.check(not left, f"left over: {left[:5]}")


def check_undone(verdict, tree):
    wrong = []
    for name, digest in tree.digests.items():
        with open(name, "rb") as file:
            if hashlib.sha256(file.read()).digest() != digest:
                wrong.append(name)
    print(f"{len(tree.digests) - len(wrong)} of {len(tree.digests)} files are again what they were",
          flush=True)
    verdict.check(not wrong, f"{len(wrong)} files are not what they were: {wrong[:5]}")


def soak(options):
    """Faults, as texts."""
    songs.check_tools()
    chance = random.Random(f"{options.seed} kills")
    os.mkdir("tmp")
    tree = Tree(options.files, options.seed)
    print(f"tag: {options.files} files, {tree.size / 2 ** 20:.0f} MB, {options.minutes:g} "
          f"minutes, seed {options.seed}", flush=True)
    verdict = Verdict()
    kills = write_and_kill(verdict, options.minutes, chance)
    print(f"killed {kills} times", flush=True)
    verdict.check(kills > 0, "it was never killed")
    finish(verdict, *WRITE)
    check_written(verdict, tree, chance)
    check_journal(verdict, tree, WRITTEN)
    check_nothing_left(verdict, tree)
    process = begin("--undo", "--quiet")
    time.sleep(min(20, options.minutes))  # a second for each minute
    process.kill()
    print("undo: " + ("killed" if process.wait() == -signal.SIGKILL else "over before it was killed"), flush=True)
    verdict.check(wait_for_group(process.pid), "a worker outlives who was killed")
    finish(verdict, "--undo", "--quiet")
    check_undone(verdict, tree)
    check_journal(verdict, tree, UNDONE, PASSED)  # what it was killed at
    check_nothing_left(verdict, tree)
    return verdict.faults
