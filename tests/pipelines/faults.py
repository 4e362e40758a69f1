#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""faults.py GENRE_TAG FAULT_LIBRARY FOLDER fail|kill-before|kill-after|interrupt|hang-up|change|order [STEP]: whatever genre-tag does to files
and to its journal fails once, or is what it is killed at, in a library that FOLDER/old holds.

After each fault every file is what it was or what it was to become, byte for byte; the next run completes
it; undo, itself interrupted at every moment, gives all of it back. With "interrupt" and "hang-up" it is told to end, and
leaves nothing open or behind. What somebody moves or deletes after it was killed stays away; what a server has removed
comes back. With "change" somebody else appends to a file
at each moment, and what they have written is never lost. With "order" nothing fails, and what has to be on the disk
before something else, in case the power fails, is waited for before that."""
import ctypes
import os
import shutil
import sqlite3
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "faults"))
import interruption  # noqa: E402

TAG, LIBRARY, FOLDER, HOW = sys.argv[1:5]
GENTLE = ("interrupt", "hang-up")
STEP = int(sys.argv[5]) if len(sys.argv) > 5 else 1
MUSIC, STATE, LOG = f"{FOLDER}/music", f"{FOLDER}/state", f"{FOLDER}/log"
os.environ["XDG_STATE_HOME"] = STATE
INTERRUPTION = interruption.Interruption(LIBRARY, f"{FOLDER}/counter", HOW, (MUSIC, STATE),
                                         FAULT_FILE=f"{MUSIC}/song.wav", **({"FAULT_LOG": LOG} if HOW == "order" else {}))


def fail(text):
    sys.exit(f"FAIL: {text}")


def read_all(folder):
    result = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            result[name] = file.read()
    return result


def run(*arguments, at=None):
    """Status, output, and how many moments there were."""
    command = [TAG, "--jobs", "1", *arguments]
    if at is not None:
        return INTERRUPTION.run(command, at)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False)
    return done.returncode, done.stdout.decode(errors="replace"), 0


def restore(folder, target):
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder, target)


def start_from(music, state):
    """What was heard of the library's files holds for these copies."""
    restore(f"{FOLDER}/{music}", MUSIC)
    restore(f"{FOLDER}/{state}", STATE)
    with sqlite3.connect(f"{STATE}/genreclassify/journal.sqlite") as journal:
        for name in os.listdir(MUSIC):
            path = f"{MUSIC}/{name}"
            status = os.stat(path)
            journal.execute("UPDATE files SET heard_size = ?, heard_mtime = ?, heard_inode = ? WHERE path = ?",
                            (status.st_size, status.st_mtime_ns, status.st_ino, os.fsencode(path)))
    journal.close()


def is_leftover(name):
    return name.startswith(".genre-tag-")


def check_whole(what, old, new):
    """What a killed run leaves under a name of its own is no file of a person."""
    found = {name: text for name, text in read_all(MUSIC).items() if not is_leftover(name)}
    if found.keys() != old.keys():
        fail(f"{what}: files {sorted(found)}")
    for name, content in found.items():
        if content not in (old[name], new[name]):
            fail(f"{what}: {name} is neither what it was nor what it was to become")


def check_is(what, expected, output, leftovers=False):
    found = {name: text for name, text in read_all(MUSIC).items() if not (leftovers and is_leftover(name))}
    if found != expected:
        odd = [name for name in found if found[name] != expected.get(name)]
        fail(f"{what}: {odd} of {sorted(found)} are not as they should be\n{output}")


def check_nothing_open(what, output="", written=False):
    """@written: what can be undone may be there."""
    file = f"{STATE}/genreclassify/journal.sqlite"
    if not os.path.exists(file):
        return
    with sqlite3.connect(file) as journal:
        left = journal.execute("SELECT id, state FROM changes WHERE state IN (0, 3, 5) OR (state = 1 AND NOT ?)",
                               (written,)).fetchall()
    journal.close()
    if left:
        fail(f"{what}: changes {left} are open\n{output}")


def check_settled(what, code, output, expected):
    """Who was told to end, if not too late, knows what has become of every file."""
    if code == 0:
        check_is(what, expected, output)
    elif code != 130:
        fail(f"{what}: it ends with {code}\n{output}")
    left = [name for name in os.listdir(MUSIC) if is_leftover(name)]
    if left:
        fail(f"{what}: {left} are left\n{output}")
    check_nothing_open(what, output, written=True)


def complete(what, *arguments):
    code, output, _ = run(*arguments)
    if code != 0:
        fail(f"{what}: {arguments} ends with {code}\n{output}")
    return output


def check_fault(what, code, output, expected):
    if code in interruption.CRASHED:
        fail(f"{what}: it crashed ({code})\n{output}")
    if code == 0 and HOW == "fail":
        check_is(f"{what}, which nobody noticed", expected, output, leftovers=True)


def interrupt_once(what, option, at, old, new, expected, leftovers=False):
    """FALSE when there are no more moments."""
    code, output, count = run(option, MUSIC, at=at)
    if at > count:
        return False
    check_whole(what, old, new)
    check_fault(what, code, output, expected)
    if HOW in GENTLE:
        check_settled(what, code, output, expected)
    output = complete(what, option, MUSIC)
    check_is(f"{what}, completed", expected, output, leftovers)
    return True


def interrupt_writing(at, old, new):
    what = f"{HOW} at {at} of writing"
    start_from("old", "heard")
    if not interrupt_once(what, "--write", at, old, new, new):
        return False
    if HOW == "fail" and at % 4 != 0:
        return True # undoing has moments of its own
    output = complete(what, "--undo", MUSIC)
    check_is(f"{what}, undone", old, output)
    check_nothing_open(what)
    return True


def interrupt_undoing(at, old, new):
    what = f"{HOW} at {at} of undoing"
    start_from("new", "written")
    leftovers = HOW == "fail" # a copy that could not be removed
    if not interrupt_once(what, "--undo", at, old, new, old, leftovers):
        return False
    check_nothing_open(what)
    return True


def change_meanwhile(at, old, new):
    """Refused, or written before or after that."""
    what = f"changed at {at} of writing"
    start_from("old", "heard")
    code, output, count = run("--write", "--force", f"{MUSIC}/song.wav", at=at)
    if at > count:
        return False
    content = read_all(MUSIC)["song.wav"]
    if b"FAULT_HOW" not in content:
        fail(f"{what}: it is lost ({code})\n{output}")
    if content not in (old["song.wav"] + b"FAULT_HOW", new["song.wav"] + b"FAULT_HOW"):
        fail(f"{what}: neither what it was nor what it was to become, and what somebody has written\n{output}")
    return True


def kill_between(at, old, new):
    """What a run that is killed there has left beside a file, and the file; (None, None): that was too early or too
    late."""
    start_from("old", "heard")
    _, _, count = run("--write", f"{MUSIC}/song.wav", at=at)
    if at > count:
        fail("it was never killed between the copy and the end")
    found = read_all(MUSIC)
    left = [text for name, text in found.items() if is_leftover(name)]
    whole = len(left) == 1 and {left[0], found["song.wav"]} == {old["song.wav"], new["song.wav"]}
    return (left[0], found["song.wav"]) if whole else (None, None)


def find_kill(wanted, old, new):
    """Kills a run when what is left beside the file is @wanted."""
    at = 1
    while kill_between(at, old, new)[0] != wanted:
        at += 1


def check_names(what, *expected):
    found = sorted(os.listdir(MUSIC))
    if found != sorted(expected):
        fail(f"{what}: {found} are there, not {expected}")


def move_after_kill(old, new):
    """Where files can be exchanged it is a person who has taken a file away."""
    elsewhere = f"{FOLDER}/elsewhere"
    shutil.rmtree(elsewhere, ignore_errors=True)
    os.mkdir(elsewhere)
    find_kill(old["song.wav"], old, new)
    os.rename(f"{MUSIC}/song.wav", f"{elsewhere}/song.wav")
    output = complete("moved after a kill", "--undo", elsewhere)
    check_names("moved after a kill", "song.mp3")
    if read_all(elsewhere) != {"song.wav": old["song.wav"]}:
        fail(f"moved after a kill: it is not what it was\n{output}")
    find_kill(new["song.wav"], old, new)
    os.unlink(f"{MUSIC}/song.wav")
    complete("deleted after a kill", elsewhere)
    check_names("deleted after a kill", "song.mp3")


def remove_after_kill(old, new):
    """As a server does it that cannot exchange files: the copy is all that there is."""
    find_kill(new["song.wav"], old, new)
    os.unlink(f"{MUSIC}/song.wav")
    left = [name for name in os.listdir(MUSIC) if is_leftover(name)]
    os.environ.update(LD_PRELOAD=LIBRARY, FAULT_UNDER=MUSIC, FAULT_FLAGS="none")
    for option in ("--no-journal", f"--journal={FOLDER}/another.sqlite"):
        complete("removed by a server", "--write", option, MUSIC)
        check_names(f"removed by a server, {option}", "song.mp3", *left)
    output = complete("removed by a server", f"{FOLDER}/old")
    for name in ("LD_PRELOAD", "FAULT_UNDER", "FAULT_FLAGS"):
        del os.environ[name]
    check_names("removed by a server", *old)
    if read_all(MUSIC)["song.wav"] != new["song.wav"] or "song.wav: it was gone since" not in output:
        fail(f"removed by a server: it is not back\n{output}")


def exchanges_files():
    """Whether the file system here can do that."""
    paths = [f"{FOLDER}/one", f"{FOLDER}/other"]
    for path in paths:
        with open(path, "w", encoding="utf-8"):
            pass
    here, exchange = -100, 2 # AT_FDCWD, RENAME_EXCHANGE
    good = ctypes.CDLL(None).renameat2(here, paths[0].encode(), here, paths[1].encode(), exchange) == 0
    for path in paths:
        os.unlink(path)
    return good


def log_calls(*arguments):
    """What it does to files, one after the other: pairs of a call's name and a path."""
    with open(LOG, "w", encoding="utf-8"):
        pass
    code, output, _ = run(*arguments, at=0)
    if code != 0:
        fail(f"{arguments}: ends with {code}\n{output}")
    with open(LOG, encoding="utf-8") as log:
        return [line.rstrip("\n").split(" ", 1) for line in log]


def check_synced(what, calls, path):
    """What was written there last is on the disk."""
    last = [name for name, of in calls if of == path and name not in ("open64", "openat64", "unlink", "unlinkat")][-1:]
    if last not in (["fsync"], ["fdatasync"]):
        fail(f"{what}: {path} is not waited for after {last}: {calls}")


def check_order(what, n_expected, *arguments, has_journal=True):
    """Of each file: the journal's intention, then what it is to become, then its name, then the end of what it was."""
    calls = log_calls(*arguments)
    moves = [i for i, (name, _) in enumerate(calls) if name == "renameat2"]
    if len(moves) != n_expected:
        fail(f"{what}: {len(moves)} files are moved, not {n_expected}: {calls}")
    for i in moves:
        draft = calls[i][1]
        check_synced(f"{what}, before the move", calls[:i], draft)
        if has_journal:
            check_synced(f"{what}, before the move", calls[:i], f"{STATE}/genreclassify/journal.sqlite-wal")
        rest = calls[i + 1:]
        if ["unlinkat", draft] in rest:
            rest = rest[:rest.index(["unlinkat", draft])]
        if ["fsync", MUSIC] not in rest:
            fail(f"{what}: the folder is not waited for after {draft} was moved: {calls[i:]}")


def keep_order(old):
    start_from("old", "heard")
    check_order("writing", len(old), "--write", MUSIC)
    check_order("undoing", len(old), "--undo", MUSIC)
    check_order("copying", 1, "--output", f"{MUSIC}/copy.wav", f"{MUSIC}/song.wav", has_journal=False)


def prepare():
    """Heard once; what it becomes, and the journal of that."""
    restore(f"{FOLDER}/old", MUSIC)
    shutil.rmtree(STATE, ignore_errors=True)
    complete("hearing", MUSIC)
    restore(STATE, f"{FOLDER}/heard")
    complete("writing", "--write", MUSIC)
    restore(MUSIC, f"{FOLDER}/new")
    restore(STATE, f"{FOLDER}/written")
    return read_all(f"{FOLDER}/old"), read_all(f"{FOLDER}/new")


def main():
    old, new = prepare()
    if any(old[name] == new[name] for name in old):
        fail("nothing has been written")
    if HOW == "order":
        keep_order(old)
        return
    for interrupt in (change_meanwhile,) if HOW == "change" else (interrupt_writing, interrupt_undoing):
        at = 1
        while interrupt(at, old, new):
            at += STEP
        print(f"{interrupt.__name__}: {HOW}, {(at - 1) // STEP} moments")
        if at < 30:
            fail(f"only {at} moments: nothing was counted")
    if HOW == "kill-after" and exchanges_files():
        move_after_kill(old, new)
        remove_after_kill(old, new)


main()
