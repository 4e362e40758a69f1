#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What may be stored at the end of a song, without a player."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ["GENRE_PLUGINS"], "players"))
from genre_song import SECOND, GenreSong, printable  # noqa: E402


NAMES = {"hiphop": "Hip-Hop", "rock": "Rock", "unknown": "Unknown"}


def answer(genre="hiphop", confidence=0.8, music=0.9, seconds=60, final=True, reason="eos", since=0):
    return {"genre": genre, "name": NAMES[genre], "confidence": confidence, "music": music,
            "stream-time": since * SECOND, "duration": seconds * SECOND, "final": final,
            "reason": reason if final else None}


def heard(*answers, tag="Hip-Hop"):
    song = GenreSong("a song")
    for each in answers:
        song.take_answer(each)
    if tag:
        song.take_tag(tag)
    return song


def a_whole_song_has_the_genre_in_its_tag():
    song = heard(answer(final=False, seconds=10), answer())
    assert song.get_genre() == "Hip-Hop"
    assert song.ask("A Title") == "“A Title” has no genre. It sounds like Hip-Hop (80 % sure)."


def the_last_tag_counts():
    song = heard(answer("rock", final=False), answer(), tag=None)
    song.take_tag("Rock")
    song.take_tag("Hip-Hop")
    assert song.get_genre() == "Hip-Hop"


def what_is_not_sure_is_not_stored():
    for song in (
        heard(),
        heard(answer(final=False)),  # skipped
        heard(answer("unknown")),
        heard(answer(music=0.49)),
        heard(answer(seconds=9.9)),
        heard(answer(), tag=None),  # the stream has a genre of its own
        heard(answer(), answer("rock")),  # two songs in one file
        heard(answer(reason="stream"), answer(since=60)),  # of the same genre
        heard(answer(reason="title"), answer(reason="caps", since=60), answer(since=90)),
        heard(answer(reason="caps"), answer("rock", since=60)),
    ):
        assert song.get_genre() is None, vars(song)


def bounds_are_as_they_say():
    assert heard(answer(music=0.5, seconds=10)).get_genre() == "Hip-Hop"


def the_same_song_twice_is_one():
    assert heard(answer(), answer()).get_genre() == "Hip-Hop"


def a_song_whose_format_changes_is_one():
    assert heard(answer(reason="caps"), answer(since=60)).get_genre() == "Hip-Hop"


def what_is_heard_is_said_in_words():
    for song, words in (
        (heard(tag=None), "listening…"),
        (heard(answer(final=False), tag=None), "Hip-Hop, 80 %"),
        (heard(answer("rock", final=False)), "Rock, 80 %"),  # not what was tagged before
        (heard(answer("unknown", final=False)), "not sure yet"),
        (heard(answer("unknown")), "not sure"),
        (heard(answer("unknown", music=0.1)), "no music"),
    ):
        assert song.describe() == words, (song.describe(), words)


def titles_fit_on_one_line():
    assert printable("a\n\x1b[31mb") == "a  [31mb"
    assert printable("é" * 100) == "é" * 59 + "…"


for test in [each for name, each in list(globals().items()) if "_" in name and callable(each)
             and each.__module__ == "__main__"]:
    test()
    print(test.__name__)
