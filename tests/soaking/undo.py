# SPDX-License-Identifier: GPL-2.0-or-later
"""Songs are written, renamed, exchanged, copied, edited, put back from backups, and genre-tag is
killed, in sequences drawn from a seed; then all is undone. No song gets another one's sound, nor
bytes that were never its own, and what nobody else has touched is in the end what it was."""
import contextlib
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time

import mutagen

import audiodigest
import songs
from figures import Verdict

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "faults"))
import interruption  # noqa: E402 pylint: disable=wrong-import-position

SECONDS = 6
STEPS = 14  # of a sequence
NAMES = 4  # name maps: all genres become one, another one in each
LABELS = "blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock"
FORMATS = {"flac": ["-ar", "16000", "-ac", "1"], "mp3": ["-b:a", "48k", "-ar", "22050", "-ac", "1"],
           "ogg": ["-c:a", "libvorbis", "-ar", "22050", "-ac", "1"]}
MOMENTS = 90  # at one of which it is killed
PATIENCE = 120  # s for one run
MUSIC = "music"


def is_leftover(name):
    return name.startswith(".genre-tag-")


def read(name):
    with open(os.path.join(MUSIC, name), "rb") as file:
        return file.read()


def digest(content):
    return hashlib.sha256(content).hexdigest()[:12]


def edit(path, chance):
    """As a player does, in place. An ending that is not the song's leads mutagen astray: it stays."""
    try:
        song = mutagen.File(path, easy=True)
    except mutagen.MutagenError:
        return
    if song.tags is None:
        song.add_tags()
    if chance.random() < 0.3:
        song["genre"] = f"Person {chance.randrange(3)}"
    else:
        song["title"] = f"Title {chance.randrange(1000)}" * chance.choice((1, 1, 300))
    song.save()


class Sequence:
    """One collection and what becomes of it."""

    def __init__(self, seed, clips, library):
        self.chance = random.Random(seed)
        self.seed, self.faults, self.log, self.n_names = seed, [], [], 0
        self.sounds = {}  # by digest of the file
        self.versions = {}  # digests that each sound had
        self.first = {}  # name: digest before it was written, of what nobody else has touched since
        self.touched = set()  # names of which not more is known than that they must not be harmed
        for folder in MUSIC, "backups", "between":
            shutil.rmtree(folder, ignore_errors=True)
            os.mkdir(folder)
        for path in clips:
            shutil.copy(path, MUSIC)
        shutil.rmtree("state", ignore_errors=True)
        self.interruption = interruption.Interruption(library, "counter", "kill-before",
                                                      (os.path.abspath(MUSIC), os.path.abspath("state")))
        self.remember(self.look())

    # ---- what is there

    def fail(self, text):
        self.faults.append(f"sequence {self.seed}: {text}")

    def names(self):
        return [name for name in sorted(os.listdir(MUSIC)) if not is_leftover(name)]

    def look(self):
        return {name: read(name) for name in sorted(os.listdir(MUSIC))}

    def sound(self, content):
        key = digest(content)
        if key not in self.sounds:
            self.sounds[key] = audiodigest.digest(content)
        return self.sounds[key]

    def remember(self, files):
        for name, content in files.items():
            if not is_leftover(name):
                self.versions.setdefault(self.sound(content), set()).add(digest(content))

    def touch_alike(self, name):
        sound = self.sound(read(name))
        self.touched.update(other for other in self.names() if self.sound(read(other)) == sound)

    def new_name(self, name):
        self.n_names += 1
        return f"new-{self.n_names}.{name.rsplit('.', 1)[1]}"

    # ---- genre-tag

    def run(self, arguments, moment):
        program = os.path.join(os.environ["GENRE_BUILD"], "pipelines", "genre-tag")
        command = [program, "--jobs", "1", *arguments]
        if moment:
            status, output, _ = self.interruption.run(command, moment)
            return status, output
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
        return done.returncode, done.stdout.decode(errors="replace")

    def tag(self, arguments, moment):
        """What was there before and after, the names of what has changed, status and output."""
        before = self.look()
        status, output = self.run(arguments, moment)
        self.log.append(f"{' '.join(arguments)} {'killed' if moment else status}\n{output}")
        after = self.look()
        if [name for name in before if not is_leftover(name)] != self.names():
            self.fail(f"names: {sorted(before)}, then {self.names()}")
        if not moment and len(after) > len(self.names()):
            self.fail(f"left over: {[name for name in after if is_leftover(name)]}")
        changed = [name for name in self.names() if name in before and before[name] != after[name]]
        for name in changed:
            if self.sound(before[name]) != self.sound(after[name]):
                self.fail(f"{name} has another song's sound")
        return before, after, changed, status, output

    def write(self, names=(), moment=0):
        arguments = ["--write", "--excerpts", "1", "--threshold", "0", "--min-music", "0", "--name-map",
                     f"names-{self.chance.randrange(NAMES)}"]
        arguments += ["--force"] * (self.chance.random() < 0.8) + ["--preserve"] * (self.chance.random() < 0.2)
        before, after, changed, status, _ = self.tag([*arguments, *self.targets(names)], moment)
        for name in changed:
            self.first.setdefault(name, digest(before[name]))
        self.remember(after)
        if status != 0 and not moment:
            self.fail(f"--write ends with {status}")

    @staticmethod
    def targets(names):
        return [os.path.join(MUSIC, name) for name in names] or [MUSIC]

    def undo(self, names=(), moment=0):
        """The names of what has changed, and its status."""
        _, after, changed, status, output = self.tag(["--undo", "--json", *self.targets(names)], moment)
        lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
        restored = {os.path.basename(line["source"]) for line in lines if line.get("action") == "restored"}
        by_genre = {os.path.basename(line["source"]) for line in lines if line.get("action") == "genre-restored"}
        for name in changed:
            known = digest(after[name]) in self.versions[self.sound(after[name])]
            if name in restored - by_genre and not known:
                self.fail(f"{name} is restored to what it never was")
            if not moment and name not in restored | by_genre:
                self.fail(f"{name} has changed without a word")
        self.remember(after)
        for name in () if moment else names:
            if name in changed and digest(after[name]) != self.first.get(name):
                self.touched.add(name)
            if name in changed:
                self.first.pop(name, None)
        return changed, status

    def undo_all(self):
        """Where something is left under a former name, that takes another run, which the one before says."""
        changed, status = set(), 1
        for _ in range(4):
            was_all = status == 0
            more, status = self.undo()
            changed.update(more)
            if more and was_all:
                self.fail(f"an --undo that had ended with 0 left something in {more}")
            if not more:
                break
        after = self.look()
        for name in set(self.names()) - self.touched:
            wanted = self.first.get(name)
            if wanted is None and name in changed:
                self.fail(f"{name} was never written, and is taken back")
            if wanted is not None and digest(after[name]) != wanted:
                self.fail(f"{name} is not what it was before it was written")
        self.first.clear()

    # ---- what happens

    def rename(self):
        name = self.chance.choice(self.names())
        self.move(name, self.new_name(name))

    def move(self, name, new):
        os.rename(os.path.join(MUSIC, name), os.path.join(MUSIC, new))
        if name in self.first:
            self.first[new] = self.first.pop(name)
        if name in self.touched:
            self.touched.remove(name)
            self.touched.add(new)

    def exchange(self):
        one, other = self.chance.sample(self.names(), 2)
        third = self.new_name(one)
        self.move(one, third)
        self.move(other, one)
        self.move(third, other)

    def copy(self):
        name = self.chance.choice(self.names())
        function = self.chance.choice((shutil.copy, shutil.copy2))
        function(os.path.join(MUSIC, name), os.path.join(MUSIC, self.new_name(name)))
        self.touch_alike(name)

    def edit(self):
        name = self.chance.choice(self.names())
        path, replaced = os.path.join(MUSIC, name), self.chance.random() < 0.4
        other = os.path.join("between", name) if replaced else path
        if replaced:
            shutil.copy(path, other)
        edit(other, self.chance)
        if replaced:
            os.rename(other, path)
        self.touched.add(name)
        self.remember(self.look())

    def back_up(self):
        name = self.chance.choice(self.names())
        shutil.copy2(os.path.join(MUSIC, name), os.path.join("backups", name))

    def put_back(self):
        """Where the song is now, or under a new name."""
        backups = sorted(os.listdir("backups"))
        if not backups:
            return
        backup = self.chance.choice(backups)
        path = os.path.join("backups", backup)
        with open(path, "rb") as file:
            sound = self.sound(file.read())
        alike = [name for name in self.names() if self.sound(read(name)) == sound]
        name = self.chance.choice(alike) if alike else self.new_name(backup)
        if self.chance.random() < 0.5:
            os.rename(shutil.copy2(path, "between"), os.path.join(MUSIC, name))
        else:
            shutil.copyfile(path, os.path.join(MUSIC, name))
        self.touch_alike(name)

    def set_time(self):
        name = self.chance.choice(self.names())
        os.utime(os.path.join(MUSIC, name))
        self.touched.add(name)

    def write_one(self):
        self.write([self.chance.choice(self.names())])

    def undo_one(self):
        self.undo([self.chance.choice(self.names())])

    def kill(self):
        self.touched.update(self.names())
        self.chance.choice((self.write, self.undo))(moment=self.chance.randrange(1, MOMENTS))

    def go(self):
        """Of some sequences nobody but genre-tag and whoever renames files has a part in it."""
        own = [self.write] * 3 + [self.write_one] * 4 + [self.undo_all, self.undo_one, self.undo_one]
        own += [self.rename, self.exchange] * 3 + [self.set_time]
        others = [self.copy, self.edit, self.back_up, self.put_back] * 2
        steps = own + self.chance.choice(([], others, [self.kill] * 4, others + [self.kill] * 4))
        for _ in range(STEPS):
            step = self.chance.choice(steps)
            self.log.append(step.__name__)
            step()
        self.undo_all()
        return self.faults


def make_clips():
    paths = []
    for i, ending in enumerate(("flac", "mp3", "ogg", "flac")):
        paths.append(f"{i}.{ending}")
        songs.encode(paths[-1], 13 * i + 15, SECONDS, *FORMATS[ending])
    for i in range(NAMES):
        with open(f"names-{i}", "w", encoding="ascii") as file:
            file.writelines(f"{label} = Genre {i}\n" for label in LABELS)
    return paths


def soak(options):
    """Faults, as texts."""
    songs.check_tools()
    library = os.path.join(os.environ["GENRE_BUILD"], "tests", "faults", "libfault.so")
    if not os.path.exists(library):
        songs.skip("needs a build with tests")
    clips, verdict, n = make_clips(), Verdict(), 0
    print(f"undo: {options.minutes:g} minutes, seed {options.seed}", flush=True)
    end = time.monotonic() + 60 * options.minutes
    while time.monotonic() < end and not verdict.faults:
        sequence = Sequence(f"{options.seed}-{n}", clips, library)
        n += 1
        with contextlib.suppress(subprocess.TimeoutExpired):
            for fault in sequence.go():
                verdict.check(False, fault)
            continue
        verdict.check(False, f"sequence {sequence.seed}: it does not end")
    if verdict.faults:
        print("\n".join(sequence.log))
    print(f"{n} sequences of {STEPS} steps", flush=True)
    return verdict.faults
