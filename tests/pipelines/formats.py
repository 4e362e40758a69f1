#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""formats.py GENRE_TAG SONG.wav: the genre in the tags of every format, read and written by others as well."""
import json
import os
import shutil
import struct
import subprocess
import sys

import mutagen
from mutagen.apev2 import APEv2
from mutagen.asf import ASFBoolAttribute, ASFByteArrayAttribute, ASFGUIDAttribute, ASFQWordAttribute, ASFUnicodeAttribute
from mutagen.id3 import (APIC, COMM, GEOB, ID3, POPM, PRIV, TCON, TDAT, TIME, TIT2, TPE1, TXXX, TYER, UFID,
                         USLT)
from mutagen.mp4 import MP4

from expect import check

try:
    import taglib
except ImportError:
    taglib = None

TAG, SONG = sys.argv[1:3]


def run(*arguments):
    done = subprocess.run([TAG, "--json", *arguments], capture_output=True, check=False)
    lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
    return {os.path.basename(line["source"]): line for line in lines}


def encode(name, *options):
    """FALSE where this ffmpeg has no such encoder."""
    done = subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", SONG, "-map_metadata", "-1", *options,
                           f"music/{name}"], capture_output=True, check=False)
    if done.returncode != 0 and os.path.exists(f"music/{name}"):
        os.remove(f"music/{name}")
    return done.returncode == 0


def sound(path):
    return subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-map", "0:a", "-f", "md5", "-"],
                          capture_output=True, check=True).stdout


def probed_tags(path):
    done = subprocess.run(["ffprobe", "-v", "error", "-of", "json", "-show_entries",
                           "format_tags:stream_tags", path], capture_output=True, check=True)
    found = json.loads(done.stdout)
    tags = [found.get("format", {}).get("tags", {})] + [s.get("tags", {}) for s in found.get("streams", [])]
    return {key.lower(): value for t in reversed(tags) for key, value in t.items()}


def probed_genre(path):
    return probed_tags(path).get("genre")


def mutagen_genre(path):
    tags = dict(mutagen.File(path, easy=False).tags or {})
    for key in "TCON", "\xa9gen", "genre", "GENRE", "Genre", "WM/Genre":
        if key in tags:
            return str(tags[key][0] if isinstance(tags[key], list) else tags[key])
    return None


def chunks(path, order="<I"):
    """Name, and content of each chunk of a WAV or, in the order of AIFF, an AIFF file; the file is nothing else."""
    with open(path, "rb") as file:
        content = file.read()
    check(struct.unpack(order, content[4:8])[0] == len(content) - 8, f"{path}: another size is in its header")
    at, found = 12, []
    while at < len(content):
        size = struct.unpack(order, content[at + 4:at + 8])[0]
        found.append((content[at:at + 4].decode("latin-1"), content[at + 8:at + 8 + size]))
        at += 8 + size + size % 2
    check(at == len(content), f"{path}: chunks end at {at}")
    return found


def write_chunks(path, parts, order="<I"):
    head, kind = (b"RIFF", b"WAVE") if order == "<I" else (b"FORM", b"AIFF")
    body = kind + b"".join(name.encode("latin-1") + struct.pack(order, len(content)) + content + bytes(len(content) % 2)
                           for name, content in parts)
    with open(path, "wb") as file:
        file.write(head + struct.pack(order, len(body)) + body)


def info(*fields):
    return b"INFO" + b"".join(name.encode() + struct.pack("<I", len(text)) + text + bytes(len(text) % 2)
                              for name, text in fields)


def check_written(files, genre, hear=True, lists_alone=()):
    """@lists_alone: WAV files whose genre is in a list of information, which mutagen does not read."""
    for name in files:
        check(probed_genre(f"music/{name}") == genre, f"{name}: ffprobe reads {probed_genre(f'music/{name}')}")
        check(mutagen_genre(f"music/{name}") == genre or name in lists_alone, f"{name}: mutagen reads {mutagen_genre(f'music/{name}')}")
        check(not hear or sound(f"music/{name}") == sound(f"before/{name}"), f"{name} sounds otherwise")


def undo_all():
    found = run("--undo")
    check(all(line["action"] == "restored" for line in found.values()), f"not restored: {found}")
    for name in os.listdir("before"):
        with open(f"music/{name}", "rb") as now, open(f"before/{name}", "rb") as then:
            check(now.read() == then.read(), f"{name} is not what it was")
    return found


def start():
    for folder in "music", "before":
        shutil.rmtree(folder, ignore_errors=True)
    os.mkdir("music")


def check_all_formats():
    start()
    made = [name for name, options in (
        ("song.mp3", ()), ("song.flac", ()), ("song.ogg", ("-c:a", "libvorbis")), ("song.opus", ()), ("song.wv", ()),
        ("song.spx", ("-ar", "32000", "-c:a", "libspeex")),
        ("song.wav", ()), ("song.aiff", ()), ("song.m4a", ()), ("song.m4b", ()), ("song.wma", ())) if encode(name, *options)]
    check(len(made) >= 5, f"only {made} could be made")
    shutil.copytree("music", "before")
    found = run("--write", "music")
    heard = [name for name in made if found[name].get("action") == "written"]
    for name in made:
        missing = "lacks a plugin" in found[name].get("error", "")
        check(name in heard or missing, f"{name}: {found[name]}")
        if missing:
            print(f"{name}: not heard, a plug-in is missing")
    check({"song.mp3", "song.flac", "song.wav"} <= set(heard), f"only {heard} were heard")
    check_written(heard, found["song.flac"]["name"])
    again = run("--write", "music")
    check(all(again[name]["action"] == "has-genre" for name in heard), f"not seen again: {again}")
    check(set(undo_all()) == set(heard), "not all of them undone")
    # what others have written is seen
    for name in made:
        song = mutagen.File(f"music/{name}", easy=True)
        if name.endswith((".wav", ".aiff")):
            song.add_tags()
            song.tags.add(TCON(encoding=3, text=["Läuft"]))
        elif name.endswith(".wma"):
            song["WM/Genre"] = "Läuft"
        else:
            if song.tags is None:
                song.add_tags()
            song["genre"] = "Läuft"
        song.save()
    found = run("music")
    for name in made:
        check(found[name].get("tagged") == "Läuft", f"{name}: another's genre is not seen: {found[name]}")


def check_mp4_number():
    """gnre: one more than the number of ID3v1, in place of a name that leaves as much room."""
    start()
    if not encode("song.m4a"):
        return
    song = MP4("music/song.m4a")
    song["\xa9gen"] = "ten bytes."
    song.save()
    with open("music/song.m4a", "rb") as file:
        content = file.read()
    atom = content.index(b"\xa9gen") - 4
    number = struct.pack(">I4sI4sIIHI4s", 26, b"gnre", 18, b"data", 0, 0, 9, 8, b"free")
    with open("music/song.m4a", "wb") as file:
        file.write(content[:atom] + number + content[atom + len(number):])
    check(mutagen_genre("music/song.m4a") == "Jazz", "the test has made no gnre")
    found = run("music")["song.m4a"]
    check(found.get("tagged") == "Jazz", f"gnre is not seen: {found}")


def check_fragments():
    """What says where they are in the file would point nowhere; where they follow each other without that all is well."""
    start()
    fragments = "-t", "4", "-c:a", "libmp3lame", "-f", "mp4", "-frag_duration", "1000000", "-movflags"
    made = [encode(f"{name}.m4a", *fragments, f"frag_keyframe+empty_moov{flags}") for name, flags in (
        ("index", "+default_base_moof"), ("base", "+skip_trailer"), ("none", "+default_base_moof+skip_trailer"))]
    if not all(made):
        return
    with open("music/index.m4a", "rb") as index, open("music/none.m4a", "rb") as none:
        check(b"mfra" in index.read() and b"mfra" not in none.read(), "the test has made no index")
    shutil.copytree("music", "before")
    found = run("--write", "--threshold", "0", "music")
    for name in "index.m4a", "base.m4a":
        check(found[name]["action"] == "refused" and "point" in found[name]["obstacle"], f"{name}: {found[name]}")
    check(found["none.m4a"]["action"] == "written", f"no index: {found['none.m4a']}")
    check_written(["none.m4a"], found["none.m4a"]["name"])
    undo_all()


def check_quicktime():
    """Four zeros behind the last box in one, as QuickTime has them, in front of the table of where the sound is."""
    start()
    if not encode("song.m4a", "-t", "8", "-c:a", "libmp3lame", "-f", "mp4", "-movflags", "+faststart"):
        return
    with open("music/song.m4a", "rb") as file:
        content = file.read()
    movie, end = content.index(b"moov") - 4, content.index(b"mdat") - 4
    box = struct.pack(">I4sI4s4sI", 24, b"udta", 12, b"name", b"Song", 0)
    table = content.index(b"stco") + 4
    n, = struct.unpack(">I", content[table + 4:table + 8])
    places = struct.unpack(f">{n}I", content[table + 8:table + 8 + 4 * n])
    moved = struct.pack(f">{n}I", *(place + len(box) for place in places))
    size, = struct.unpack(">I", content[movie:movie + 4])
    check(movie < table < end <= min(places), "the test finds no sound behind its table")
    with open("music/song.m4a", "wb") as file:
        file.write(content[:movie] + struct.pack(">I", size + len(box)) + b"moov" + box + content[movie + 8:table + 8]
                   + moved + content[table + 8 + 4 * n:])
    shutil.copytree("music", "before")
    check(sound("music/song.m4a"), "the test has made no song")
    line = run("--write", "--threshold", "0", "music")["song.m4a"]
    check(line["action"] == "refused" and "point" in line["obstacle"], f"QuickTime's zeros: {line}")
    with open("music/song.m4a", "rb") as now, open("before/song.m4a", "rb") as then:
        check(now.read() == then.read(), "a file is refused and has changed")


def check_ape_and_id3v1():
    start()
    encode("ape.mp3", "-id3v2_version", "0")
    encode("one.mp3", "-id3v2_version", "0")
    tags = APEv2()
    tags["Genre"] = "Läuft"
    tags.save("music/ape.mp3")
    with open("music/one.mp3", "ab") as file:
        file.write(b"TAG" + bytes(124) + bytes([8]))
    found = run("music")
    check(found["ape.mp3"].get("tagged") == "Läuft", f"APE: {found['ape.mp3']}")
    check(found["one.mp3"].get("tagged") == "Jazz", f"ID3v1: {found['one.mp3']}")
    shutil.copytree("music", "before")
    found = run("--write", "--force", "music")
    check(APEv2("music/ape.mp3")["Genre"] == found["ape.mp3"]["name"], "APE has another genre still")
    undo_all()


def find_fields(lists):
    """Fields of each list of information, in their order; what is no field at its end is one, too."""
    found = []
    for content in lists:
        at, fields = 4, []
        while at + 8 <= len(content):
            [size] = struct.unpack("<I", content[at + 4:at + 8])
            if size > len(content) - at - 8:
                break
            fields.append((content[at:at + 4], content[at + 8:at + 8 + size]))
            at += 8 + size + size % 2
        found.append([*fields, (b"", content[at:])])
    return found


def is_info(part):
    return part[0] == "LIST" and part[1][:4] == b"INFO"


def without_tag(parts):
    return [part for part in parts if part[0].upper() != "ID3 "]


def gst_genre(path):
    done = subprocess.run(["gst-launch-1.0", "-t", "filesrc", f"location={path}", "!", "wavparse", "!", "fakesink"],
                          capture_output=True, check=True)
    genres = {line.split(":", 1)[1].strip() for line in done.stdout.decode().splitlines() if " genre:" in line}
    return genres.pop() if len(genres) == 1 else genres or None


def taglib_genre(path):
    """What TagLib reads, if its module for Python is here."""
    return taglib.File(path).tags.get("GENRE", [None])[0] if taglib else None


def check_lists_alone(path, genre):
    """What readers see that know nothing of ID3 in WAV."""
    write_chunks("lists.wav", without_tag(chunks(path)))
    check(probed_genre("lists.wav") == genre, f"{path}: ffprobe reads {probed_genre('lists.wav')} in lists")
    check(gst_genre("lists.wav") == genre, f"{path}: GStreamer reads {gst_genre('lists.wav')} in lists")
    check(not taglib or taglib_genre("lists.wav") == genre, f"{path}: TagLib reads {taglib_genre('lists.wav')} in lists")
    os.remove("lists.wav")


def check_wav_parts(name, before, after):
    """Whatever is no genre is where it was, byte for byte: only what was written stands at the end."""
    now = without_tag(after)
    if not any(map(is_info, before)):
        before = [*before, ("LIST", b"INFO")]
    check([part for part in before if not is_info(part)] == [part for part in now if not is_info(part)] and
          [part[0] for part in before] == [part[0] for part in now], f"{name}: chunks are lost or have changed places")
    old, new = (find_fields(part[1] for part in parts if is_info(part)) for parts in (before, now))
    check([[field for field in fields if field[0] != b"IGNR"] for fields in old] ==
          [[field for field in fields if field[0] != b"IGNR"] for fields in new], f"{name}: {old} became {new}")
    genres = [[field[0] for field in fields].count(b"IGNR") for fields in new]
    check(genres == [1] + [0] * (len(genres) - 1), f"{name}: so many IGNR in its lists: {genres}")


def check_wav_lists():
    """Lists in front of the sound and behind it, in Latin-1, with an odd size, beside other chunks."""
    start()
    plain = chunks(SONG)
    [form] = [part for part in plain if part[0] == "fmt "]
    [data] = [(name, content[:4 * 4 * 44100]) for name, content in plain if name == "data"] # four seconds
    others = [("odd ", b"x" * 301), ("LIST", b"adtlnote\x04\0\0\0\x01\0\0\0")]
    title, artist, odd = ("INAM", b"Title\0"), ("IART", b"somebody"), ("INAM", b"odd")
    jazz, latin = ("IGNR", b"Jazz\0"), "Läuft".encode("latin-1") + b"\0"
    lists = {name: ("LIST", info(*fields)) for name, fields in (
        ("encoder", (title, ("ISFT", b"Lavf\0"))), ("tagger", (artist, jazz)), ("both", (title, jazz, artist)),
        # two of a name, what is no text, and nothing at all
        ("hard", (("IART", latin), ("IART", b"Second\0"), ("IARL", b"\xff\xfe\0\0x"), ("IEMP", b""))))}
    cases = {
        "behind.wav": [form, data, ("LIST", info(title, jazz)), *others],
        "front.wav": [form, ("LIST", info(("IGNR", latin), ("ISFT", b"me\0"))), data],
        "none.wav": [form, *others, data],
        "other.wav": [form, ("LIST", info(artist, odd)), data, *others],
        "unpadded.wav": [form, ("LIST", info(artist, odd)[:-1]), data],
        "rest.wav": [form, ("LIST", info(title) + b"no field"), data],
        "hard.wav": [form, lists["hard"], data],
        "twice.wav": [form, lists["encoder"], data, ("LIST", info(artist))],
        "second.wav": [form, lists["encoder"], data, *others, lists["tagger"]],
        "first.wav": [form, lists["tagger"], data, lists["encoder"], *others],
        "thrice.wav": [form, lists["hard"], lists["both"], data, lists["tagger"], lists["hard"]],
        "empty.wav": [form, data, ("LIST", info()), lists["tagger"]],
        "only.wav": [form, ("LIST", info(jazz)), data, lists["encoder"]]}
    for name, parts in cases.items():
        write_chunks(f"music/{name}", parts)
    with open("music/torn.wav", "wb") as torn, open("music/none.wav", "rb") as whole:
        torn.write(whole.read()[:-1000])
    with open("music/streamed.wav", "wb") as torn, open("music/none.wav", "rb") as whole:
        torn.write(whole.read().replace(data[0].encode() + struct.pack("<I", len(data[1])), b"data\xff\xff\xff\xff"))
    write_chunks("music/nameless.wav", [form, ("ab\x01c", b"x"), data])
    write_chunks("music/large.wav", [form, data, ("LIST", info(("ICMT", bytes(1 << 20))))])
    shutil.copytree("music", "before")
    found = run("music")
    for name in "behind.wav", "second.wav", "first.wav", "thrice.wav", "empty.wav", "only.wav":
        check(found[name].get("tagged") == "Jazz", f"{name}: its genre is not seen: {found[name]}")
    check(found["front.wav"].get("tagged") == "Läuft", f"IGNR in Latin-1: {found['front.wav']}")
    found = run("--write", "--force", "--threshold", "0", "music")
    for name in "torn.wav", "streamed.wav", "nameless.wav", "large.wav":
        check(found[name]["action"] == "refused", f"{name}: {found[name]}")
    genre = found["none.wav"]["name"]
    alone = set(cases) - {"none.wav", "front.wav"}
    check_written(cases, genre, hear=False, lists_alone=alone) # the sound is one of the parts
    for name in cases:
        tagged = len(without_tag(chunks(f"music/{name}"))) < len(chunks(f"music/{name}"))
        check(tagged == (name not in alone), f"{name}: a tag or none: {tagged}")
    for name, parts in cases.items():
        check_wav_parts(name, parts, chunks(f"music/{name}"))
        check_lists_alone(f"music/{name}", genre)
    check_undo_by_genre(cases["first.wav"], cases["twice.wav"])
    undo_all()


def check_undo_by_genre(first, twice):
    """Somebody has changed the files since: only the genre goes back, and to where all readers see it."""
    for name in "first.wav", "twice.wav":
        song = mutagen.File(f"music/{name}")
        song.add_tags()
        song.tags.add(TIT2(encoding=3, text="another title"))
        song.save()
    found = run("--undo", "music/first.wav", "music/twice.wav")
    check(all(line["action"] == "genre-restored" for line in found.values()), f"not by genre: {found}")
    check_lists_alone("music/first.wav", "Jazz")
    check_wav_parts("first.wav", first, chunks("music/first.wav"))
    check(without_tag(chunks("music/twice.wav")) == twice, "twice.wav has lost something")
    for name in "first.wav", "twice.wav":
        shutil.copy(f"before/{name}", "music")


def taglib_tags(path):
    return {name: values for name, values in taglib.File(path).tags.items() if name != "GENRE"} if taglib else None


def check_wav_tags():
    """Whatever programs read of title and artist they read still, be these in a tag, in a list, in both, or in neither."""
    start()
    parts = [(name, content[:4 * 4 * 44100]) for name, content in without_tag(chunks(SONG)) if name in ("fmt ", "data")]
    told = ("LIST", info(("INAM", b"My Title\0"), ("IART", b"Me\0")))
    for name, more in (("tag", []), ("list", [told]), ("both", [told]), ("none", []), ("program", [("LIST", info(("ISFT", b"Lavf\0")))])):
        write_chunks(f"music/{name}.wav", [*parts, *more])
    for name in "tag", "both":
        song = mutagen.File(f"music/{name}.wav")
        song.add_tags()
        for each in TIT2(encoding=3, text="My Title"), TPE1(encoding=3, text="Me"):
            song.tags.add(each)
        song.save()
    shutil.copytree("music", "before")
    for options in ["--write"], ["--write", "--force"]:
        found = run(*options, "--threshold", "0", "music")
        genre = found["none.wav"]["name"]
        for name in os.listdir("music"):
            old, new = (probed_tags(f"{folder}/{name}") for folder in ("before", "music"))
            check(new == {**old, "genre": genre}, f"{name}: of {old} ffprobe reads {new}")
            old, new = (taglib_tags(f"{folder}/{name}") for folder in ("before", "music"))
            check(old == new or name == "program.wav", f"{name}: of {old} TagLib reads {new}")
            check(not taglib or taglib_genre(f"music/{name}") == genre, f"{name}: TagLib reads {taglib_genre(f'music/{name}')}")
            check(mutagen_genre(f"music/{name}") == (None if name == "list.wav" else genre), f"{name}: mutagen reads otherwise")
    undo_all()


def wma_objects(content, at=30):
    found = {}
    [end] = struct.unpack("<Q", content[16:24])
    while at < end:
        [size] = struct.unpack("<Q", content[at + 16:at + 24])
        found[content[at:at + 16]] = content[at + 24:at + size]
        at += size
    check(at == end and len(found) == struct.unpack("<I", content[24:28])[0], "the header of a WMA file does not add up")
    return found


def check_wma():
    """Attributes stay in the object that they are in, whatever TagLib would make of them, and the file says how long it is."""
    start()
    if not encode("plain.wma") or not encode("several.wma"):
        return
    song = mutagen.File("music/several.wma")
    song.update({"Author": ["A", "B", "C"], "WM/Empty": [""], "WM/Genre": ["Rock", "Pop"], "Big": ["x" * 70000], "Copyright": ["c"],
                 "Of": [ASFUnicodeAttribute("x", language=1, stream=1)], "Yes": [ASFBoolAttribute(True)],
                 "Many": [ASFQWordAttribute(2**50)], "Bytes": [ASFByteArrayAttribute(bytes(range(256)))], "Id": [ASFGUIDAttribute(bytes(16))]})
    song.save()
    shutil.copytree("music", "before")
    found = run("music")
    check(found["several.wma"].get("tagged") == "Rock Pop", f"of several genres: {found['several.wma']}")
    found = run("--write", "--force", "--threshold", "0", "music")
    for name, line in found.items():
        if "lacks a plugin" in line.get("error", ""):
            print(f"{name}: not heard, a plug-in is missing")
            continue
        check(line["action"] == "written", f"{name}: {line}")
        check_written([name], line["name"])
        old, new = (dict(mutagen.File(f"{folder}/{name}").tags) for folder in ("before", "music"))
        check({**old, "WM/Genre": line["name"]} == {**new, "WM/Genre": str(new["WM/Genre"][0])}, f"{name}: {old} became {new}")
        contents = []
        for folder in "before", "music":
            with open(f"{folder}/{name}", "rb") as file:
                contents.append(file.read())
        objects = [wma_objects(content) for content in contents]
        changed = {kind.hex()[:8] for kind in {**objects[0], **objects[1]} if objects[0].get(kind) != objects[1].get(kind)}
        check(changed <= {"a1dcab8c", "40a4d0d2", "b503bf5f"}, f"{name}: these have changed: {changed}")
        file_size = struct.unpack("<Q", objects[1][bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")][16:24])[0]
        check(file_size == len(contents[1]), f"{name} says that it has {file_size} bytes, not {len(contents[1])}")
    undo_all()


def insert_frame(path, inserted):
    with open(path, "rb") as file:
        content = bytearray(file.read())
    size = (content[6] << 21 | content[7] << 14 | content[8] << 7 | content[9]) + len(inserted)
    content[6:10] = bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127])
    content[10:10] = inserted
    with open(path, "wb") as file:
        file.write(content)


def synchsafe(number):
    return bytes([number >> 21 & 127, number >> 14 & 127, number >> 7 & 127, number & 127])


def frame(name, content, flags=b"\0\0", version=3):
    if version == 2:
        return name + struct.pack(">I", len(content))[1:] + content
    return name + (struct.pack(">I", len(content)) if version == 3 else synchsafe(len(content))) + flags + content


def tag(body, version=3, flags=0, padding=40):
    return b"ID3" + bytes([version, 0, flags]) + synchsafe(len(body) + padding) + body + bytes(padding)


def unsynchronised(content):
    return b"".join(b"\xff\0" if byte == 255 else bytes([byte]) for byte in content)


def parse_tag(content):
    """Version, flags, and what follows the header up to the padding."""
    size = content[6] << 21 | content[7] << 14 | content[8] << 7 | content[9]
    return content[3], content[5], content[10:10 + size].rstrip(b"\0")


def read_tag(path):
    with open(path, "rb") as file:
        return parse_tag(file.read())


ID3V1 = b"TAG" + b"Another title".ljust(30, b"\0") + bytes(94) + b"\x08"


def make_odd_tags():
    """What TagLib would lose of each, as what the tag must be with the genre, or None where it is refused."""
    title, new = frame(b"TIT2", b"\0Title"), frame(b"TCON", b"\1\xff\xfe" + "Läuft".encode("utf-16-le"))
    title4, new4 = frame(b"TIT2", b"\0Title", version=4), frame(b"TCON", b"\3" + "Läuft".encode(), version=4)
    private, old = frame(b"PRIV", b"own\0\xff\xfe\0\xff\0zz\xff\xe1"), frame(b"TCON", b"\0\x32")
    private4, old4 = (frame(each[:4], each[10:], version=4) for each in (private, old))
    volume, comment = frame(b"RVAD", b"\3\x10" + bytes(7) + b"\1"), frame(b"COMM", b"\0eng\0")
    old2, new2 = frame(b"TCO", b"\0Old", version=2), frame(b"TCO", new[10:], version=2)
    two = frame(b"TT2", b"\0Title", version=2), frame(b"RVA", b"\3\x10" + bytes(7) + b"\1", version=2)
    odd4 = frame(b"PRIV", b"A" + private[10:], b"\0\x40", version=4)
    long, unsafe = frame(b"TIT2", b"\0A title of more than thirty letters"), frame(b"PRIV", b"own\0\xff\0zz\xff\xe1\xff\0z")
    image = b"\0image/jpeg\0\3\0\xff\xd8\xff\xe0" + b"z" * 20000
    plain4 = b"APIC" + struct.pack(">I", len(image)) + b"\0\0" + image
    # where the size as it should be leads to, what seems to be a frame that ends 500 bytes behind this one
    astray = sum((len(image) >> 8 * i & 127) << 7 * i for i in range(4))
    little4 = plain4[:10 + astray] + b"zzzz" + synchsafe(len(image) - astray - 10 + 500) + plain4[18 + astray:]
    zeros4 = b"PRIV" + struct.pack(">I", 300) + b"\0\0own" + bytes(297)
    safe4 = frame(b"PRIV", b"own\0" + b"z" * 300, version=4)
    return {
        "volume": (tag(title + old + volume + private), (3, 0, title + new + volume + private)),
        "outgrown": (tag(title + volume, padding=0), (3, 0, new + title + volume)),
        "size": (tag(title + frame(b"TSIZ", b"\000123") + old), (3, 0, title + frame(b"TSIZ", b"\000123") + new)),
        "day": (tag(frame(b"TDAT", b"\0000203") + title), (3, 0, new + frame(b"TDAT", b"\0000203") + title)),
        "nothing": (tag(frame(b"TALB", b"\0") + comment + old + title),
                    (3, 0, frame(b"TALB", b"\0") + comment + new + title)),
        "empty": (tag(title + old + frame(b"TALB", b"") + private), (3, 0, title + new + frame(b"TALB", b"") + private)),
        "group": (tag(frame(b"TPE1", b"A\0Art", b"\0\x20") + title), (3, 0, new + frame(b"TPE1", b"A\0Art", b"\0\x20") + title)),
        "encrypted": (tag(title + frame(b"PRIV", b"\1" + private[10:], b"\0\x40")),
                      (3, 0, new + title + frame(b"PRIV", b"\1" + private[10:], b"\0\x40"))),
        "unsynchronised": (tag(unsynchronised(volume + private + old + title), flags=0x80),
                           (3, 0, volume + private + new + title)),
        "extended": (tag(struct.pack(">IHI", 6, 0, 0) + title + private, flags=0x40), (3, 0, new + title + private)),
        "itunes": (tag(frame(b"TT2\0", b"\0Title") + frame(b"TCO\0", b"\0Old") + private),
                   (3, 0, frame(b"TT2\0", b"\0Title") + new + private)),
        "lower": (tag(title + old + frame(b"tagx", b"\0x") + private), (3, 0, title + new + frame(b"tagx", b"\0x") + private)),
        "rest": (tag(title + private + b"what is no frame"), (3, 0, new + title + private + b"what is no frame")),
        "two": (tag(two[0] + old2 + two[1], 2), (2, 0, two[0] + new2 + two[1])),
        "group4": (tag(title4 + old4 + odd4, 4), (4, 0, title4 + new4 + odd4)),
        "extended4": (tag(synchsafe(6) + b"\1\0" + title4 + odd4, 4, 0x40), (4, 0, new4 + title4 + odd4)),
        "footer4": (tag(title4 + odd4 + private4, 4, 0x10, 0) +
                    b"3DI" + tag(title4 + odd4 + private4, 4, 0x10, 0)[3:10], (4, 0, new4 + title4 + odd4 + private4)),
        # where TagLib reads nothing, it takes titles of thirty letters from an ID3v1 tag
        "extended-v1": (tag(struct.pack(">IHI", 6, 0, 0) + long + private, flags=0x40), (3, 0, new + long + private)),
        "empty-v1": (tag(frame(b"TALB", b"") + long), (3, 0, new + frame(b"TALB", b"") + long)),
        "genre-v1": (tag(frame(b"TCON", b"") + long), (3, 0, new + long)),
        "two-v1": (tag(two[0] + two[1], 2), (2, 0, new2 + two[0] + two[1])),
        # what is not as the tag says, and other programs read nevertheless
        "plain4": (tag(title4 + plain4, 4, padding=1000), (4, 0, new4 + title4 + plain4)),
        "plain4-last": (tag(title4 + plain4, 4, padding=0), (4, 0, new4 + title4 + plain4)),
        "plain4-little": (tag(title4 + little4, 4, padding=5), (4, 0, new4 + title4 + little4)),
        "plain4-zeros": (tag(title4 + zeros4, 4, padding=0), (4, 0, new4 + title4 + zeros4)),
        "safe4-little": (tag(title4 + safe4, 4, padding=3), (4, 0, new4 + title4 + safe4)),
        "not-extended": (tag(title + volume, flags=0x40), (3, 0, new + title + volume)),
        "unsafe": (tag(title + unsafe, flags=0x80), (3, 0, new + title + unsafe)),
        "flagged4": (tag(title4 + frame(b"TCON", b"\1\xff\0\xfeO\0l\0d\0", b"\0\2", version=4) + odd4, 4),
                     (4, 0, title4 + new4 + odd4)),
        "genres": (tag(title + old + private + frame(b"TCON", b"\0Older")), (3, 0, title + new + private)),
        # a genre that some programs would not see; what a change is to take away; two tags
        "hidden": (tag(title + frame(b"TALB", b"") + old), None),
        "behind": (tag(title + frame(b"tagx", b"\0x") + old), None),
        "secret": (tag(title + frame(b"TCON", b"\1xxxx", b"\0\x40")), None),
        "astray": (tag(struct.pack(">IHI", 10, 0, 0) + title + private, flags=0x40), None),
        "old": (tag(struct.pack(">IHI", 6, 0, 0) + title + old, flags=0x40), None),
        "torn": (tag(title + frame(b"PRIV", bytes(100))[:-50], padding=0), None),
        "fleeting": (tag(title + frame(b"XYZW", b"hello", b"\x80\0")), None),
        "double": (tag(title) + tag(frame(b"TPE1", b"\0Art")), None),
        "third": (tag(title) + tag(b"") + tag(frame(b"TPE1", b"\0Art")), None),
        "first-empty": (tag(b"", padding=0) + tag(title + volume), None),
        "empty-double": (tag(title) + tag(b""), (3, 0, new + title))}


def write_names():
    """Whatever is heard, the same is written."""
    with open("names", "w", encoding="utf-8") as names:
        names.writelines(f"{genre} = Läuft\n" for genre in ("blues", "classical", "country", "disco", "hiphop", "jazz",
                                                            "metal", "pop", "reggae", "rock"))


def check_id3_in_flac():
    """Some programs put ID3 into FLAC files, too."""
    start()
    write_names()
    if not encode("plain.flac", "-t", "4"):
        return
    with open("music/plain.flac", "rb") as file:
        plain = file.read()
    os.remove("music/plain.flac")
    title, volume = frame(b"TIT2", b"\0Title"), frame(b"RVAD", b"\3\x10" + bytes(7) + b"\1")
    new = frame(b"TCON", b"\1\xff\xfe" + "Läuft".encode("utf-16-le"))
    for name, content in (("volume", tag(title + volume + frame(b"TCON", b"\0Old"))), ("two", tag(title) + tag(volume)),
                          ("usual", tag(title))):
        with open(f"music/{name}.flac", "wb") as file:
            file.write(content + plain)
    shutil.copytree("music", "before")
    found = run("music")
    check(found["volume.flac"].get("tagged") == "Old", f"ID3 in FLAC is not seen: {found['volume.flac']}")
    found = run("--write", "--force", "--threshold", "0", "--name-map", "names", "music")
    check(found["two.flac"]["action"] == "refused", f"two tags: {found['two.flac']}")
    check_written(("volume.flac", "usual.flac"), "Läuft")
    check(read_tag("music/usual.flac") == (3, 0, new + title), f"its tag is {read_tag('music/usual.flac')}")
    check(read_tag("music/volume.flac") == (3, 0, (title + volume + new).rstrip(b"\0")), f"its tag is {read_tag('music/volume.flac')}")
    undo_all()


def check_odd_frames():
    """Whatever TagLib would lose stays in its place, byte for byte, or the file is left alone, with a reason."""
    start()
    write_names()
    encode("plain.mp3", "-t", "4", "-id3v2_version", "0", "-write_xing", "0")
    with open("music/plain.mp3", "rb") as file:
        plain = file.read()
    os.remove("music/plain.mp3")
    cases = make_odd_tags()
    for name, (content, _) in cases.items():
        with open(f"music/{name}.mp3", "wb") as file:
            file.write(content + plain + (ID3V1 if name.endswith("-v1") else b""))
    shutil.copytree("music", "before")
    found = run("--write", "--force", "--threshold", "0", "--name-map", "names", "music")
    for name, (_, expected) in cases.items():
        line, path = found[f"{name}.mp3"], f"music/{name}.mp3"
        if not expected:
            check(line["action"] == "refused" and "would be lost" in line["obstacle"], f"{name}: {line}")
            continue
        check(line["action"] == "written", f"{name}: {line}")
        check(read_tag(path) == (*expected[:2], expected[2].rstrip(b"\0")), f"{name}: its tag is {read_tag(path)}, not {expected}")
        check(probed_genre(path) == "Läuft", f"{name}: ffprobe reads {probed_genre(path)}")
        check(mutagen_genre(path) == "Läuft", f"{name}: mutagen reads {mutagen_genre(path)}")
        check(not taglib or taglib_genre(path) == "Läuft", f"{name}: TagLib reads {taglib_genre(path)}")
        with open(path, "rb") as file:
            check(file.read().count(plain) == 1, f"{name}: its sound is not what it was")
        if name.startswith("plain4"):
            check_ambiguous(path, f"before/{name}.mp3")
    undo_all()


def check_ambiguous(path, before):
    """Sizes that are told by what follows the frames: as much follows, and others read the same as before."""
    old, new = ID3(before), ID3(path)
    check({key: old[key] for key in old} == {key: new[key] for key in new if key != "TCON"},
          f"{path}: mutagen reads {set(new)} otherwise than {set(old)}")
    sizes = []
    for each in before, path:
        with open(each, "rb") as file:
            content = file.read()
        size = content[6] << 21 | content[7] << 14 | content[8] << 7 | content[9]
        sizes.append(size - content[10:10 + size].rindex(b"Title"))
    check(sizes[0] == sizes[1], f"{path}: behind its title are {sizes[1]} bytes, not {sizes[0]}")


def make_other_tags():
    """Dates and texts of which TagLib makes something else, or nothing, as what the tag must be with the genre."""
    new = frame(b"TCON", b"\1\xff\xfe" + "Läuft".encode("utf-16-le"))
    year, day, time = frame(b"TYER", b"\0002001"), frame(b"TDAT", b"\0000203"), frame(b"TIME", b"\0001234")
    wide = "text".encode("utf-16-le")
    bodies = {"date": year + day + time, "alone": day + time, "word": year + frame(b"TDAT", b"\0002 March"),
              "comment": frame(b"COMM", b"\1eng\xff\xfed\0\0\0" + wide), "lyrics": frame(b"USLT", b"\1eng\xff\xfe\0\0" + wide),
              "no-mark": frame(b"TIT2", b"\1" + wide), "latin": frame(b"TIT2", b"\3Bj\xf6rk"), "odd": frame(b"TIT2", b"\x09Title"),
              "price": frame(b"OWNE", b"\0EUR5"), "owner": frame(b"PRIV", b"no-owner-end")}
    return {name: (tag(body, padding=padding), (3, 0, new + body)) for padding, (name, body) in enumerate(bodies.items())}


def split_tag(path):
    """The tag in a chunk of a WAV or AIFF file, and other chunks before and behind that but for lists of information."""
    found = [part for part in chunks(path, ">I" if path.endswith(".aiff") else "<I") if not is_info(part)]
    at = [name for name, _ in found].index("ID3 ")
    return found[:at], found[at][1], found[at + 1:]


def check_tags_in_chunks():
    """They are what they were, byte for byte, but for the genre, as in other formats."""
    start()
    write_names()
    plain = [(name, content[:4 * 4 * 44100] if name == "data" else content) for name, content in chunks(SONG) if name != "ID3 "]
    encode("plain.aiff", "-t", "4", "-write_id3v2", "0")
    aiff = chunks("music/plain.aiff", ">I")
    os.remove("music/plain.aiff")
    others = make_other_tags()
    cases = {**make_odd_tags(), **others}
    for name, (content, _) in cases.items():
        write_chunks(f"music/{name}.wav", [plain[0], ("ID3 ", content), *plain[1:]])
    for name, (content, _) in others.items():
        write_chunks(f"music/{name}.aiff", [*aiff, ("ID3 ", content)], ">I")
    shutil.copytree("music", "before")
    found = run("--write", "--force", "--threshold", "0", "--name-map", "names", "music")
    for path, line in found.items():
        expected = cases[path.rsplit(".", 1)[0]][1]
        if "lacks a plugin" in line.get("error", "") and path.endswith(".aiff"):
            continue
        check(line["action"] == ("written" if expected else "refused"), f"{path}: {line}")
        check(expected or "would be lost" in line["obstacle"], f"{path}: {line}")
        if not expected:
            continue
        before, after = split_tag(f"before/{path}"), split_tag(f"music/{path}")
        now = parse_tag(after[1])
        check(now == (*expected[:2], expected[2].rstrip(b"\0")), f"{path}: its tag is {now}, not {expected}")
        check(before[::2] == after[::2], f"{path}: other chunks have changed")
        check(mutagen_genre(f"music/{path}") == "Läuft", f"{path}: mutagen reads {mutagen_genre(f'music/{path}')}")
    undo_all()


def check_id3_frames():
    start()
    usual = [TIT2(encoding=1, text="Läuft"),
             APIC(encoding=0, mime="image/png", type=3, desc="c", data=b"\x89PNG" + bytes(5000)),
             TXXX(encoding=1, desc="replaygain", text="-3 dB"), USLT(encoding=1, lang="eng", desc="", text="la \u266b"),
             UFID(owner="http://example.org", data=b"abc"), PRIV(owner="o", data=b"\xff\xfe\x00\xff\x00zz"),
             TYER(encoding=0, text="2001"), TDAT(encoding=0, text="0203"), TIME(encoding=0, text="1234"),
             COMM(encoding=1, lang="eng", desc="x", text="hi"), POPM(email="a@example.org", rating=5, count=7),
             GEOB(encoding=0, mime="a/b", filename="f", desc="d", data=b"123")]
    cases = {"usual.mp3": (usual, 3, b""), "newer.mp3": (usual, 4, b""),
             "unknown.mp3": (usual[:1], 3, b"XYZW\0\0\0\x05\0\0hello")}
    for name, (frames, version, more) in cases.items():
        encode(name, "-id3v2_version", "0", "-write_xing", "0")
        tags = ID3()
        for each in frames:
            tags.add(each)
        tags.save(f"music/{name}", v2_version=version)
        if more:
            insert_frame(f"music/{name}", more)
    shutil.copytree("music", "before")
    found = run("--write", "music")
    for name in cases:
        check(found[name]["action"] == "written", f"{name}: {found[name]}")
        old, new = ID3(f"before/{name}"), ID3(f"music/{name}")
        lost = [key for key in old if key != "TDRC" and (key not in new or new[key] != old[key])]
        check(not lost, f"{name}: {lost} are lost or changed")
        check("TDRC" not in old or str(new["TDRC"]).startswith("2001-03-02 12:34"), f"{name}: {new.get('TDRC')}")
        check(old.unknown_frames == new.unknown_frames, f"{name}: unknown frames are lost")
    undo_all()


for part in (check_all_formats, check_mp4_number, check_fragments, check_quicktime, check_ape_and_id3v1, check_wav_lists, check_wav_tags, check_wma,
             check_id3_frames, check_odd_frames, check_tags_in_chunks, check_id3_in_flac):
    part()
