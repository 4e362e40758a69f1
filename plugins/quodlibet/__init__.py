# SPDX-License-Identifier: GPL-2.0-or-later
"""A Quod Libet plugin: shows which genre is heard, and stores it in songs that have none."""
from gi.repository import GLib, Gst

from quodlibet import app
from quodlibet.plugins import MissingGstreamerElementPluginException, PluginConfigMixin
from quodlibet.plugins.gstelement import GStreamerPlugin
from quodlibet.util.dprint import print_w

from .genre_bar import GenreBar, GenreChoice
from .genre_bus import ELEMENT, GenreBus
from .genre_song import ALWAYS, ASK, CHOICES, GenreSong, printable

__all__ = ["GenreClassify"]


class GenreClassify(GStreamerPlugin, PluginConfigMixin):
    PLUGIN_ID = "genreclassify"
    PLUGIN_NAME = "Genre from the Sound"
    PLUGIN_DESC = "Shows which genre is heard, and stores it in songs that have none."
    PLUGIN_INSTANCE = True  # one object, told by enabled() and disabled()

    _instance = None

    # ---- the element ----

    @classmethod
    def setup_element(cls):
        element = Gst.ElementFactory.make(ELEMENT, None)
        if element is not None and cls._instance:
            song = app.player.song
            if song is None or song.is_file:  # a station may never end: there the last 30 s count
                element.set_property("window", 0)  # everything since the song began
            cls._instance.await_messages_of(element)
            cls._instance.tag_files_only(song)
        return element

    def await_messages_of(self, element):
        """The pipeline is made after its elements, and before any message is delivered."""
        self._element = element
        GLib.idle_add(self._follow_bus, element, priority=GLib.PRIORITY_HIGH)

    def tag_files_only(self, song):
        """Quod Libet would store a tag in the station that plays; and an element that was made for
        one does not hear all of a file."""
        heard_whole = self._element.get_property("window") == 0
        is_file = song is not None and song.is_file
        self._element.set_property("post-tags", is_file and heard_whole)

    def _follow_bus(self, element):
        if element is self._element and app.player.bin:
            self._bus.follow(app.player.bin.get_bus(), element)
        return GLib.SOURCE_REMOVE

    def _take_answer(self, answer):
        self._heard.take_answer(answer)
        self._bar.show_now(self._heard.describe())

    def _take_tag(self, name):
        self._heard.take_tag(name)
        self._bar.show_now(self._heard.describe())

    # ---- songs ----

    def _on_song_started(self, player, song):
        """The song before is no longer played: its file may be written, unless it is this one."""
        if self._element is not None:
            self.tag_files_only(song)
        ended, self._heard = self._heard, GenreSong(song)
        self._bar.show_now(self._heard.describe() if song else "")
        self._begin_storing()
        if ended.song is not None:
            self._finish(ended)

    def _finish(self, heard):
        song, genre = heard.song, heard.get_genre()
        if not genre or not may_be_stored(song) or not song.is_writable():
            return
        choice = self.config_get("choice", ASK)
        if choice == ALWAYS:
            self._store(song, genre)
        elif choice == ASK:
            question = heard.ask(song.comma("title"))
            self._bar.offer(song("~filename"), question, lambda: self._store(song, genre))

    def _store(self, song, genre):
        self._waiting[song("~filename")] = (song, genre)
        self._begin_storing()

    def _begin_storing(self):
        if not self._storing_id:
            self._storing_id = GLib.idle_add(self._store_next)

    def _store_next(self):
        """One song each time: while one is written, the player cannot go on to the next."""
        names = [name for name, (song, _) in self._waiting.items() if song is not app.player.song]
        if names:
            self._store_now(*self._waiting.pop(names[0]))
        self._bar.show_left(len(names[1:]))
        if names[1:]:
            return GLib.SOURCE_CONTINUE
        self._end_storing()
        self._storing_id = None
        return GLib.SOURCE_REMOVE

    def _end_storing(self):
        stored, self._stored = self._stored, []
        if stored:
            app.librarian.changed(stored)

    def _store_now(self, song, genre):
        self._stored.append(song)
        try:
            store(song, genre)
        except Exception as error:  # whatever a tag makes the writer raise, the others are stored
            print_w(f"genreclassify: {song('~filename')}: {error}")
            self._bar.complain(f"The genre of “{printable(song('~basename'))}” could not be "
                               f"stored: {printable(str(error), 200)}")

    # ---- the plugin ----

    def enabled(self):
        type(self)._instance = self
        self._element = None
        self._bus = GenreBus(self._take_answer, self._take_tag)
        self._heard = GenreSong(app.player.song)
        self._waiting = {}  # name: (song, genre), to be stored when it is no longer played
        self._stored = []  # songs of which the library has not been told yet
        self._storing_id = None
        self._bar = GenreBar()
        self._started_id = app.player.connect("song-started", self._on_song_started)
        if self._show_bar() == GLib.SOURCE_CONTINUE:  # plugins may come before the window
            GLib.timeout_add(200, self._show_bar)

    def _show_bar(self):
        if type(self)._instance is None:
            return GLib.SOURCE_REMOVE
        if not app.window:
            return GLib.SOURCE_CONTINUE
        box = app.window.top_bar.get_parent()
        box.pack_start(self._bar, False, True, 0)
        box.reorder_child(self._bar, len(box.get_children()) - 2)  # above the status bar
        return GLib.SOURCE_REMOVE

    def disabled(self):
        type(self)._instance = None
        self._element = None  # what is queued to follow it does not, then
        self._bus.leave()
        app.player.disconnect(self._started_id)
        if self._storing_id:
            GLib.source_remove(self._storing_id)
        playing = app.player.song if app.player.bin else None  # quitting: none
        for song, genre in self._waiting.values():
            if song is not playing:
                self._store_now(song, genre)
        self._end_storing()
        self._bar.destroy()

    @classmethod
    def PluginPreferences(cls, window):
        return GenreChoice(CHOICES, cls.config_get("choice", ASK),
                           lambda choice: cls.config_set("choice", choice))


def may_be_stored(song):
    """A file of one's own that has no genre, and can have one."""
    return song.is_file and not song("genre").strip() and song.can_change("genre")


def store(song, genre):
    """Writes the genre into the file, unless somebody else has given it one meanwhile."""
    if not song.valid():
        song.reload()
    if not may_be_stored(song):
        return
    song["genre"] = genre
    try:
        song.write()
    except Exception:
        del song["genre"]
        raise


if not Gst.ElementFactory.find(ELEMENT):
    raise MissingGstreamerElementPluginException(ELEMENT)
