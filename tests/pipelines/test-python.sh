#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# genre_listen.py: the probabilities reach Python; so do the numbers of a spectrogram, with gst-python.
. "$(dirname "$0")/common.sh"
python=/usr/bin/python3
"$python" -c 'import gi; gi.require_version("Gst", "1.0"); from gi.repository import Gst' 2>/dev/null ||
  skip "no PyGObject, or no GStreamer for it"

make_music 12 "a song.ogg"
expect 0 "$python" "$GENRE_PIPELINES/genre_listen.py" "a song.ogg"
matches out '^ +1[0-2]\.[0-9] s  [a-z-]+ +[a-z-]+ [01]\.[0-9]{2} [a-z-]+ 0\.[0-9]{2}'
if gst-inspect-1.0 lamemp3enc >/dev/null; then
  make_music 5 segment.mp3
  make_list list.mp3 segment.mp3
  expect 1 "$python" "$GENRE_PIPELINES/genre_listen.py" list.mp3
fi
expect 1 "$python" "$GENRE_PIPELINES/genre_listen.py" nothing.ogg
matches err '^genre_listen\.py: nothing\.ogg: '

cat >spectrogram.py <<'PY'
import sys
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
from genre_listen import Gst, fields
Gst.init(None)
pipeline = Gst.parse_launch("audiotestsrc num-buffers=100 ! genreclassify post-spectrogram=true ! fakesink")
pipeline.set_state(Gst.State.PLAYING)
bus = pipeline.get_bus()
while not (message := bus.timed_pop(Gst.CLOCK_TIME_NONE)).has_name("genreclassify-spectrogram"):
    assert message.type not in (Gst.MessageType.EOS, Gst.MessageType.ERROR), message.type
seen = fields(message.get_structure())
pipeline.set_state(Gst.State.NULL)
print(f"{seen['rate']:.1f} frames a second,", *(len(frame) for frame in seen.get("magnitude", ())))
PY
expect 0 "$python" spectrogram.py "$GENRE_PIPELINES"
if "$python" -c 'from gi.overrides.Gst import ValueArray' 2>/dev/null; then
  matches out '^24\.1 frames a second, 128 128 128 128 128 128$'
else
  matches out '^24\.1 frames a second,$'
fi
