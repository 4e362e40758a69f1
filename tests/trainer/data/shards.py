#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""shards.py GENRE-TRAIN: shards are what SHA-256 makes of paths; together, side by side into one folder or
copied together, they leave what one run leaves, and learn goes on from them. With GNU parallel
(Debian: parallel), a line like that of docs/training.md is run, too."""
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "learning"))
import small_runs  # noqa: E402
from small_music import files_below, make_music  # noqa: E402
from small_runs import check_same  # noqa: E402

program, N = sys.argv[1], 3


def shard_of(relative):
    return int.from_bytes(hashlib.sha256(relative.encode()).digest()[:8], "big") % N + 1


def spectrogram_of(relative):
    genre, rest = relative.split("/", 1)
    return os.path.join(genre, rest.replace("/", "-").replace(".wav", ".npy"))


def start(*words, **options):
    return subprocess.Popen(
        [program, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options
    )


def finish(process, status=0):
    output = process.communicate()[0].decode()
    assert process.returncode == status, (process.returncode, output)
    return output


def run(*words, status=0):
    return finish(start(*words), status)


def check_extract(folder):
    music, one = os.path.join(folder, "music"), os.path.join(folder, "one")
    run("extract", music, one)
    expected = files_below(one)
    wanted = [path for path in files_below(music) if path.endswith(".wav")]
    parts = {index: {path for path in wanted if shard_of(path) == index} for index in range(1, N + 1)}
    assert all(parts.values()), parts  # or the names are to be chosen better

    # Each on a machine of its own, into a folder of its own: copied together they are one.
    merged = os.path.join(folder, "merged")
    for index, part in parts.items():
        path = os.path.join(folder, f"part-{index}")
        run("extract", "--shard", f"{index}/{N}", music, path)
        names = files_below(path).keys() - {"dataset.json", "sources.tsv"}
        assert names == {spectrogram_of(file) for file in part}, (index, names, part)
        shutil.copytree(path, merged, dirs_exist_ok=True)
    assert "0 spectrograms made" in run("extract", music, merged)
    check_same(files_below(merged), expected, "copied together")

    # Side by side into one folder; what another is writing meanwhile is not tidied away.
    shared = os.path.join(folder, "shared")
    theirs = spectrogram_of(min(parts[2])) + ".AB12CD"
    os.makedirs(os.path.dirname(os.path.join(shared, theirs)))
    with open(os.path.join(shared, theirs), "wb") as file:
        file.write(b"half a spectrogram")
    run("extract", "--shard", f"1/{N}", music, shared)
    assert theirs in files_below(shared), "another shard's work is gone"
    os.utime(os.path.join(shared, theirs), (0, 0))  # killed long ago
    for process in [start("extract", "--shard", f"{i}/{N}", music, shared) for i in range(1, N + 1)]:
        finish(process)
    assert f"{len(wanted)} already there" in run("extract", music, shared)
    check_same(files_below(shared), expected, "side by side")

    # Nor is it by who does the rest, while a shard is still at work.
    with open(os.path.join(shared, theirs), "wb") as file:
        file.write(b"half a spectrogram")
    run("extract", music, shared)
    assert theirs in files_below(shared), "a shard at work has lost what it writes"
    os.remove(os.path.join(shared, theirs))

    # A shard does its own again, and touches no other's; another front end is not for one shard.
    before = {path: os.stat(os.path.join(shared, path)).st_mtime_ns for path in expected}
    run("extract", "--force", "--shard", f"2/{N}", music, shared)
    done = {path for path in before
            if os.stat(os.path.join(shared, path)).st_mtime_ns != before[path]}
    assert done - {"dataset.json", "sources.tsv"} == {spectrogram_of(file) for file in parts[2]}, done
    output = run("extract", "--force", "--shard", f"2/{N}", "--hop", "512", music, shared, status=1)
    assert "--force without --shard" in output, output
    check_same(files_below(shared), expected, "refused")

    # Without a shard it is done, and what is not made again is counted; a strange folder is refused.
    some = os.path.join(shared, spectrogram_of(min(parts[2])))
    for name in ("gone.npy", "left.npy"):
        shutil.copy(some, os.path.join(os.path.dirname(some), name))
    assert "2 other spectrograms removed" in run("extract", "--force", "--hop", "512", music, shared)
    strange = os.path.join(folder, "strange", "mine", "own.npy")
    os.makedirs(os.path.dirname(strange))
    shutil.copy(some, strange)
    output = run("extract", "--force", "--hop", "512", music, os.path.join(folder, "strange"), status=1)
    assert f"{strange}: is there and not made by extract" in output and os.path.exists(strange), output

    # More shards than files: those with nothing to do are done.
    output = [run("extract", "--shard", f"{i}/100", music, os.path.join(folder, "many")) for i in (1, 2, 3)]
    assert any("0 spectrograms made" in text for text in output), output


def check_learn(folder):
    music, work = os.path.join(folder, "music"), os.path.join(folder, "work")
    words = ["learn", music, "--labels", "folders", "--from", "none", "--min-artists", "2", "--folds", "2",
             "--no-curve", "--threads", "2", *small_runs.settings(2)]
    heard = 0
    for index in range(1, N + 1):
        part = os.path.join(folder, f"work-{index}")
        output = run(*words, "--work", part, "--shard", f"{index}/{N}")
        wanted = [p for p in files_below(music) if p.endswith(".wav") and shard_of(p) == index]
        assert f"{len(wanted)} songs heard in" in output and f"Part {index} of {N}" in output, output
        heard += len([name for name in files_below(part) if name.endswith(".npy")])
        shutil.copytree(part, work, dirs_exist_ok=True)
    model = os.path.join(folder, "mine.safetensors")
    output = run(*words, "--work", work, "--output", model)
    assert "0 songs heard in" in output and f"{heard} heard before" in output, output
    assert os.path.exists(model)


def check_parallel(folder):
    version = subprocess.run(["parallel", "--version"], capture_output=True, check=False).stdout \
        if shutil.which("parallel") else b""
    if b"GNU parallel" not in version:
        print("no GNU parallel (Debian: parallel): its line was not run")
        return
    music, path = os.path.join(folder, "music"), os.path.join(folder, "by-parallel")
    line = f"parallel {program} extract --shard '{{}}/4' --threads 1 {music} {path} ::: 1 2 3 4"
    subprocess.run(["sh", "-c", line], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   stdin=subprocess.DEVNULL, env=dict(os.environ, HOME=folder))
    check_same(files_below(path), files_below(os.path.join(folder, "one")), "GNU parallel")


for wrong in "0/3", "4/3", "3", "1/0", "-1/3", "1/3/3", "", "a/b", "1/1000001":
    message = run("extract", "--shard", wrong, "a", "b", status=2)
    assert "expected I/N" in message, message
with tempfile.TemporaryDirectory() as scratch:
    make_music(os.path.join(scratch, "music"), seconds=6)
    check_extract(scratch)
    check_parallel(scratch)
    check_learn(scratch)
