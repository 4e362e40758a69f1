# SPDX-License-Identifier: GPL-2.0-or-later
"""player.py MINUTES SEED HASTY FILE...: playbin with the element, sent to and fro.

Prints an object a line: {"doing": …} before each thing that it does, {"rest": answers so far,
"holds": Figures, "live": MB that are allocated} whenever a song was heard to its end and playbin is
in NULL, {"fault": …}."""
import ctypes
import json
import pathlib
import random
import sys
import time

from figures import Figures

try:
    import gi
    gi.require_version("Gst", "1.0")
    from gi.repository import GLib, Gst
except (ImportError, ValueError):
    print(json.dumps({"skip": "needs the packages python3-gi and gir1.2-gstreamer-1.0"}))
    sys.exit(0)

REST = 12  # things that are done between two songs that are heard whole
PATIENCE = 100 * Gst.SECOND  # less than that of who reads


class Mallinfo(ctypes.Structure):
    """struct mallinfo2 of glibc."""
    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks",
        "fordblks", "keepcost")]


def count_live():
    """MB that were allocated and not freed. Resident memory says less: what a thread has freed
    glibc keeps for the next one."""
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = Mallinfo
    found = mallinfo()
    return (found.uordblks + found.hblkhd) / 2 ** 20


def say(**what):
    print(json.dumps(what), flush=True)


class Player:
    """One playbin for all of it."""

    def __init__(self, files, seed):
        self.random = random.Random(seed)
        self.uris = [pathlib.Path(file).as_uri() for file in files]
        self.answers = self.finals = self.ends = 0
        self.playbin = Gst.ElementFactory.make("playbin")
        classifier = Gst.ElementFactory.make("genreclassify")
        if not classifier:
            sys.exit("GStreamer does not find genreclassify; see GST_PLUGIN_PATH")
        for name, value in ("interval", 2), ("min-window", 4):
            classifier.set_property(name, value * Gst.SECOND)
        self.sink = Gst.ElementFactory.make("fakesink")
        Gst.util_set_object_arg(self.playbin, "flags", "audio")
        self.playbin.set_property("audio-filter", classifier)
        self.playbin.set_property("audio-sink", self.sink)
        self.bus = self.playbin.get_bus()
        self.state = Gst.State.NULL

    # -- what it says

    def take(self, message):
        if message.type == Gst.MessageType.ERROR:
            error, _ = message.parse_error()
            say(fault=f"an error of {message.src.get_name()}: {error.message}")
        elif message.type == Gst.MessageType.EOS:
            self.ends += 1
        elif message.type == Gst.MessageType.ELEMENT and message.has_name("genreclassify"):
            structure = message.get_structure()
            self.answers += 1
            self.finals += structure.get_boolean("final")[1]
            if not structure.get_string("genre"):
                say(fault="an answer without a genre")

    def read(self, seconds):
        """All that comes in the next while."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            message = self.bus.timed_pop(int(left * Gst.SECOND))
            if message:
                self.take(message)

    # -- what is done

    def change(self, state):
        self.state = state
        if self.playbin.set_state(state) == Gst.StateChangeReturn.FAILURE:
            say(fault=f"no change to {state.value_nick}")
        if self.playbin.get_state(PATIENCE)[0] != Gst.StateChangeReturn.SUCCESS:
            say(fault=f"not {state.value_nick} within {PATIENCE / Gst.SECOND:g} s")

    def open(self, uri, paced):
        if self.state > Gst.State.READY:
            self.change(self.random.choice((Gst.State.READY, Gst.State.NULL)))
        self.sink.set_property("sync", paced)
        self.playbin.set_property("uri", uri)
        self.change(Gst.State.PAUSED)
        self.change(Gst.State.PLAYING)

    def seek(self):
        """Without a flush only while it plays: what is paused would wait for ever."""
        known, length = self.playbin.query_duration(Gst.Format.TIME)
        place = int(self.random.random() * (length if known else 30 * Gst.SECOND))
        flags = self.random.choice((Gst.SeekFlags.ACCURATE, Gst.SeekFlags.KEY_UNIT))
        flush = self.state != Gst.State.PLAYING or self.random.random() < 0.7
        say(doing=f"seek to {place / Gst.SECOND:.2f} s, {'flushing' if flush else 'not flushing'}, "
                  f"{self.state.value_nick}")
        if flush:
            flags |= Gst.SeekFlags.FLUSH
        self.playbin.seek_simple(Gst.Format.TIME, flags, place)
        if flush:
            self.playbin.get_state(PATIENCE)

    def toggle(self):
        state = Gst.State.PAUSED if self.state == Gst.State.PLAYING else Gst.State.PLAYING
        say(doing=state.value_nick)
        self.change(state)

    def stop_at_once(self):
        """While it is still on its way."""
        say(doing="stop on the way")
        self.playbin.set_state(Gst.State.PAUSED)
        self.playbin.set_state(Gst.State.PLAYING)
        time.sleep(self.random.random() / 20)
        self.change(Gst.State.NULL)
        self.open(self.random.choice(self.uris), True)

    def exchange(self):
        uri = self.random.choice(self.uris)
        paced = self.random.random() < 0.8
        say(doing=f"open {uri.rsplit('/', 1)[1]}, {'paced' if paced else 'as fast as it goes'}")
        self.open(uri, paced)

    def rest(self):
        """A song from its beginning to its end, then nothing."""
        uri = self.random.choice(self.uris)
        say(doing=f"hear {uri.rsplit('/', 1)[1]}")
        if self.state != Gst.State.NULL:
            self.change(Gst.State.NULL)
        self.read(0.01)  # of what was before
        ends, finals, before = self.ends, self.finals, self.answers
        self.open(uri, False)
        limit = time.monotonic() + PATIENCE / Gst.SECOND
        while self.ends == ends and time.monotonic() < limit:
            self.read(0.05)
        self.read(0.01)
        if self.ends == ends or self.finals != finals + 1 or self.answers < before + 5:
            say(fault=f"a whole song: {self.ends - ends} ends, {self.answers - before} answers, "
                      f"{self.finals - finals} of them final")
        self.change(Gst.State.NULL)
        say(rest=self.answers, holds=vars(Figures("self")), live=count_live())

    def run(self, minutes, hasty):
        end = time.monotonic() + 60 * minutes
        self.rest()
        n_rests = 1
        while time.monotonic() < end or n_rests < 3:  # which figures are compared of
            self.exchange()
            for _ in range(REST):
                self.random.choices((self.seek, self.toggle, self.exchange, self.stop_at_once),
                                    (10, 2, 1, 1))[0]()
                self.read(0.1 if hasty else 1)
            self.rest()
            n_rests += 1


def main():
    Gst.init(None)
    GLib.set_prgname("player")
    minutes, seed, hasty = float(sys.argv[1]), sys.argv[2], sys.argv[3] == "1"
    player = Player(sys.argv[4:], seed)
    player.run(minutes, hasty)


main()
