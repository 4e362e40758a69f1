#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""faults.py GENRE-TRAIN FAULT_LIBRARY HOW COMMAND=STEP...: whatever `genre-train COMMAND` does to files fails once, or
is what it is killed at, each time or every STEP-th; or (HOW is "anytime") it is killed at STEP random moments.

After each of them there is nothing under a final name that is not whole: what was there before, or what comes of an
undisturbed run. A failure names the file and its cause. The next run completes it: the same bytes."""
import math
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import wave

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "learning"), os.path.join(HERE, "..", "..", "faults")]
import interruption  # noqa: E402
import small_runs  # noqa: E402

PROGRAM, LIBRARY, HOW = sys.argv[1:4]
SEED = int(os.environ.get("GENRE_TEST_SEED", time.time_ns() % 10**6))
DRAW = random.Random(SEED)
FOLDER = OUT = OUT_BEFORE = COMMAND = ""  # of the command that is tested
LEFTOVER = re.compile(r"\.[A-Z0-9]{6}$")  # of a file that was being written
CACHE = "tags.tsv"  # what it holds is read again where it is missing
CAUSES = {"fail": "No space left on device", "fail-io": "Input/output error"}
KILLS = ("kill-before", "kill-after", "anytime")


def fail(text):
    sys.exit(f"FAIL (GENRE_TEST_SEED={SEED}): {text}")


def write_tones(folder):
    """Three genres of two songs of 2 s."""
    for number, genre in enumerate(small_runs.GENRES):
        os.makedirs(f"{folder}/{genre}")
        for song in range(2):
            pitch = 300 * 2**number + 40 * song
            with wave.open(f"{folder}/{genre}/song{song}.wav", "wb") as file:
                file.setparams((1, 2, 11025, 0, "NONE", ""))
                for t in range(22050):
                    level = 8000 * math.sin(2 * math.pi * pitch * t / 11025) * (1 + math.sin(t / 900))
                    file.writeframesraw(struct.pack("<h", int(level)))


def extract():
    write_tones(f"{FOLDER}/music")
    return ["extract", f"{FOLDER}/music", OUT, "--threads", "1", "--bands", "32"], []


def train():
    small_runs.make_dataset(FOLDER)
    # its output is there already, and is not to be lost
    for name in "model", "model.json", "curve.png":
        with open(f"{OUT_BEFORE}/{name}", "wb") as file:
            file.write(b"precious{\n" * 100)  # as a model begins: nothing else is written over
    more = ("--threads", "1", "--checkpoint-every", "0.0001", "--picture", f"{OUT}/curve.png",
            "--set", "training.epochs=4")
    return small_runs.arguments(FOLDER, f"{OUT}/model", *more), ["--resume"]


def train_table():
    """The history is a table that grows."""
    small_runs.make_dataset(FOLDER)
    more = ("--threads", "1", "--history", f"{OUT}/history.csv", "--set", "training.epochs=4")
    return small_runs.arguments(FOLDER, f"{OUT}/model", *more), ["--resume"]


def evaluate():
    small_runs.make_dataset(FOLDER)
    model = f"{FOLDER}/model"
    subprocess.run([PROGRAM, *small_runs.arguments(FOLDER, model), "--set", "training.epochs=1"], check=True,
                   capture_output=True)
    for name in "result.json", "scores.tsv":
        with open(f"{OUT_BEFORE}/{name}", "wb") as file:
            file.write(b"precious\n" * 100)
    return ["evaluate", "--model", model, "--data", f"{FOLDER}/data", "--json", f"{OUT}/result.json",
            "--scores", f"{OUT}/scores.tsv", "--pictures", f"{OUT}/pictures", "--threads", "1"], []


def cross_validate():
    small_runs.make_dataset(FOLDER, clips=4)
    return ["cross-validate", "--data", f"{FOLDER}/data", "--random", "--folds", "2", "--output", f"{OUT}/folds",
            "--threads", "1", *small_runs.settings(2)], ["--resume"]


def learn():
    write_tones(f"{FOLDER}/music")
    return ["learn", f"{FOLDER}/music", "--labels", "folders", "--output", f"{OUT}/model", "--from", "none",
            "--min-artists", "2", "--folds", "2", "--threads", "1", *small_runs.settings(2)], []


def read_all():
    """By path below OUT; None: a folder."""
    found = {}
    for folder, folders, files in os.walk(OUT):
        for name in files:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, OUT)] = small_runs.content(path)
        for name in folders:
            found[os.path.relpath(os.path.join(folder, name), OUT)] = None
    return found


def start_anew():
    shutil.rmtree(OUT, ignore_errors=True)
    shutil.copytree(OUT_BEFORE, OUT)


def may_be(name, content, before, after):
    """What lies under a final name."""
    if name.endswith(".checkpoint"):
        return True  # the next run says what it is worth
    if name.endswith(".csv") and name in after:
        return after[name].startswith(content) and content.endswith(b"\n")
    if name.endswith("sources.tsv") and name in after:  # of the spectrograms so far
        return content.endswith(b"\n") and set(content.splitlines()) <= set(after[name].splitlines())
    return any(name in whole and whole[name] == content for whole in (before, after))


def check_whole(what, before, after):
    """Half of a file has a name of its own, and is left by those that were killed alone."""
    for name, content in read_all().items():
        if LEFTOVER.search(name):
            if HOW not in KILLS:
                fail(f"{what}: {name} is left")
        elif not may_be(name, content, before, after):
            fail(f"{what}: {name} is neither what it was nor what it was to become")


def check_fault(what, status, output):
    """It says which file and why, unless it could do without."""
    if status in interruption.CRASHED:
        fail(f"{what}: it crashed ({status})\n{output}")
    if HOW in KILLS or status == 0:
        return
    if HOW == "short":
        fail(f"{what}: status {status}\n{output}")
    if status != 1 or CAUSES[HOW] not in output or not re.search(re.escape(OUT) + r"\S*: ", output):
        fail(f"{what}: status {status}, and it does not say which file and \"{CAUSES[HOW]}\"\n{output}")


def without_leftovers(found):
    return {name: content for name, content in found.items() if not LEFTOVER.search(name)}


def complete(what, command, after):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        fail(f"{what}: the next run ends with {done.returncode}\n{done.stdout.decode(errors='replace')}")
    check_same(what, without_leftovers(read_all()), after)


def check_same(what, found, after):
    if found.keys() != after.keys():
        fail(f"{what}: there are {sorted(found.keys() - after.keys())}, but not {sorted(after.keys() - found.keys())}")
    other = [name for name in after if found[name] != after[name]]
    if other:
        fail(f"{what}: {other} are not what an undisturbed run writes")


def run_undisturbed(command):
    start_anew()
    before = read_all()
    begin = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    return before, read_all(), time.monotonic() - begin


def interrupt_each(command, again, step):
    """At every moment, or about every @step-th; how many there were."""
    before, after, _ = run_undisturbed(command)
    interrupted = interruption.Interruption(LIBRARY, f"{FOLDER}/counter", HOW, (OUT,))
    at = done = 0
    while True:
        at += DRAW.randrange(1, 2 * step)
        what = f"{COMMAND}, {HOW} at {at}"
        start_anew()
        status, output, count = interrupted.run(command, at)
        if at > count:
            break
        done += 1
        check_whole(what, before, after)
        check_fault(what, status, output)
        if status == 0 and HOW not in KILLS:  # a fault that does no harm, as when it has been written already
            found = read_all()
            check_same(what, {name: text for name, text in without_leftovers(found).items()
                              if not name.endswith(".checkpoint") or name in after},
                       {name: text for name, text in after.items()
                        if name in found or os.path.basename(name) != CACHE})
        complete(what, command + again, after)
    return done


def kill_anytime(command, again, n_kills):
    before, after, duration = run_undisturbed(command)
    killed = 0
    for n in range(n_kills):
        what = f"{COMMAND}, kill {n}"
        start_anew()
        for each in (command, command + again):  # the next run is killed, too
            begin = time.monotonic()
            process = subprocess.Popen(each, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                process.wait(DRAW.uniform(0, duration))
                if each is command:  # the machine has become faster
                    duration = min(duration, time.monotonic() - begin)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                killed += 1
            check_whole(what, before, after)
        complete(what, command + again, after)
    return killed


def test(command_name, step):
    global FOLDER, OUT, OUT_BEFORE, COMMAND
    with tempfile.TemporaryDirectory() as FOLDER:
        COMMAND, OUT, OUT_BEFORE = command_name, f"{FOLDER}/out", f"{FOLDER}/before"
        os.makedirs(OUT_BEFORE)
        arguments, more = globals()[COMMAND.replace("-", "_")]()
        command = [PROGRAM, *arguments]
        n = (kill_anytime if HOW == "anytime" else interrupt_each)(command, more, step)
    if n < 1:
        fail(f"{COMMAND}: {n} moments: nothing was disturbed")
    print(f"{COMMAND}: {HOW} at {n} moments, GENRE_TEST_SEED={SEED}")


if HOW != "anytime" and not interruption.works(LIBRARY, PROGRAM, "--version"):
    print("SKIP: no LD_PRELOAD: a sanitizer wants to be first")
    sys.exit(77)
for word in sys.argv[4:]:
    name, _, each = word.partition("=")
    test(name, int(each))
