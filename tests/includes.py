#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""includes.py ROOT: fails if a file includes another that stands higher, or what has no business in
its room. The floors are those of docs/design.md; a new file belongs to one of them by its folder, or,
directly in src/, by its name."""
import os
import re
import sys
import tempfile

# From the ground upwards: a file may include what stands on its own floor and below.
FLOORS = [
    ("basics", r"src/(aggregation|decibels|error|files|floats|half|json|jsontext|loss|random"
               r"|tensorinfo|vectorised)\.[ch]|pipelines/(decoderguard|filepath|genrename|musicname|output|printable|shard|terminal|translation|wavend)\.[ch]"
               r"|pipelines/tagging/(asfobjects|chunk|moveat|readat|tagitems|writeall)\.[ch]"),
    ("file formats", r"src/safetensors\.[ch]"),
    ("sound to segments", r"src/(filterbank|frontend|frontend-private|frontendjson"
                          r"|representation|segment|spectrogram)\.[ch]"),
    ("kernels", r"src/kernels/\w+\.[ch]"),
    ("resampling", r"src/(monostream|resampler)\.[ch]"),
    ("layers", r"src/layers/\w+\.[ch]"),
    ("network", r"src/(network|network-private|tape)\.[ch]"),
    ("inference", r"src/inference/\w+\.[ch]"),
    ("model", r"src/(model|modelfile)\.[ch]"),
    ("classifier", r"src/streamclassifier\.[ch]"),
    ("library for others", r"src/genre/\w+\.[ch]"),
    ("audio input", r"gst/audioinput\.[ch]"),
    ("element", r"gst/\w+\.[ch]"),
    ("trainer: running", r"trainer/running/\w+\.[ch]"),
    ("trainer: data", r"trainer/data/\w+\.[ch]"),
    ("trainer: measuring", r"trainer/measuring/\w+\.[ch]"),
    ("trainer: learning", r"trainer/learning/\w+\.[ch]"),
    ("trainer: commands", r"trainer/commands/\w+\.[ch]"),
    ("trainer: main", r"trainer/main\.c"),
    ("programs: what they share", r"pipelines/(answerjson|answertext|atrest|backoff|classifieroptions|excerpts|filepipeline|httprequest"
                                  r"|haste|jsonline|listenoptions|musicfiles|networkfault|patientread|watchdog)\.[ch]"),
    ("programs: queue", r"pipelines/queue/\w+\.[ch]"),
    ("programs: tagging", r"pipelines/tagging/\w+\.[ch]"),
    ("programs: radio", r"pipelines/radio/\w+\.[ch]"),
    ("programs: page", r"pipelines/page/\w+\.[ch]"),
    ("programs: listening", r"pipelines/(file|station)listener\.[ch]"),
    ("programs", r"pipelines/genre-\w+\.c"),
]

# What must not be included although it stands lower, or is no file of ours: (who, what, why).
FORBIDDEN = [
    (r"src/", r"<(gst|cairo).*", "the library knows no media framework"),
    (r"src/(kernels|inference)/", r"src/json\.h|<json.*", "a description is read once, by layers"),
    (r"src/kernels/", r"src/(?!kernels/)(?!floats\.h)(?!error\.h).*", "kernels know arithmetic only"),
    (r"src/layers/", r"src/kernels/(?!kernels\.h|exponential\.h).*", "layers see the table only"),
    (r"src/inference/", r"src/layers/(?!layer\.h|sequence\.h).*", "inference sees no layer's own file"),
    (r"src/streamclassifier\.h", r"src/(tape|layers/.*|json)\.h|<json.*", "what players include is light"),
    (r"(gst|trainer|pipelines)/", r"src/genre/.*", "for programs that are not ours"),
    (r"trainer/", r"gst/(?!audioinput\.h).*", "the trainer shares the element's ear, no more"),
    (r"trainer/", r"pipelines/(?!(decoderguard|filepath|genrename|musicname|output|printable|shard|terminal|translation|wavend|tagging/(asfobjects|chunk|readat|tagitems))\.h).*", "the trainer finds and reads music and tags, compares genres, speaks to people and divides work as programs do, no more"),
    (r"(src|gst)/", r"pipelines/.*", "what programs are made of knows no program"),
    (r"pipelines/", r"(gst|trainer)/.*", "programs use the element as anybody would, through GStreamer"),
    (r"pipelines/", r"src/(?!(files|jsontext)\.h).*", "programs see answers only"),
    (r"pipelines/(radio|page)/", r"pipelines/tagging/.*", "a station knows no collection"),
    (r"(src|gst|trainer)/|pipelines/(?!queue/)", r"<hiredis.*", "Redis is spoken in queue/"),
    (r"(src|gst|trainer)/|pipelines/(?!queue/|radio/hlscipher)", r"<gnutls.*", "one file decrypts segments, others speak TLS in queue/"),
    (r"pipelines/queue/", r"<gst.*", "a queue does not know what its tasks are"),
    (r"trainer/(?!measuring/)", r"<cairo.*", "pictures are drawn in measuring/"),
]

TREES = ("src", "gst", "trainer", "pipelines")
GENERATED = {"genre-library-resources.h", "genreclassify-resources.h", "pageresources.h"}


def floor_of(path):
    for number, (_, pattern) in enumerate(FLOORS):
        if re.fullmatch(pattern, path):
            return number
    return None


def sources(root):
    for tree in TREES:
        for folder, _, names in os.walk(os.path.join(root, tree)):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def resolve(root, path, name):
    """The file that #include "name" in path means, or None."""
    for folder in (os.path.dirname(path),) + TREES:
        candidate = os.path.normpath(os.path.join(folder, name))
        if os.path.exists(os.path.join(root, candidate)):
            return candidate
    return None


def check_file(root, path):
    """Yields a line for each fault."""
    own = floor_of(path)
    if own is None:
        yield f"{path}: stands on no floor: name it in tests/includes.py, or move it into a room"
        return
    with open(os.path.join(root, path), encoding="utf-8") as file:
        found = re.findall(r'^#include ([<"])([^>"]+)[>"]', file.read(), re.MULTILINE)
    for bracket, name in found:
        if name in GENERATED:
            continue
        target = resolve(root, path, name) if bracket == '"' else f"<{name}>"
        if target is None:
            yield f'{path}: includes "{name}", which is no file of ours'
            continue
        floor = floor_of(target) if bracket == '"' else None
        if floor is not None and floor > own:
            yield (f"{path} ({FLOORS[own][0]}) includes {target} ({FLOORS[floor][0]}), which stands "
                   "higher")
        for who, what, why in FORBIDDEN:
            if re.match(who, path) and re.fullmatch(what, target):
                yield f"{path} includes {target}: {why}"


def check(root):
    return [fault for path in sources(root) for fault in check_file(root, path)]


def check_itself():
    """What must be found is found."""
    files = {
        "src/error.h": "",
        "src/kernels/kernels.h": '#include "layers/layer.h"\n',
        "src/layers/layer.h": '#include "error.h"\n',
        "src/inference/plan.c": "#include <json-glib/json-glib.h>\n",
        "trainer/data/labels.c": '#include "learning/training.h"\n',
        "trainer/learning/training.h": '#include "data/nothing.h"\n',
        "trainer/stray.c": "",
        "trainer/running/progress.c": '#include "printable.h"\n',
        "trainer/running/ranks.c": '#include "musicfiles.h"\n',
        "src/error.c": '#include "printable.h"\n',
        "pipelines/printable.h": "",
        "pipelines/musicfiles.h": "",
        "pipelines/radio/radio.c": '#include "../page/pageserver.h"\n',
        "pipelines/page/pageserver.h": '#include "../tagging/tagger.h"\n',
        "pipelines/tagging/tagger.h": "",
    }
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        faulty = {re.match(r"[\w./-]+\w", fault).group() for fault in check(root)}
    expected = set(files) - {"src/error.h", "src/layers/layer.h", "trainer/running/progress.c",
                             "pipelines/printable.h", "pipelines/musicfiles.h",
                             "pipelines/tagging/tagger.h"}
    if faulty != expected:
        sys.exit(f"includes.py: finds faults in {sorted(faulty)}, expected {sorted(expected)}")


def main():
    check_itself()
    faults = check(sys.argv[1])
    for fault in faults:
        print(fault)
    if len(list(sources(sys.argv[1]))) < 100:
        sys.exit(f"includes.py: {sys.argv[1]}: too few files, expected the root of the sources")
    sys.exit(1 if faults else 0)


main()
