#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The plugin in Rhythmbox itself: songs that had no genre have one after they were played, and a
tagged one stays as it is. Rhythmbox plays in real time, so songs are short."""
import http.server
import pathlib
import shutil
import subprocess
import tempfile
import threading
import xml.etree.ElementTree

import samples
from desktop import LIKE_A_USER, run_each, wait_for

SETTINGS = """[org/gnome/rhythmbox/plugins]
seen-plugins=['genreclassify', 'witness']
active-plugins=['genreclassify', 'witness'{more}]
[org/gnome/rhythmbox/rhythmdb]
locations=['{folder}']
monitor-library=true
[org/gnome/rhythmbox/player]
play-order='linear-loop'
"""
WITNESS = """[Plugin]
Loader=python3
Module=witness
IAge=2
Name=Witness
"""
STATION = """<?xml version="1.0" standalone="yes"?>
<rhythmdb version="2.0"><entry type="iradio"><title>Station</title><genre>Unknown</genre><artist></artist>
<album></album><location>{}</location><date>0</date><media-type>application/octet-stream</media-type>
</entry></rhythmdb>
"""


class Radio(http.server.BaseHTTPRequestHandler):
    """Sends a file whatever is asked for."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "audio/mpeg")
        self.end_headers()
        self.wfile.write(self.server.sound)

    def log_message(self, *_):
        pass



class Rhythmbox:
    """The player with the plugin; it plays the songs of a folder again and again."""

    def __init__(self, desktop, music, names, choice, press="", read_only=(), station=None):
        self.desktop = desktop
        self.folder = desktop.root / "songs"
        self.before = music
        self.witness = desktop.root / "witness"
        self.played = []  # titles, as they were seen
        self.folder.mkdir()
        for name in names:
            shutil.copy(music / name, self.folder)
        for name in read_only:
            (self.folder / name).chmod(0o444)
        desktop.environment["GENRE_WITNESS"] = str(self.witness)
        self.press(press)
        desktop.install_plugin("rhythmbox")
        self.configure(choice, station)
        self.process = desktop.start([*LIKE_A_USER, "rhythmbox"])
        wait_for(self.plays_something, "music")

    def configure(self, choice, station):
        plugins = self.desktop.root / "data/rhythmbox/plugins/witness"
        plugins.mkdir()
        shutil.copy(pathlib.Path(__file__).with_name("witness.py"), plugins)
        (plugins / "witness.plugin").write_text(WITNESS)
        self.settings = self.desktop.root / "config/glib-2.0/settings/keyfile"
        self.settings.parent.mkdir(parents=True)
        radio = ", 'iradio'" if station else ""
        self.settings.write_text(SETTINGS.format(folder=self.folder.as_uri(), more=radio))
        self.database = self.desktop.root / "data/rhythmbox/rhythmdb.xml"
        if station:
            self.database.write_text(STATION.format(station))
        if choice:
            ours = self.desktop.root / "config/genreclassify/rhythmbox.conf"
            ours.parent.mkdir()
            ours.write_text(f"[genreclassify]\nchoice={choice}\n")

    def switch_off(self):
        """Rhythmbox reads its settings when they change."""
        lines = self.settings.read_text().splitlines(keepends=True)
        for number, line in enumerate(lines):
            if line.startswith("active-plugins="):
                lines[number] = line.replace("'genreclassify', ", "").replace(", 'genreclassify'", "")
        changed = self.desktop.root / "settings"
        changed.write_text("".join(lines))
        changed.rename(self.settings)

    def press(self, text):
        """From now on the witness presses the button that begins so."""
        (self.desktop.root / "press").write_text(text)

    def client(self, *arguments):
        return self.desktop.run("rhythmbox-client", "--no-start", *arguments).strip()

    def title(self):
        return self.client("--print-playing-format", "%tt")

    def plays_something(self):
        """The library is read while this is asked."""
        self.client("--play")
        return self.title() in ("Metal Song", "Long Song", "Polka", "Classical Song", "Short")

    def has_played(self, title):
        """From beginning to end: another one was seen after it."""
        now = self.title()
        if now and self.played[-1:] != [now]:
            self.played.append(now)
        return title in self.played[:-1]

    def is_held(self, title):
        """Pauses in this song; where the pause came too late, plays on."""
        self.client("--play")
        if self.title() != title:
            return False
        self.client("--pause")
        return self.title() == title

    def says(self, text):
        return self.witness.exists() and text in self.witness.read_text()

    def is_untouched(self, name):
        return (self.folder / name).read_bytes() == (self.before / name).read_bytes()

    def quit(self):
        """From a pause: at the end of a song Rhythmbox 3.4.6 waits for itself, with and without us. The
        stream's thread asks the main one for the next song, which waits for the stream's to end."""
        self.client("--pause")
        self.title()  # what was asked before that has been answered by then
        self.client("--quit")
        self.process.wait(100)
        said = self.desktop.log.read_text(errors="replace")
        assert "Traceback" not in said, said


def a_person_is_asked(desktop, music):
    """Nothing is set: asking is what happens then."""
    names = ("classical.flac", "metal.flac", "polka.flac")
    player = Rhythmbox(desktop, music, names, None, press="Store")
    wait_for(lambda: player.has_played("Polka"), "the end of Polka")
    for name, genre in (("metal.flac", "Metal"), ("classical.flac", "Classical")):
        path = player.folder / name
        wait_for(lambda p=path, g=genre: samples.tagged_genre(p) == g, f"{genre} in {name}")
        assert samples.audio(path) == samples.audio(music / name)
    player.quit()
    assert player.is_untouched("polka.flac")
    assert player.says("now: Genre heard: Metal, ") and player.says("now: Genre heard: Classical, ")
    assert player.says("asked: “Metal Song” has no genre. It sounds like Metal (")
    assert player.says("pressed: Store\n") and not player.says("asked: “Polka")


def genres_are_stored_without_a_question(desktop, music):
    """But not that of a song of which too little was heard."""
    player = Rhythmbox(desktop, music, ("metal.flac", "short.flac"), "always")
    path = player.folder / "metal.flac"
    wait_for(lambda: samples.tagged_genre(path) == "Metal", "the genre")
    wait_for(lambda: player.has_played("Short"), "the end of Short")
    player.quit()
    assert not player.says("asked: ")
    assert player.is_untouched("short.flac")


def nobody_is_asked_about_what_cannot_be_written(desktop, music):
    names = ("metal.flac", "classical.flac")
    player = Rhythmbox(desktop, music, names, None, press="Store", read_only=("metal.flac",))
    path = player.folder / "classical.flac"
    wait_for(lambda: samples.tagged_genre(path) == "Classical", "the genre")
    wait_for(lambda: player.says("now: Genre heard: Metal, "), "Metal Song")
    wait_for(lambda: "listening" in player.witness.read_text().rpartition("Metal, ")[2], "its end")
    player.quit()
    assert player.is_untouched("metal.flac") and not player.says("asked: “Metal")


def a_station_keeps_its_genre(desktop, music):
    """It has none. The element would tag it when 20 s were heard."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Radio) as server:
        server.sound = (music / "station.mp3").read_bytes()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        station = f"http://127.0.0.1:{server.server_port}/"
        player = Rhythmbox(desktop, music, ("long.flac",), "always", station=station)
        (desktop.root / "remote").write_text(station)
        wait_for(lambda: player.says("now: Genre heard: Classical, "), "the genre")
        wait_for(lambda: player.client("--print-playing-format", "%te") >= "0:25", "what follows")
        player.quit()
        server.shutdown()
    entries = xml.etree.ElementTree.parse(player.database).iterfind("entry")
    (genre,) = [entry.findtext("genre") for entry in entries if entry.findtext("location") == station]
    assert genre == "Unknown", genre


def it_can_be_switched_off_while_it_listens(desktop, music):
    """The song is long enough to be still played then."""
    player = Rhythmbox(desktop, music, ("long.flac", "short.flac"), "always")
    wait_for(lambda: player.says("now: Genre heard: Metal, "), "the genre")
    player.switch_off()
    wait_for(lambda: player.says("no bar\n"), "the bar to go")
    wait_for(lambda: player.has_played("Short") and player.has_played("Long Song"), "more music")
    wait_for(lambda: player.title() == "Long Song", "a song that goes on for a while")
    player.quit()
    assert player.is_untouched("long.flac")


def hold_what_is_to_be_stored(desktop, music):
    """Returns the player in the middle of a song whose genre, heard the time before, somebody wants
    stored."""
    player = Rhythmbox(desktop, music, ("metal.flac", "short.flac"), "ask")
    wait_for(lambda: player.says("asked: “Metal Song”"), "the question")
    wait_for(lambda: player.is_held("Metal Song"), "the song to be played again")
    player.press("Store")
    wait_for(lambda: player.says("pressed: Store\n"), "the answer")
    assert player.is_untouched("metal.flac")
    return player


def what_is_played_is_not_written(desktop, music):
    """The song has its genre when it is no longer played: here, at the end."""
    player = hold_what_is_to_be_stored(desktop, music)
    player.quit()
    assert samples.tagged_genre(player.folder / "metal.flac") == "Metal"


def switched_off_it_does_not_write_what_is_played(desktop, music):
    player = hold_what_is_to_be_stored(desktop, music)
    player.switch_off()
    wait_for(lambda: player.says("no bar\n"), "the bar to go")
    assert player.title() == "Metal Song"
    player.quit()
    assert player.is_untouched("metal.flac")


def a_missing_element_is_named(desktop, music):
    for variable, value in (("GST_PLUGIN_PATH", ""), ("GST_REGISTRY", f"{desktop.root}/registry")):
        desktop.environment[variable] = value
    if subprocess.run(["gst-inspect-1.0", "--exists", "genreclassify"], env=desktop.environment,
                      check=False).returncode == 0:
        return  # it is installed
    player = Rhythmbox(desktop, music, ("polka.flac",), None)
    wait_for(lambda: player.says("asked: No genre can be heard: GStreamer has no element"), "that")
    player.switch_off()
    player.quit()


def main():
    samples.need("rhythmbox", "rhythmbox-client", "ffprobe")
    for name in ("Peas-1.0", "RB-3.0"):
        if not any(pathlib.Path("/usr/lib").glob(f"*/girepository-1.0/{name}.typelib")):
            samples.skip(f"gir1.2-{name.lower()} is not installed, and plugins in Python need it")
    samples.need_samples()
    with tempfile.TemporaryDirectory() as folder:
        music = pathlib.Path(folder)
        samples.make_metal(music / "metal.flac", seconds=16, title="Metal Song", artist="M")
        samples.make_metal(music / "long.flac", seconds=60, title="Long Song", artist="L")
        samples.make_metal(music / "polka.flac", seconds=16, title="Polka", artist="P", genre="Polka")
        samples.make_metal(music / "short.flac", seconds=6, title="Short", artist="S")
        samples.make_classical(music / "station.mp3", seconds=60)
        samples.make_classical(music / "classical.flac", seconds=16, title="Classical Song", artist="C")
        run_each([(test, {}) for test in (
            a_person_is_asked,
            genres_are_stored_without_a_question,
            nobody_is_asked_about_what_cannot_be_written,
            a_station_keeps_its_genre,
            it_can_be_switched_off_while_it_listens,
            what_is_played_is_not_written,
            switched_off_it_does_not_write_what_is_played,
            a_missing_element_is_named,
        )], music)


if __name__ == "__main__":
    main()
