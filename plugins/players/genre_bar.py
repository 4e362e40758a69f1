# SPDX-License-Identifier: GPL-2.0-or-later
"""A bar at the bottom of a player's window: what is heard now, and what to do with a song that has
ended."""
from gi.repository import Gtk, Pango

STORE, DISCARD, STORE_ALL = 1, 2, 3


class GenreBar(Gtk.Box):
    """Offers wait in a row, the oldest is shown; the newest fault comes before them."""

    def __init__(self):
        super().__init__(orientation=Gtk.Orientation.VERTICAL)
        self._offers = {}  # song: (text, what to call)
        self._fault = ""  # the newest one's text
        self._fault_count = 0
        self._heard = ""
        self._left = 0  # songs that are still to be written
        self._question = Gtk.Label(xalign=0, wrap=True, max_width_chars=60)
        self._info = Gtk.InfoBar()
        self._info.get_content_area().pack_start(self._question, True, True, 0)
        self._info.connect("response", self._respond)
        self._now = Gtk.Label(xalign=0, ellipsize=Pango.EllipsizeMode.END)
        for side in ("start", "end"):
            getattr(self._now, f"set_margin_{side}")(8)
        for side in ("top", "bottom"):
            getattr(self._now, f"set_margin_{side}")(4)
        self._now.set_tooltip_text("The genre that genreclassify hears in this song so far")
        self.pack_start(self._info, False, False, 0)
        self.pack_start(self._now, False, False, 0)
        self._info.show_all()
        self._now.show()
        self._info.set_no_show_all(True)
        self._update()
        self.show()

    def show_now(self, text):
        """What is heard, or nothing between songs."""
        self._heard = f"Genre heard: {text}" if text else ""
        self._update_now()

    def show_left(self, count):
        """So many songs are still to be written."""
        self._left = count
        self._update_now()

    def offer(self, song, text, store):
        """Asks @text about @song, once even if it ends twice; calls @store if the answer is yes."""
        self._offers[song] = (text, store)
        self._update()

    def complain(self, text):
        self._fault = text
        self._fault_count += 1
        self._update()

    def _respond(self, info, response):
        if self._fault_count:
            self._fault_count = 0
        else:
            songs = list(self._offers) if response == STORE_ALL else list(self._offers)[:1]
            for _, store in [self._offers.pop(song) for song in songs]:
                if response in (STORE, STORE_ALL):
                    store()
        self._update()

    def _update_now(self):
        left = f"Still to be stored: {self._left}" if self._left else ""
        self._now.set_text(" · ".join(filter(None, (self._heard, left))))
        self._now.set_visible(bool(self._heard or left))

    def _update(self):
        for button in self._info.get_action_area().get_children():
            button.destroy()
        if self._fault_count:
            self._info.set_message_type(Gtk.MessageType.ERROR)
            before = f" ({self._fault_count - 1} more before)" if self._fault_count > 1 else ""
            self._question.set_text(self._fault + before)
            self._info.add_button("_Close", DISCARD)
        elif self._offers:
            self._info.set_message_type(Gtk.MessageType.QUESTION)
            self._question.set_text(next(iter(self._offers.values()))[0])
            self._info.add_button("_Store", STORE)
            if len(self._offers) > 1:
                self._info.add_button(f"Store _all {len(self._offers)}", STORE_ALL)
            self._info.add_button("_Don’t Store", DISCARD)
        self._info.set_visible(bool(self._fault_count or self._offers))


class GenreChoice(Gtk.Box):
    """What happens at the end of a song without a genre: one of CHOICES of genre_song."""

    def __init__(self, choices, current, on_change):
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=6, border_width=6)
        heading = Gtk.Label(label="When a song without a genre has ended:", xalign=0)
        self.pack_start(heading, False, False, 0)
        first = None
        for value, text in choices:
            button = Gtk.RadioButton.new_with_label_from_widget(first, text)
            first = first or button
            button.set_active(value == current)
            button.connect("toggled", lambda b, v: b.get_active() and on_change(v), value)
            self.pack_start(button, False, False, 0)
        self.show_all()
