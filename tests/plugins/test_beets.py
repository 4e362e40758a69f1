#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The beets plugin in a real library: what is missing is filled, what is there stays, and nothing
that goes wrong ends an import."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import types

import samples

GENRE_TAG = pathlib.Path(os.environ["GENRE_BUILD"]) / "pipelines/genre-tag"
PLUGIN = pathlib.Path(os.environ["GENRE_PLUGINS"]) / "beets/beetsplug"
HOSTILE = b"-n $(touch hacked) \n\x1b[31m%s {0} \xff'\".flac"


class Beets:
    """A library of its own, in a folder that goes away."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.calls = self.root / "calls"
        command = self.script("genre-tag", f'echo >>"{self.calls}"; exec "{GENRE_TAG}" "$@"')
        self.configure(command=command)

    def script(self, name, text):
        path = self.root / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    def configure(self, **options):
        lines = [f"  {key}: {value}" for key, value in options.items()]
        text = f"""directory: {self.root}/library
library: {self.root}/library.db
threaded: no
plugins: genreclassify
pluginpath: {PLUGIN}
import: {{copy: yes, autotag: no, quiet: yes}}
paths: {{default: $title, singleton: $title}}
genreclassify:
"""
        (self.root / "config.yaml").write_text(text + "\n".join(lines) + "\n")

    def run(self, *arguments, status=0):
        """What the command says."""
        home = {"BEETSDIR": str(self.root), "HOME": str(self.root), "LC_ALL": "C.UTF-8",
                "XDG_STATE_HOME": str(self.root / "state")}
        environment = dict(os.environ, **home)
        done = subprocess.run(
            ["beet", *arguments], env=environment, stdin=subprocess.DEVNULL, cwd=self.root,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=500, check=False,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        said = done.stdout.decode(errors="replace")
        assert done.returncode == status, f"exit status {done.returncode}: {arguments}\n{said}"
        assert "Traceback" not in said, said
        return said

    def genres(self):
        listed = self.run("ls", "-f", "$title=$genre").split("\n")
        return dict(line.split("=", 1) for line in listed if line)

    def album_genres(self):
        return self.run("ls", "-a", "-f", "$genre").split("\n")[:-1]

    def count_calls(self):
        """How often genre-tag has been run since this was asked last."""
        number = len(self.calls.read_text()) if self.calls.exists() else 0
        self.calls.unlink(missing_ok=True)
        return number


def find(beets, title):
    (path,) = (beets.root / "library").glob(f"{title}.*")
    return path


def an_album_is_filled_by_one_process(beets, music):
    album = beets.root / "album"
    album.mkdir()
    for name in ("One", "Two", "Three"):
        shutil.copy(music / f"{name}.flac", album)
    shutil.copy(music / "Polka.mp3", album)
    beets.run("import", str(album))
    assert beets.count_calls() == 1
    expected = {"One": "Metal", "Two": "Metal", "Three": "Classical", "Polka": "Polka"}
    assert beets.genres() == expected, beets.genres()
    assert samples.tagged_genre(find(beets, "One")) == "Metal"
    assert samples.tagged_genre(find(beets, "Three")) == "Classical"
    assert find(beets, "Polka").read_bytes() == (album / "Polka.mp3").read_bytes()
    assert (album / "One.flac").read_bytes() == (music / "One.flac").read_bytes(), "not the copy"


def an_album_has_the_genre_of_most(beets, music):
    album = beets.root / "most"
    album.mkdir()
    for name in ("Four", "Five", "Six"):
        shutil.copy(music / f"{name}.flac", album)
    before = beets.album_genres()
    beets.run("import", str(album))
    after = beets.album_genres()
    after.remove(before[0])
    assert after == ["Classical"], after
    assert beets.genres()["Four"] == "Metal"
    beets.count_calls()


def strange_names_are_heard(beets, music):
    folder = os.fsencode(beets.root / "strange")
    os.mkdir(folder)
    shutil.copy(music / "Strange.flac", folder + b"/" + HOSTILE)
    said = beets.run("-v", "import", "-s", "-C", os.fsdecode(folder))
    assert beets.genres()["Strange"] == "Metal"
    assert samples.tagged_genre(folder + b"/" + HOSTILE) == "Metal"
    assert not list(beets.root.rglob("hacked"))
    lines = [line for line in said.split("\n") if line.startswith("genreclassify: 1/1")]
    assert len(lines) == 1 and "\\x1b[31m" in lines[0] and "Metal, " in lines[0], said
    assert "\x1b" not in lines[0], said
    beets.count_calls()


def the_command_hears_what_is_asked_for(beets):
    said = beets.run("genreclassify")
    assert beets.count_calls() == 0 and said == "", "everything has a genre"
    beets.run("modify", "-y", "-W", "title:One", "genre=")
    beets.run("modify", "-y", "-W", "title:Three", "genre=")
    beets.run("genreclassify", "title:One")
    assert beets.count_calls() == 1
    assert beets.genres()["One"] == "Metal" and beets.genres()["Three"] == ""


def pretend_stores_nothing(beets):
    path = find(beets, "Three")
    before = path.read_bytes()
    said = beets.run("genreclassify", "--pretend")
    assert "Classical, " in said and "1/1" in said, said
    assert beets.genres()["Three"] == "" and path.read_bytes() == before


def threshold_and_name_map_are_heeded(beets):
    said = beets.run("genreclassify", "--threshold", "1")
    assert "no genre is sure enough" in said and beets.genres()["Three"] == "", said
    names = beets.root / "names"
    names.write_text("classical = Klassik\n")
    beets.configure(command=GENRE_TAG, name_map="names")
    beets.run("genreclassify")
    assert beets.genres()["Three"] == "Klassik"
    assert samples.tagged_genre(find(beets, "Three")) == "Klassik"


def force_replaces(beets):
    beets.configure(command=GENRE_TAG)
    polka = find(beets, "Polka")
    beets.run("genreclassify", "title:Polka")
    assert samples.tagged_genre(polka) == "Polka"
    beets.run("genreclassify", "-f", "title:Polka")
    assert samples.tagged_genre(polka) == "Metal" and beets.genres()["Polka"] == "Metal"


def nothing_is_written_where_beets_must_not(beets, music):
    alone = beets.root / "alone.flac"
    shutil.copy(music / "Unwritten.flac", alone)
    beets.run("import", "-s", "-C", "-W", str(alone))
    assert beets.genres()["Unwritten"] == "Metal"
    assert alone.read_bytes() == (music / "Unwritten.flac").read_bytes()


def faults_are_logged_and_the_import_ends(beets, music):
    """Whatever is wrong: the song is in the library, without a genre."""
    half = beets.script("half", f'"{GENRE_TAG}" --json "$4" | head -c 40; kill -9 $$')
    misspelt = beets.root / "misspelt"
    misspelt.write_text("Clasical = Klassik\n")
    deaf = beets.script("deaf", "echo '{\"no\": 1}'; echo '[]'; echo nonsense")
    for title, options, expected in (
        ("Missing", {"command": "/no/such/genre-tag"}, "/no/such/genre-tag: No such file"),
        ("Half", {"command": half}, "half: exit status -9"),
        ("Deaf", {"command": deaf}, "not heard"),
        ("Option", {"command": GENRE_TAG, "threshold": "much"}, "genre-tag: "),
        ("Model", {"command": GENRE_TAG, "model": "/dev/null"}, "genre-tag: /dev/null: "),
        ("Map", {"command": GENRE_TAG, "name_map": str(misspelt)}, "has no genre"),
        ("Broken", {"command": GENRE_TAG}, "1/1 "),
    ):
        path = beets.root / f"{title}.flac"
        shutil.copy(music / f"{title}.flac", path)
        if title == "Broken":  # tags, and no sound behind them
            os.truncate(path, 10_000)
        beets.configure(**options)
        said = beets.run("import", "-s", str(path))
        assert expected in said, said
        assert beets.genres()[title] == "", title


def without_auto_an_import_hears_nothing(beets, music):
    beets.configure(command=GENRE_TAG, auto="no")
    beets.run("import", "-s", str(music / "Later.flac"))
    assert beets.genres()["Later"] == ""


def tags_but_the_genre(path):
    """All that is in a file's tags, as it is there."""
    import mutagen

    tags = mutagen.File(path).tags
    pairs = tags if isinstance(tags, list) else [(key, repr(tags[key])) for key in tags]
    return sorted(pair for pair in pairs if pair[0].upper() not in ("GENRE", "TCON"))


def only_the_genre_is_written(beets, music):
    """Tags of which beets knows a part are as they were."""
    import mutagen
    from mutagen import id3

    beets.configure(command=GENRE_TAG)
    folder = beets.root / "rich"
    folder.mkdir()
    song = shutil.copy(music / "Rich.flac", folder)
    file = mutagen.File(song)
    file.update({"artist": ["M", "N"], "tracknumber": "03/12", "mood": "calm"})
    file.save()
    other = shutil.copy(music / "Richer.mp3", folder)
    file = mutagen.File(other)
    file.tags.add(id3.TPE1(encoding=3, text=["M", "N"]))
    file.tags.add(id3.TRCK(encoding=3, text=["03/12"]))
    file.save()
    songs = (song, other)
    before = [tags_but_the_genre(song) for song in songs]
    beets.run("import", "-A", "-C", str(folder))
    assert [samples.tagged_genre(song) for song in songs] == ["Metal", "Metal"]
    after = [tags_but_the_genre(song) for song in songs]
    assert after == before, (before, after)
    said = beets.run("-vv", "update", "title:Rich")
    assert said.count("because mtime is up to date") == 2, said
    beets.run("modify", "-y", "-W", "title:Rich", "genre=")
    for song in songs:
        file = mutagen.File(song)
        del file["TCON" if song == other else "genre"]
        file.save()
    beets.run("genreclassify", "title:Rich")
    assert [samples.tagged_genre(song) for song in songs] == ["Metal", "Metal"]
    after = [tags_but_the_genre(song) for song in songs]
    assert after == before, (before, after)


def what_others_wrote_is_still_read(beets, music):
    import mutagen

    beets.configure(command=GENRE_TAG, auto="no")
    song = beets.root / "shared.flac"
    shutil.copy(music / "Shared.flac", song)
    beets.run("import", "-s", "-C", str(song))
    file = mutagen.File(song)
    file["artist"] = "Another"
    file.save()
    later = os.stat(song).st_mtime + 10
    os.utime(song, (later, later))
    beets.run("genreclassify", "title:Shared")
    beets.run("update", "title:Shared")
    said = beets.run("ls", "-f", "$artist, $genre", "title:Shared")
    assert said == "Another, Metal\n", said


def a_file_that_cannot_be_written_is_logged(beets, music):
    beets.configure(command=beets.script("spoiler", f'"{GENRE_TAG}" "$@"; truncate -s 0 "$4"'))
    song = beets.root / "spoilt.flac"
    shutil.copy(music / "Spoilt.flac", song)
    said = beets.run("import", "-s", "-A", "-C", str(song))
    assert "genreclassify: " in said and "spoilt.flac" in said, said
    assert beets.genres()["Spoilt"] == "Metal"


def what_was_edited_meanwhile_stays(beets, music):
    """Somebody works on the library, from elsewhere, while it is heard."""
    folder = beets.root / "meanwhile"
    folder.mkdir()
    for title in ("Edited", "Given", "Gone", "Moved"):
        shutil.copy(music / f"{title}.flac", folder)
    beets.configure(auto="no")
    beets.run("import", "-s", str(folder))
    gone = find(beets, "Gone")
    script = f"""
heard=$("{GENRE_TAG}" "$@")
beet modify -yM title:Edited artist=Editor
beet modify -yM title:Given genre=Polka
beet remove -f title:Gone
beet modify -y title:Moved title=Away
echo "$heard"
"""
    script = script.replace("\nbeet", "\nbeet </dev/null >/dev/null")
    beets.configure(command=beets.script("meanwhile-tag", script))
    said = beets.run("genreclassify", "title::^(Edited|Given|Gone|Moved)$")
    assert said.count("Metal, ") == 4, said
    genres = beets.genres()
    assert genres["Edited"] == "Metal" and genres["Given"] == "Polka", genres
    assert genres["Away"] == "" and "Gone" not in genres, genres
    assert beets.run("ls", "-f", "$artist", "title:Edited") == "Editor\n"
    assert ("ARTIST", "Editor") in tags_but_the_genre(find(beets, "Edited"))
    assert samples.tagged_genre(find(beets, "Edited")) == "Metal"
    assert samples.tagged_genre(find(beets, "Given")) == "Polka"
    assert samples.tagged_genre(find(beets, "Away")) == ""
    assert gone.read_bytes() == (music / "Gone.flac").read_bytes()


def an_interrupted_album_has_its_genre(beets, music):
    """Ctrl-C, when all songs of an album have been heard, and one of none has not."""
    album = beets.root / "heard"
    album.mkdir()
    shutil.copy(music / "Heard.flac", album)
    beets.configure(auto="no")
    beets.run("import", str(album))
    beets.run("import", "-s", str(music / "Unheard.flac"))
    script = f"""
"{GENRE_TAG}" --json --quiet "{find(beets, 'Heard')}"
until [ "$(beet ls -f '$genre' title::^Heard)" = Metal ]; do sleep 0.1; done
kill -INT $PPID
exec sleep 100
"""
    beets.configure(command=beets.script("interrupted", script))
    said = beets.run("genreclassify", "title:heard")  # both
    assert "Metal, " in said and "not heard" not in said, said
    genres = beets.genres()
    assert genres["Heard"] == "Metal" and genres["Unheard"] == "", genres
    assert beets.run("ls", "-a", "-f", "$genre", "album:H") == "Metal\n"


def a_batch_that_fails_is_one(beets):
    """The next is heard; after two in a row there is no next."""
    from genreclassify import GenreClassifyPlugin

    for failing, expected, complaints in (("1", 1500, 1), ("1|3", 1000, 2), ("2|3", 500, 2)):
        calls = beets.root / "batches"
        calls.unlink(missing_ok=True)
        script = f"""
echo >>"{calls}"
case $(wc -l <"{calls}") in
  {failing}) exit 7 ;;
esac
for path; do echo '{{}}'; done
"""
        errors = []
        plugin = types.SimpleNamespace(
            command_line=lambda: [str(beets.script("batch", script))],
            _log=types.SimpleNamespace(error=lambda *said: errors.append(said)),
        )
        heard = len(list(GenreClassifyPlugin.answers(plugin, [b"/a"] * 2000)))
        assert (heard, len(errors)) == (expected, complaints), (failing, heard, errors)


def command_lines_have_an_end():
    from genreclassify import batches

    for paths in ([], [b"/a"] * 501, [b"/" + b"x" * 4000] * 100, [b"/" + b"x" * 200_000] * 2):
        found = list(batches(paths))
        assert sum(found, []) == paths
        assert all(len(b) == 1 or len(b) <= 500 and sum(map(len, b)) <= 100_000 for b in found)
    assert len(list(batches([b"/a"] * 501))) == 2


def make_music(music):
    for name in ("One", "Two", "Four"):
        samples.make_metal(music / f"{name}.flac", title=name, artist="M", album="A")
    for name in ("Three", "Five", "Six"):
        samples.make_classical(music / f"{name}.flac", title=name, artist="C", album="A")
    samples.make_metal(music / "Polka.mp3", title="Polka", artist="P", album="A", genre="Polka")
    samples.make_metal(music / "Richer.mp3", title="Richer", artist="M", album="R")
    samples.make_metal(music / "Rich.flac", title="Rich", artist="M", album="R")
    samples.make_metal(music / "Heard.flac", title="Heard", artist="M", album="H")
    faulty = ("Missing", "Half", "Deaf", "Option", "Model", "Map", "Broken")
    edited = ("Shared", "Spoilt", "Edited", "Given", "Gone", "Moved", "Unheard")
    for name in ("Strange", "Unwritten", "Later", *faulty, *edited):
        samples.make_metal(music / f"{name}.flac", title=name, artist="M")


def main():
    samples.need("beet", "ffprobe")
    samples.need_samples()
    sys.path += ["/usr/share/beets", str(PLUGIN)]  # where Debian has beets
    command_lines_have_an_end()
    with tempfile.TemporaryDirectory() as root:
        music = pathlib.Path(root) / "music"
        music.mkdir()
        make_music(music)
        beets = Beets(root)
        an_album_is_filled_by_one_process(beets, music)
        an_album_has_the_genre_of_most(beets, music)
        strange_names_are_heard(beets, music)
        the_command_hears_what_is_asked_for(beets)
        pretend_stores_nothing(beets)
        threshold_and_name_map_are_heeded(beets)
        force_replaces(beets)
        nothing_is_written_where_beets_must_not(beets, music)
        faults_are_logged_and_the_import_ends(beets, music)
        without_auto_an_import_hears_nothing(beets, music)
        only_the_genre_is_written(beets, music)
        what_others_wrote_is_still_read(beets, music)
        a_file_that_cannot_be_written_is_logged(beets, music)
        what_was_edited_meanwhile_stays(beets, music)
        an_interrupted_album_has_its_genre(beets, music)
        a_batch_that_fails_is_one(beets)


if __name__ == "__main__":
    sys.exit(main())
