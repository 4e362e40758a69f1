#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""radio_faults.py GENRE_RADIO FAULT_LIBRARY FOLDER SONG...: whatever genre-radio does to its history fails once, or is
what it is killed at; or it is killed at random moments.

After each of them the database is intact, what was in it before is in it, and so is every song that was told of but
the last. What failed is said, and the next run goes on in the same file."""
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "faults"))
import interruption  # noqa: E402

RADIO, LIBRARY, FOLDER = sys.argv[1:4]
SONGS = sys.argv[4:]
STATE = f"{FOLDER}/state"
HISTORY = f"{STATE}/radio.sqlite"
COMMAND = [RADIO, "--json", "--history", HISTORY, *SONGS]
SEED = int(os.environ.get("GENRE_TEST_SEED", time.time_ns() % 10**6))
DRAW = random.Random(SEED)


def fail(text):
    sys.exit(f"FAIL (GENRE_TEST_SEED={SEED}): {text}")


def read_songs(what):
    """Of an intact history; [] if there is none yet."""
    if not os.path.exists(HISTORY):
        return []
    database = sqlite3.connect(HISTORY, timeout=60)
    try:
        found = database.execute("PRAGMA integrity_check").fetchall()
        if found != [("ok",)] or database.execute("PRAGMA foreign_key_check").fetchall():
            fail(f"{what}: the database is damaged: {found}")
        if database.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'song'").fetchone() == (0,):
            return []
        return database.execute("SELECT rowid, station, start, end, title FROM song ORDER BY rowid").fetchall()
    except sqlite3.Error as error:
        return fail(f"{what}: the database cannot be read: {error}")
    finally:
        database.close()


def count_told(output):
    """Songs that were over."""
    told = 0
    for line in output.splitlines():
        try:
            told += json.loads(line).get("final", False)
        except ValueError:
            pass  # of standard error, or half a line
    return told


def run_on(what):
    """Undisturbed: all songs are added."""
    before = read_songs(what)
    done = subprocess.run(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600, check=False)
    if done.returncode != 0:
        fail(f"{what}: the next run ends with {done.returncode}\n{done.stdout.decode(errors='replace')}")
    after = read_songs(what)
    if after[:len(before)] != before or len(after) != len(before) + len(SONGS):
        fail(f"{what}: the next run makes of {before} {after}")


def start_anew(with_history):
    shutil.rmtree(STATE, ignore_errors=True)
    if with_history:
        shutil.copytree(f"{FOLDER}/before", STATE)
    else:
        os.makedirs(STATE)


def check(what, how, before, status, output):
    songs = read_songs(what)
    if status in interruption.CRASHED:
        fail(f"{what}: it crashed ({status})\n{output}")
    if songs[:len(before)] != before:
        fail(f"{what}: of {before} there is left {songs}")
    added, told = len(songs) - len(before), count_told(output)
    if how.startswith("kill"):
        if added < told - 1:
            fail(f"{what}: {told} songs were over, and {added} are written")
        return
    if status == 0 and told != len(SONGS):
        fail(f"{what}: it did not listen on, {told} songs of {len(SONGS)}\n{output}")
    if status not in (0, 1) or (status == 1 and f"{HISTORY}: " not in output):
        fail(f"{what}: status {status}, and the file is not named\n{output}")
    if status == 0 and added < told and f"{HISTORY}: not written: " not in output:
        fail(f"{what}: {added} of {told} songs are written, and nothing is said\n{output}")
    if how == "short" and (status != 0 or added < told):
        fail(f"{what}: status {status}, {added} of {told} songs\n{output}")


def interrupt(how, with_history, step):
    """About every @step-th moment; how many there were."""
    interrupted = interruption.Interruption(LIBRARY, f"{FOLDER}/counter", how, (STATE,))
    at = done = 0
    while True:
        at += DRAW.randrange(1, 2 * step)
        what = f"{how} at {at}, {'an old' if with_history else 'a new'} history"
        start_anew(with_history)
        before = read_songs(what)
        status, output, count = interrupted.run(COMMAND, at)
        if at > count:
            print(f"{what[:what.index(' at')]}: {done} of {count} moments")
            return done
        check(what, how, before, status, output)
        run_on(what)
        done += 1


def kill_anytime(n):
    begin = time.monotonic()
    start_anew(False)
    run_on("undisturbed")
    duration = time.monotonic() - begin
    start_anew(False)
    killed = 0
    for i in range(n):
        what = f"kill {i} at a random moment"
        before = read_songs(what)
        with open(f"{FOLDER}/told", "wb") as told:
            begin = time.monotonic()
            process = subprocess.Popen(COMMAND, stdout=told, stderr=subprocess.DEVNULL)
            try:
                process.wait(DRAW.uniform(0.2, 1) * duration)
                duration = min(duration, time.monotonic() - begin)  # the machine has become faster
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                killed += 1
        with open(f"{FOLDER}/told", encoding="utf-8", errors="replace") as told:
            check(what, "kill", before, process.returncode, told.read())
    run_on("killed often")
    return killed


start_anew(False)
run_on("at first")
shutil.copytree(STATE, f"{FOLDER}/before")
n_moments = (interrupt("fail", False, 8) + interrupt("fail", True, 5) + interrupt("fail-io", True, 15) +
             interrupt("short", False, 20) + interrupt("kill-before", False, 12) + interrupt("kill-before", True, 8) +
             interrupt("kill-after", True, 15))
n_kills = kill_anytime(8)
if n_moments < 10 or n_kills < 1:
    fail(f"{n_moments} moments, {n_kills} kills: nothing was disturbed")
print(f"{n_moments} moments, {n_kills} kills, GENRE_TEST_SEED={SEED}")
