# SPDX-License-Identifier: GPL-2.0-or-later
"""What the element says on its way through a player."""
from gi.repository import Gst

ELEMENT = "genreclassify"
FIELDS = ("genre", "confidence", "music", "stream-time", "duration", "final", "reason")


class GenreBus:
    """Calls on_answer(fields) with every answer of an element, and on_tag(name) with every genre.

    The player delivers the messages: its bus has a signal watch.
    """

    def __init__(self, on_answer, on_tag):
        self._on_answer = on_answer
        self._on_tag = on_tag
        self._bus = None

    def follow(self, bus, element):
        """From now on this bus, in place of the one before; None: the player has none at present."""
        self.leave()
        self._bus = bus
        if bus:
            self._id = bus.connect("message", self._take_message, element)

    def leave(self):
        if self._bus:
            self._bus.disconnect(self._id)
        self._bus = None

    def _take_message(self, bus, message, element):
        if message.src is not element:
            return
        if message.type == Gst.MessageType.ELEMENT and message.has_name(ELEMENT):
            answer = message.get_structure()
            fields = {name: answer.get_value(name) for name in FIELDS}
            names = element.get_property("genres")  # none once it has stopped
            label = fields["genre"]
            fields["name"] = names and names.get_string(label) or label.capitalize()
            self._on_answer(fields)
        elif message.type == Gst.MessageType.TAG:
            known, name = message.parse_tag().get_string("genre")
            if known:
                self._on_tag(name)
