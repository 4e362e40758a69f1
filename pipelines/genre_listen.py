#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""genre_listen.py FILE|URL: the genres of a file or a stream, from Python.

Needs python3-gi and gir1.2-gstreamer-1.0, and GST_PLUGIN_PATH where the plugin is not installed.
"""
import os
import pathlib
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402


def fields(structure):
    """A GstStructure as a dictionary.

    Also the structures in it: PyGObject does not copy them, they go away with the outer one. Without GstValueArrays,
    as in a spectrogram's magnitude, where python3-gst-1.0 is not installed: PyGObject alone does not know them.
    """
    result = {}
    for i in range(structure.n_fields()):
        name = structure.nth_field_name(i)
        try:
            value = structure.get_value(name)
        except TypeError:
            continue
        result[name] = fields(value) if isinstance(value, Gst.Structure) else value
    return result


def listen(uri, on_answer):
    """Calls on_answer with each of genreclassify's messages, a dictionary; returns at the end."""
    classifier = Gst.ElementFactory.make("genreclassify")
    if classifier is None:
        raise RuntimeError("GStreamer does not find genreclassify; see GST_PLUGIN_PATH")
    sink = Gst.ElementFactory.make("fakesink")
    sink.set_property("sync", False)  # as fast as it can be decoded
    playbin = Gst.ElementFactory.make("playbin")
    playbin.set_property("uri", uri)
    Gst.util_set_object_arg(playbin, "flags", "audio")
    playbin.set_property("audio-filter", classifier)
    playbin.set_property("audio-sink", sink)

    bus = playbin.get_bus()
    playbin.set_state(Gst.State.PLAYING)
    try:
        while True:
            message = bus.timed_pop(Gst.CLOCK_TIME_NONE)
            if message.type == Gst.MessageType.EOS:
                return
            if message.type == Gst.MessageType.ERROR:
                raise message.parse_error()[0]
            if message.type == Gst.MessageType.ELEMENT and message.has_name("genreclassify"):
                on_answer(fields(message.get_structure()))
    finally:
        playbin.set_state(Gst.State.NULL)


def show(answer):
    end = (answer["stream-time"] + answer["duration"]) / Gst.SECOND
    ranking = sorted(answer["probabilities"].items(), key=lambda pair: -pair[1])
    if answer["music"] < 0.5:
        print(f"{end:7.1f} s  no music")
        return
    print(f"{end:7.1f} s  {answer['genre']:10}", *(f"{name} {p:.2f}" for name, p in ranking[:3]))


def refuse_lists():
    """A file that is in truth a list of other addresses (HLS, DASH, Smooth Streaming) is not followed, whatever its name."""
    lists = [kind + "demux" + version for kind in ("dash", "hls", "mss") for version in ("", "2")] + ["gesdemux"]
    ranks = [name + ":NONE" for name in lists] + [os.environ.get("GST_PLUGIN_FEATURE_RANK", "")]
    os.environ["GST_PLUGIN_FEATURE_RANK"] = ",".join(filter(None, ranks))


def main():
    if sys.argv[1:] in (["-h"], ["--help"]):
        print(__doc__)
        return
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    source = sys.argv[1]
    if not source.startswith(("http://", "https://")):
        refuse_lists()
    Gst.init(None)
    try:
        listen(source if "://" in source else pathlib.Path(source).resolve().as_uri(), show)
    except (GLib.Error, RuntimeError) as error:
        sys.exit(f"genre_listen.py: {source}: {error}")


if __name__ == "__main__":
    main()
