#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The bar at the bottom of a player's window, without a player."""
import importlib.util
import os
import sys
import tempfile

import samples
from desktop import Desktop


def texts(bar):
    """What is written in it, and on its buttons."""
    info, now = bar.get_children()
    if not info.get_visible():
        return now.get_text(), None, []
    (question,) = info.get_content_area().get_children()
    buttons = sorted(b.get_label().replace("_", "") for b in info.get_action_area().get_children())
    return now.get_text(), question.get_text(), buttons


def the_newest_fault_is_shown_with_how_many_there_were(bar):
    bar.offer("a song", "Store?", None)
    for number in range(3):
        bar.complain(f"Fault {number}.")
    assert texts(bar) == ("", "Fault 2. (2 more before)", ["Close"]), texts(bar)
    bar.get_children()[0].response(2)
    assert texts(bar) == ("", "Store?", ["Don’t Store", "Store"]), texts(bar)
    bar.complain("Another.")
    assert texts(bar) == ("", "Another.", ["Close"]), texts(bar)


def what_is_left_is_said_beside_what_is_heard(bar):
    bar.show_now("Metal, 90 %")
    bar.show_left(7)
    assert texts(bar)[0] == "Genre heard: Metal, 90 % · Still to be stored: 7", texts(bar)
    bar.show_now("")
    assert texts(bar)[0] == "Still to be stored: 7", texts(bar)
    bar.show_left(0)
    assert texts(bar)[0] == "" and not bar.get_children()[1].get_visible()


def main():
    if not importlib.util.find_spec("gi"):
        samples.skip("python3-gi is not installed")
    with tempfile.TemporaryDirectory() as root, Desktop(root) as desktop:
        os.environ.update(desktop.environment)
        import gi
        try:
            gi.require_version("Gtk", "3.0")
        except ValueError as error:
            samples.skip(error)
        sys.path.insert(0, os.path.join(os.environ["GENRE_PLUGINS"], "players"))
        from genre_bar import GenreBar
        for test in (
            the_newest_fault_is_shown_with_how_many_there_were,
            what_is_left_is_said_beside_what_is_heard,
        ):
            test(GenreBar())
            print(test.__name__)


if __name__ == "__main__":
    main()
