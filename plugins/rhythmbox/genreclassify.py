# SPDX-License-Identifier: GPL-2.0-or-later
"""A Rhythmbox plugin: shows which genre is heard, and stores it in songs that have none.

Rhythmbox itself writes the tags, and says where it cannot: it is told the genre as if a person had
typed it.
"""
import gettext
import os

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, GObject, Gst, Peas, PeasGtk, RB  # noqa: E402

from genre_bar import GenreBar, GenreChoice  # noqa: E402
from genre_bus import ELEMENT, GenreBus  # noqa: E402
from genre_song import ASK, ALWAYS, CHOICES, GenreSong  # noqa: E402

SETTINGS = os.path.join(GLib.get_user_config_dir(), "genreclassify", "rhythmbox.conf")


def load_choice():
    settings = GLib.KeyFile()
    try:
        settings.load_from_file(SETTINGS, GLib.KeyFileFlags.NONE)
        choice = settings.get_string("genreclassify", "choice")
    except GLib.Error:
        return ASK
    return choice if choice in dict(CHOICES) else ASK


def save_choice(choice):
    settings = GLib.KeyFile()
    settings.set_string("genreclassify", "choice", choice)
    os.makedirs(os.path.dirname(SETTINGS), exist_ok=True)
    settings.save_to_file(SETTINGS)


class GenreClassifyPlugin(GObject.Object, Peas.Activatable):
    __gtype_name__ = "GenreClassifyPlugin"
    object = GObject.Property(type=GObject.Object)  # the RB.Shell

    def do_activate(self):
        self._bar = GenreBar()
        self.object.add_widget(self._bar, RB.ShellUILocation.MAIN_BOTTOM, False, False)
        self._element = Gst.ElementFactory.make(ELEMENT, None)
        if self._element is None:
            self._bar.complain(f"No genre can be heard: GStreamer has no element “{ELEMENT}”.")
            return
        self._element.set_property("window", 0)  # everything since the song began
        self._heard = GenreSong()
        self._waiting = []  # (song, genre) to be stored when it is no longer played
        self._bus = GenreBus(self._take_answer, self._take_tag)
        shell_player = self.object.props.shell_player
        self._player = shell_player.props.player
        self._on_song_changed(shell_player, shell_player.get_playing_entry())
        self._player.add_filter(self._element)
        self._connections = [
            (self._player, self._player.connect("notify::bus", self._follow_bus)),
            (shell_player, shell_player.connect("playing-song-changed", self._on_song_changed)),
        ]
        self._follow_bus()

    def do_deactivate(self):
        if self._element is not None:
            self._leave_player()
        self.object.remove_widget(self._bar, RB.ShellUILocation.MAIN_BOTTOM)
        self._bar.destroy()

    def _leave_player(self):
        for source, number in self._connections:
            source.disconnect(number)
        self._bus.leave()
        playing = self.object.props.shell_player.get_playing_entry()
        for entry, genre in self._waiting:
            if not is_same(entry, playing):  # quitting: it is no longer played
                self._store_now(entry, genre)
        self._player.remove_filter(self._element)

    # ---- the element ----

    def _follow_bus(self, *_):
        """The player makes its pipeline when it plays for the first time."""
        self._bus.follow(self._player.props.bus, self._element)

    def _take_answer(self, answer):
        self._heard.take_answer(answer)
        self._bar.show_now(self._heard.describe())

    def _take_tag(self, name):
        self._heard.take_tag(name)
        self._bar.show_now(self._heard.describe())

    # ---- songs ----

    def _on_song_changed(self, shell_player, entry):
        # Rhythmbox would store a tag in the station that plays.
        self._element.set_property("post-tags", entry is not None and is_local(entry))
        ended, self._heard = self._heard, GenreSong(entry)
        self._bar.show_now(self._heard.describe() if entry else "")
        waiting, self._waiting = self._waiting, []
        for old, genre in waiting:
            self._store(old, genre)
        if ended.song is not None:
            self._finish(ended)

    def _finish(self, heard):
        entry, genre = heard.song, heard.get_genre()
        if not genre or not may_be_stored(entry) or not can_be_written(entry):
            return
        choice = load_choice()
        if choice == ALWAYS:
            self._store(entry, genre)
        elif choice == ASK:
            location = entry.get_string(RB.RhythmDBPropType.LOCATION)
            question = heard.ask(entry.get_string(RB.RhythmDBPropType.TITLE))
            self._bar.offer(location, question, lambda: self._store(entry, genre))

    def _store(self, entry, genre):
        opened = self.object.props.shell_player.get_playing_entry()  # and soon heard
        if is_same(entry, self._heard.song) or is_same(entry, opened):  # played once more: later
            self._waiting.append((entry, genre))
        else:
            self._store_now(entry, genre)

    def _store_now(self, entry, genre):
        if may_be_stored(entry):
            database = self.object.props.db
            database.entry_set(entry, RB.RhythmDBPropType.GENRE, genre)
            database.commit()


def is_same(entry, other):
    location = RB.RhythmDBPropType.LOCATION
    return other is not None and entry.get_string(location) == other.get_string(location)


def is_local(entry):
    return entry.get_string(RB.RhythmDBPropType.LOCATION).startswith("file://")


def may_be_stored(entry):
    """A file of one's own that has no genre; Rhythmbox calls that genre Unknown."""
    genre = entry.get_string(RB.RhythmDBPropType.GENRE).strip()
    unknown = ("", "Unknown", gettext.dgettext("rhythmbox", "Unknown"))
    return is_local(entry) and genre in unknown


def can_be_written(entry):
    location = entry.get_string(RB.RhythmDBPropType.LOCATION)
    return entry.can_sync_metadata() and RB.uri_is_writable(location)


class GenreClassifyPreferences(GObject.Object, PeasGtk.Configurable):
    __gtype_name__ = "GenreClassifyPreferences"
    object = GObject.Property(type=GObject.Object)

    def do_create_configure_widget(self):
        return GenreChoice(CHOICES, load_choice(), save_choice)
