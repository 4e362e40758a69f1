# SPDX-License-Identifier: GPL-2.0-or-later
"""A plugin for both players that sits at the screen in place of a person: it writes what the genre bar
shows into the file GENRE_WITNESS, and presses the button whose text begins as that file's neighbour
"press" says."""
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


def wanted():
    file = pathlib.Path(os.environ["GENRE_WITNESS"]).with_name("press")
    return file.read_text(encoding="utf-8") if file.exists() else ""


def press(info):
    for button in list(find(info, "Button")):
        text = (button.get_label() or "").replace("_", "")
        if wanted() and text.startswith(wanted()):
            note("pressed", text)
            button.clicked()
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
    from quodlibet.plugins import PluginManager
    from quodlibet.plugins.events import EventPlugin

    def switch_off():
        """What the box in front of the plugin's name does, when the file says so."""
        if wanted() != "switch off":
            return GLib.SOURCE_CONTINUE
        manager = PluginManager.instance
        (plugin,) = [plugin for plugin in manager.plugins if plugin.id == "genreclassify"]
        manager.enable(plugin, False)
        manager.enable(plugin, True)
        manager.enable(plugin, False)
        return GLib.SOURCE_REMOVE

    GLib.timeout_add(20, switch_off)

    class Witness(EventPlugin):
        PLUGIN_ID = "witness"
        PLUGIN_NAME = "Witness"
        PLUGIN_DESC = "For tests."
else:
    from gi.repository import GObject, Peas

    class Witness(GObject.Object, Peas.Activatable):
        object = GObject.Property(type=GObject.Object)

        def do_activate(self):
            pass

        def do_deactivate(self):
            pass
