#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The plugin in Quod Libet itself: songs that had no genre have one after they were played, and
nobody else's file is touched."""
import os
import pathlib
import shutil
import tempfile

import samples
from desktop import LIKE_A_USER, run_each, wait_for

HOSTILE = b"-n $(touch hacked) \x1b[31m%s <b>\xff'\".flac"
CONFIG = """[plugins]
active_plugins = genreclassify
\twitness
genreclassify_choice = {choice}
[settings]
scan = {folder}
[player]
gst_pipeline = fakesink sync={sync}
gst_disable_gapless = {no_gaps}
"""


class QuodLibet:
    """The player with the plugin, and a folder with songs."""

    def __init__(self, desktop, music, names, choice, press="", gapless=True, sync=False):
        self.desktop = desktop
        self.folder = desktop.root / "songs"
        self.before = music
        self.user = desktop.root / "config/quodlibet"
        self.witness = desktop.root / "witness"
        self.folder.mkdir()
        for name in names:
            shutil.copy(music / name, self.folder)
        if "hostile.flac" in names:
            os.rename(self.folder / "hostile.flac", os.path.join(os.fsencode(self.folder), HOSTILE))
        desktop.environment["GENRE_WITNESS"] = str(self.witness)
        self.press(press)
        desktop.install_plugin("quodlibet")
        shutil.copy(pathlib.Path(__file__).with_name("witness.py"), self.user / "plugins")
        (self.user / "config").write_text(
            CONFIG.format(choice=choice, folder=self.folder, no_gaps=not gapless, sync=sync)
        )
        self.process = desktop.start([*LIKE_A_USER, "quodlibet", "--run"])
        wait_for((self.user / "control").exists, "Quod Libet")

    def press(self, text):
        """From now on the witness presses the button that begins so."""
        (self.desktop.root / "press").write_text(text)

    def await_song(self, title):
        """Returns the query for it once Quod Libet has found it in its folder."""
        query = f"title='{title}'"
        wait_for(lambda: self.desktop.run("quodlibet", "--print-query", query).strip(), title)
        return query

    def enqueue(self, title):
        self.desktop.run("quodlibet", "--enqueue", self.await_song(title))

    def enqueue_remote(self, kind, path):
        """A station or an episode, of which the player does not know that its sound is a file."""
        (self.desktop.root / "remote.new").write_text(f"{kind} {path.as_uri()}")
        (self.desktop.root / "remote.new").rename(self.desktop.root / "remote")
        wait_for(lambda: self.says(f"queued: {kind}\n"), kind)

    def play(self, *titles):
        for title in titles:
            self.enqueue(title)
        self.desktop.run("quodlibet", "--next")

    def await_end(self):
        """Nothing is played any more."""
        wait_for(lambda: self.witness.read_text().split("now: ")[-1].startswith("\n"), "the end")

    def quit(self):
        """Afterwards nothing is written any more."""
        self.desktop.run("quodlibet", "--quit")
        self.process.wait(100)
        said = self.desktop.log.read_text(errors="replace")
        assert "Traceback" not in said, said

    def says(self, text):
        return self.witness.exists() and text in self.witness.read_text()

    def await_genre(self, name, genre):
        path = os.path.join(os.fsencode(self.folder), os.fsencode(name))
        wait_for(lambda: samples.tagged_genre(path) == genre, f"{genre} in {name}")

    def is_untouched(self, name):
        return (self.folder / name).read_bytes() == (self.before / name).read_bytes()


def a_genre_is_stored_where_there_was_none(desktop, music, gapless):
    names = ("metal.flac", "polka.mp3", "short.flac", "hostile.flac", "classical.mp3")
    player = QuodLibet(desktop, music, names, "always", gapless=gapless)
    player.play("Metal Song", "Polka", "Short", "Hostile", "Classical Song")
    player.await_genre("metal.flac", "Metal")
    player.await_genre("classical.mp3", "Classical")
    player.await_genre(HOSTILE, "Metal")
    player.quit()
    assert player.is_untouched("polka.mp3") and player.is_untouched("short.flac")
    assert samples.audio(player.folder / "metal.flac") == samples.audio(music / "metal.flac")
    assert player.says("now: Genre heard: Metal, ") and player.says("now: Genre heard: Classical, ")
    assert not player.says("asked: ")


def a_person_is_asked(desktop, music):
    player = QuodLibet(desktop, music, ("metal.flac", "polka.mp3"), "ask", press="Store")
    player.play("Metal Song", "Polka")
    player.await_genre("metal.flac", "Metal")
    player.quit()
    assert player.says("asked: “Metal Song” has no genre. It sounds like Metal (")
    assert player.says("pressed: Store\n") and player.is_untouched("polka.mp3")
    assert not player.says("asked: “Polka")


def no_is_an_answer(desktop, music):
    player = QuodLibet(desktop, music, ("metal.flac",), "ask", press="Don’t")
    player.play("Metal Song")
    wait_for(lambda: player.says("pressed: Don’t Store"), "the question")
    player.quit()
    assert player.is_untouched("metal.flac")


def nobody_is_asked_who_does_not_want_it(desktop, music):
    player = QuodLibet(desktop, music, ("metal.flac",), "never")
    player.play("Metal Song")
    wait_for(lambda: player.says("now: Genre heard: Metal"), "the genre")
    player.await_end()
    player.quit()
    assert player.is_untouched("metal.flac") and not player.says("asked: ")


def ask_about_three(desktop, music):
    player = QuodLibet(desktop, music, ("metal.flac", "hostile.flac", "classical.mp3"), "ask")
    player.play("Metal Song", "Hostile", "Classical Song")
    wait_for(lambda: player.says("Store all 3"), "the questions")
    player.await_end()
    return player


def await_three(player):
    player.await_genre("metal.flac", "Metal")
    player.await_genre(HOSTILE, "Metal")
    player.await_genre("classical.mp3", "Classical")


def many_are_stored_one_after_another(desktop, music):
    """The player can do something else between two of them, and its library is told once."""
    player = ask_about_three(desktop, music)
    player.press("Store all")
    await_three(player)
    wait_for(lambda: player.says("changed: 3 songs\n"), "the library to be told")
    player.quit()
    assert player.says("now: Still to be stored: 2\n") and player.says("now: Still to be stored: 1\n")


def switched_off_it_stores_what_was_to_be_stored(desktop, music):
    player = ask_about_three(desktop, music)
    player.press("Store all, switch off")
    wait_for(lambda: player.says("bar: no bar\n"), "the bar to go")
    await_three(player)
    player.quit()
    assert not player.says("Still to be stored")


def nobody_is_asked_about_what_cannot_be_written(desktop, music):
    player = QuodLibet(desktop, music, ("metal.flac", "classical.mp3"), "ask", press="Store")
    (player.folder / "metal.flac").chmod(0o444)
    player.play("Metal Song", "Classical Song")
    player.await_genre("classical.mp3", "Classical")
    player.quit()
    assert player.is_untouched("metal.flac")
    assert not player.says("asked: “Metal") and not player.says("could not be stored")


def a_station_keeps_its_genres(desktop, music):
    """Also when it comes behind a song without a gap, and its genre is heard in what was made for a
    file."""
    player = QuodLibet(desktop, music, ("short.flac",), "always", sync=True)
    player.enqueue("Short")
    player.enqueue_remote("station", music / "metal.flac")
    desktop.run("quodlibet", "--next")
    wait_for(lambda: player.says("station: "), "the station")
    wait_for(lambda: player.says("now: Genre heard: Metal, "), "the genre")
    player.await_end()
    player.quit()
    assert player.witness.read_text().count("station: ") == 1 and player.says("station: Jazz, Swing\n")


def what_is_not_heard_whole_is_not_stored(desktop, music):
    """Without a gap a song is heard by what was made for the episode before it: the last 30 s. Quod Libet
    says if it was too slow to do without."""
    player = QuodLibet(desktop, music, ("long.flac",), "always")
    player.enqueue_remote("episode", music / "metal.flac")
    player.play("Long Song")
    wait_for(lambda: player.says("now: Genre heard: Classical, "), "the genre")
    player.await_end()
    player.quit()
    assert player.is_untouched("long.flac") or "About to finish (async)" in desktop.log.read_text()


def a_fault_is_shown(desktop, music):
    """The file is no music any more when the genre is to be stored."""
    player = QuodLibet(desktop, music, ("metal.flac",), "ask")
    player.play("Metal Song")
    wait_for(lambda: player.says("asked: “Metal Song”"), "the question")
    (player.folder / "metal.flac").write_text("no music")
    player.press("Store")
    wait_for(lambda: player.says("asked: The genre of “metal.flac” could not be stored: "), "the fault")
    player.quit()
    assert (player.folder / "metal.flac").read_text() == "no music"


def repeat_a_song(desktop, music):
    """Returns the player once its genre is known and waits for the song to be played no more."""
    player = QuodLibet(desktop, music, ("metal.flac",), "always")
    desktop.run("quodlibet", "--repeat-type", "current")
    desktop.run("quodlibet", "--repeat", "1")
    player.await_song("Metal Song")
    desktop.run("quodlibet", "--next")  # from the list: in the queue nothing is repeated
    wait_for(lambda: player.says("Metal") and player.witness.read_text().count("listening…") > 3,
             "the song to be repeated")
    assert player.is_untouched("metal.flac")
    return player


def what_is_played_is_not_written(desktop, music):
    """A song that is repeated has its genre when it is no longer played: here, at the end."""
    player = repeat_a_song(desktop, music)
    player.quit()
    assert samples.tagged_genre(player.folder / "metal.flac") == "Metal"
    assert samples.audio(player.folder / "metal.flac") == samples.audio(music / "metal.flac")


def switched_off_it_does_not_write_what_is_played(desktop, music):
    player = repeat_a_song(desktop, music)
    player.press("switch off")
    wait_for(lambda: player.says("bar: no bar\n"), "the bar to go")
    assert desktop.run("quodlibet", "--print-playing", "<title>").strip() == "Metal Song"
    player.quit()
    assert player.is_untouched("metal.flac")


def it_can_be_switched_off_while_it_listens(desktop, music):
    player = QuodLibet(desktop, music, ("metal.flac",), "always", sync=True)
    player.play("Metal Song")
    wait_for(lambda: player.says("now: Genre heard: Metal, "), "the genre")
    player.press("switch off")
    wait_for(lambda: player.says("bar: no bar\n"), "the bar to go")
    assert desktop.run("quodlibet", "--print-playing", "<title>").strip() == "Metal Song"
    player.quit()
    assert player.is_untouched("metal.flac")


def main():
    samples.need("quodlibet", "ffprobe")
    samples.need_samples()
    with tempfile.TemporaryDirectory() as folder:
        music = pathlib.Path(folder)
        samples.make_metal(music / "metal.flac", title="Metal Song", artist="M")
        samples.make_classical(music / "long.flac", seconds=45, title="Long Song", artist="L")
        samples.make_metal(music / "hostile.flac", title="Hostile", artist="H")
        samples.make_metal(music / "polka.mp3", title="Polka", artist="P", genre="Polka")
        samples.make_metal(music / "short.flac", seconds=6, title="Short", artist="S")
        samples.make_classical(music / "classical.mp3", title="Classical Song", artist="C")
        run_each((
            (a_genre_is_stored_where_there_was_none, {"gapless": True}),
            (a_genre_is_stored_where_there_was_none, {"gapless": False}),
            (a_person_is_asked, {}),
            (no_is_an_answer, {}),
            (nobody_is_asked_who_does_not_want_it, {}),
            (a_fault_is_shown, {}),
            (many_are_stored_one_after_another, {}),
            (switched_off_it_stores_what_was_to_be_stored, {}),
            (nobody_is_asked_about_what_cannot_be_written, {}),
            (a_station_keeps_its_genres, {}),
            (what_is_not_heard_whole_is_not_stored, {}),
            (what_is_played_is_not_written, {}),
            (switched_off_it_does_not_write_what_is_played, {}),
            (it_can_be_switched_off_while_it_listens, {}),
        ), music)


if __name__ == "__main__":
    main()
