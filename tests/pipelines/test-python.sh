#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# genre_listen.py: the probabilities reach Python.
. "$(dirname "$0")/common.sh"
python=/usr/bin/python3
"$python" -c 'import gi; gi.require_version("Gst", "1.0"); from gi.repository import Gst' 2>/dev/null ||
  skip "no PyGObject, or no GStreamer for it"

make_music 12 "a song.ogg"
expect 0 "$python" "$GENRE_PIPELINES/genre_listen.py" "a song.ogg"
matches out '^ +1[0-2]\.[0-9] s  [a-z-]+ +[a-z-]+ [01]\.[0-9]{2} [a-z-]+ 0\.[0-9]{2}'
expect 1 "$python" "$GENRE_PIPELINES/genre_listen.py" nothing.ogg
matches err '^genre_listen\.py: nothing\.ogg: '
