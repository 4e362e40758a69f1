# SPDX-License-Identifier: GPL-2.0-or-later
"""What is known about a song while a player plays it, and what of it may be stored at its end.

The rules, which hold for every player:
* Only the last answer counts, the one about all of the song; a song that is skipped has none.
* It must be music, be heard for MIN_SECONDS, and have a genre: `unknown` is none.
* The element must have sent the genre as a tag. It does not where the stream has a genre of its own,
  so a tagged file stays as it is even if the player has overlooked its tag.
* Where one file holds several songs, nothing is stored: a final answer is that of another song, unless
  the one before came in the midst of a song whose format changed (`caps`), or it begins where the file
  begins: a song that is repeated.
"""

MIN_SECONDS = 10
MIN_MUSIC = 0.5
UNKNOWN = "unknown"
SECOND = 10**9

# What happens at the end of a song without a genre: settings of both players.
ASK, ALWAYS, NEVER = "ask", "always", "never"
CHOICES = (
    (ASK, "Ask whether to store its genre"),
    (ALWAYS, "Store its genre"),
    (NEVER, "Only show what is heard"),
)


class GenreSong:
    """One song: a player makes a new one whenever another begins."""

    def __init__(self, song=None):
        self.song = song  # the player's own object
        self.answer = None  # the latest
        self.name = None  # the latest tag
        self.finals = []

    def take_answer(self, answer):
        self.answer = answer
        if answer["final"]:
            self.finals.append(answer)

    def take_tag(self, name):
        self.name = name

    def describe(self):
        """What is heard, in words."""
        if self.answer is None:
            return "listening…"
        if self.answer["music"] < MIN_MUSIC:
            return "no music"
        if self.answer["genre"] == UNKNOWN:
            return "not sure yet" if not self.finals else "not sure"
        return f"{self.answer['name']}, {100 * self.answer['confidence']:.0f} %"

    def get_genre(self):
        """The genre that may be stored, or None."""
        if not self.name or len({answer["genre"] for answer in self.finals}) != 1 or self._are_several():
            return None
        last = self.finals[-1]
        sure = last["genre"] != UNKNOWN and last["music"] >= MIN_MUSIC
        return self.name if sure and last["duration"] >= MIN_SECONDS * SECOND else None

    def _are_several(self):
        songs = [answer for answer in self.finals if answer["reason"] != "caps"]
        return any(answer["stream-time"] >= SECOND for answer in songs[1:])

    def ask(self, title):
        """The question whether to store the genre of get_genre()."""
        sure = f"{100 * self.finals[-1]['confidence']:.0f} % sure"
        return f"“{printable(title)}” has no genre. It sounds like {self.name} ({sure})."


def printable(text, length=60):
    """A title for a label: on one line, and not endless."""
    line = "".join(c if c.isprintable() else " " for c in text).strip()
    return line if len(line) <= length else line[: length - 1] + "…"
