#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""From Python: every field of a message, the probabilities among them, and the statistics. A host's threads are
its own: loading the plugin starts none."""
import os
import sys

try:
    import gi

    gi.require_version("Gst", "1.0")
    from gi.repository import Gst
except (ImportError, ValueError) as error:
    print("SKIP: no PyGObject for GStreamer:", error)
    sys.exit(77)

Gst.init(None)
assert Gst.ElementFactory.make("identity")  # what GStreamer starts to load plugins is not ours
threads = os.listdir("/proc/self/task")
assert Gst.ElementFactory.make("genreclassify"), "no plugin"
assert os.listdir("/proc/self/task") == threads, "the plugin starts threads when it is loaded"
pipeline = Gst.parse_launch(
    "audiotestsrc freq=6000 num-buffers=50 samplesperbuffer=4410 ! audio/x-raw,rate=44100 ! "
    "genreclassify name=g min-window=2000000000 interval=2000000000 ! fakesink"
)
element = pipeline.get_by_name("g")
element.set_property("model", os.environ["GENRE_TEST_MODEL"])
bus = pipeline.get_bus()
pipeline.set_state(Gst.State.PLAYING)
answers = []
while True:
    message = bus.timed_pop_filtered(
        60 * Gst.SECOND, Gst.MessageType.ELEMENT | Gst.MessageType.EOS | Gst.MessageType.ERROR
    )
    assert message is not None, "neither EOS nor an error"
    assert message.type != Gst.MessageType.ERROR, message.parse_error()
    if message.type == Gst.MessageType.EOS:
        break
    structure = message.get_structure()
    if structure.get_name() == "genreclassify":
        answers.append(structure.copy())

assert len(answers) == 3, len(answers)
for answer in answers:
    assert answer.get_string("genre") == "high-pitched"
    probabilities = answer.get_value("probabilities")
    by_label = {
        probabilities.nth_field_name(i): probabilities.get_value(probabilities.nth_field_name(i))
        for i in range(probabilities.n_fields())
    }
    assert set(by_label) == {"low", "high-pitched"}, by_label
    assert abs(sum(by_label.values()) - 1) < 1e-9
    assert by_label["high-pitched"] == answer.get_value("confidence") > 0.9
    assert answer.get_value("duration") > Gst.SECOND
    assert answer.get_value("timestamp") >= 0
assert [answer.get_value("final") for answer in answers] == [False, False, True]
assert answers[-1].get_string("reason") == "eos"
assert element.get_property("stats").get_value("segments") >= 8
pipeline.set_state(Gst.State.NULL)
