# SPDX-License-Identifier: GPL-2.0-or-later
"""A plugin for both players that sits at the screen in place of a person: it writes what the genre bar
shows into the file GENRE_WITNESS, and presses the button whose text begins as that file's neighbour
"press" says (with ", switch off" behind it: and switches the plugin off before the player goes on)."""
import os
import pathlib
import sys

from gi.repository import GLib, Gtk

seen = {}
watched = []  # labels, whose texts may be gone before anybody looks


def note(kind, text):
    """Writes each text once, when it changes."""
    if seen.get(kind) != text:
        seen[kind] = text
        with open(os.environ["GENRE_WITNESS"], "a", encoding="utf-8") as file:
            file.write(f"{kind}: {text}\n")


def find(widget, kind):
    if type(widget).__name__ == kind:
        yield widget
    if isinstance(widget, Gtk.Container):
        children = widget.get_children()
        if isinstance(widget, Gtk.InfoBar):
            children = [*children, widget.get_action_area()]
        for child in children:
            yield from find(child, kind)


def read(name):
    file = pathlib.Path(os.environ["GENRE_WITNESS"]).with_name(name)
    return file.read_text(encoding="utf-8") if file.exists() else ""


def wanted():
    return read("press")


def press(info):
    start, _, then = wanted().partition(", ")
    buttons = {(button.get_label() or "").replace("_", ""): button for button in find(info, "Button")}
    note("buttons", ", ".join(buttons))
    for text, button in buttons.items():
        if start and text.startswith(start):
            note("pressed", text)
            button.clicked()
            if then:
                enable(False)
            seen.pop("asked")  # the same question again is another one
            return


def look():
    bars = [bar for window in Gtk.Window.list_toplevels() for bar in find(window, "GenreBar")]
    if not bars and "now" in seen:
        note("bar", "no bar")
    for bar in bars:
        for info in find(bar, "InfoBar"):
            (now,) = [child for child in bar.get_children() if child is not info]
            if now not in watched:
                watched.append(now)
                now.connect("notify::label", lambda label, _: note("now", label.get_text()))
            note("now", now.get_text())
            if info.get_visible():
                note("asked", next(find(info, "Label")).get_text())
                press(info)
    return GLib.SOURCE_CONTINUE


GLib.timeout_add(20, look)

if "quodlibet" in sys.modules:
    from quodlibet import app
    from quodlibet.browsers.iradio import IRFile
    from quodlibet.formats.remote import RemoteFile
    from quodlibet.plugins import PluginManager
    from quodlibet.plugins.events import EventPlugin

    def enable(status):
        """What the box in front of the plugin's name does."""
        manager = PluginManager.instance
        (plugin,) = [plugin for plugin in manager.plugins if plugin.id == "genreclassify"]
        manager.enable(plugin, status)

    def switch_off():
        if wanted() != "switch off":
            return GLib.SOURCE_CONTINUE
        for status in (False, True, False):
            enable(status)
        return GLib.SOURCE_REMOVE

    def enqueue():
        """A station or a podcast's episode, when the file "remote" says so: its kind and address."""
        if not read("remote") or not app.window:
            return GLib.SOURCE_CONTINUE
        kind, address = read("remote").split()
        song = {"station": IRFile, "episode": RemoteFile}[kind](address)
        song["genre"] = "Jazz\nSwing"
        app.window.playlist.enqueue([song])
        note("queued", kind)
        return GLib.SOURCE_REMOVE

    def look_at_station():
        if app.player and isinstance(app.player.song, IRFile):
            note("station", app.player.song.comma("genre"))
        return GLib.SOURCE_CONTINUE

    def look_at_library():
        if not app.librarian:
            return GLib.SOURCE_CONTINUE
        app.librarian.connect("changed", lambda _, songs: note("changed", f"{len(songs)} songs"))
        return GLib.SOURCE_REMOVE

    for act in (switch_off, enqueue, look_at_station, look_at_library):
        GLib.timeout_add(20, act)

    class Witness(EventPlugin):
        PLUGIN_ID = "witness"
        PLUGIN_NAME = "Witness"
        PLUGIN_DESC = "For tests."
else:
    from gi.repository import GObject, Peas

    class Witness(GObject.Object, Peas.Activatable):
        object = GObject.Property(type=GObject.Object)

        def do_activate(self):
            GLib.timeout_add(20, self.play_station)

        def play_station(self):
            """In the list of stations, when the file "remote" says its address."""
            entry = self.object.props.db.entry_lookup_by_location(read("remote"))
            if not entry:
                return GLib.SOURCE_CONTINUE
            source = self.object.get_source_by_entry_type(entry.get_entry_type())
            self.object.props.shell_player.play_entry(entry, source)
            return GLib.SOURCE_REMOVE

        def do_deactivate(self):
            pass
