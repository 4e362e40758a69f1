#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tagitems.py GENRE_TAG SONG.wav: what tags hold beside the genre stays byte for byte, or the file is left alone; and a genre
that is no proper text is one."""
import base64
import json
import os
import shutil
import struct
import subprocess
import sys

from mutagen.flac import FLAC as FLAC_FILE, Picture
from mutagen.id3 import ID3, TIT2
from mutagen.mp4 import MP4, MP4Cover, MP4FreeForm

try:
    import taglib
except ImportError:
    taglib = None

from expect import check

TAG, SONG = sys.argv[1:3]
GENRE = "New Genre"
LATIN = "Läuft".encode("latin-1")


def run(*arguments):
    done = subprocess.run([TAG, "--json", *arguments], capture_output=True, check=False)
    lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
    return {os.path.basename(line["source"]): line for line in lines}


def write_all(*options):
    return run("--write", "--force", "--threshold", "0", "--name-map", "names", *options, "music")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(name, content):
    with open(f"music/{name}", "wb") as file:
        file.write(content)


def encode(name, *options):
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", SONG, "-map_metadata", "-1", "-t", "4", *options, name], check=True)
    return read(name)


def start():
    for folder in "music", "before":
        shutil.rmtree(folder, ignore_errors=True)
    os.mkdir("music")


def undo_all():
    found = run("--undo")
    check(all(line["action"] == "restored" for line in found.values()), f"not restored: {found}")
    for name in os.listdir("before"):
        check(read(f"music/{name}") == read(f"before/{name}"), f"{name} is not what it was")


def sound(path):
    return subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-map", "0:a", "-f", "md5", "-"],
                          capture_output=True, check=True).stdout


def check_written(found, name):
    check(found[name].get("action") == "written", f"{name}: {found[name]}")
    check(sound(f"music/{name}") == sound(f"before/{name}"), f"{name} sounds otherwise")


# ---- ID3v1 ----

def id3v1(comment, number=255):
    return b"TAG" + b"T".ljust(30, b"\0") + bytes(64) + comment.ljust(30, b"\0") + bytes([number])


def check_id3v1():
    start()
    long = b"abcdefghijklmnopqrstuvwxyz1234"
    for name, content in (("old.mp3", MP3), ("old.flac", FLAC)):
        write(name, content + id3v1(long))
    write("empty.mp3", MP3 + b"TAG" + bytes(30) + b"behind a title" + bytes(80) + b"\xff")
    write("both.mp3", MP3 + ape([(b"Artist", LATIN, 0)]) + id3v1(long, 8))
    shutil.copytree("music", "before")
    found = write_all()
    for name in os.listdir("music"):
        check_written(found, name)
        old, new = read(f"before/{name}")[-128:], read(f"music/{name}")[-128:]
        check(old[:127] == new[:127] and new[127] == 255, f"{name}: its ID3v1 tag is {new}, was {old}")
    check(ape_items("music/both.mp3")[1:] == [(b"Artist", LATIN, 0), (b"Genre", GENRE.encode(), 0)], "both.mp3: its APE tag")
    undo_all()


def write_rock():
    with open("rock", "w", encoding="utf-8") as file:
        file.write(read("names").decode().replace(GENRE, "Rock"))
    return run("--write", "--threshold", "0", "--name-map", "rock", "music")


def check_no_new_id3():
    """Where there was no ID3v2, none comes that would hide what APE has, or what ID3v1 has in an encoding that only its reader
    knows, but for a genre that would be nowhere else."""
    start()
    title, cyrillic = b"A title of more than thirty letters", "Группа крови".encode("cp1251")
    one = id3v1(b"").replace(b"T".ljust(30, b"\0"), cyrillic.ljust(30, b"\0"))
    for name in "one", "edited", "tagged":
        write(f"{name}.mp3", MP3 + one)
    write("empty.mp3", b"ID3\4\0\0\0\0\0\0" + MP3 + one)
    write("both.mp3", MP3 + ape([(b"Title", title, 0)]) + id3v1(b"").replace(b"T" + bytes(29), title[:30]))
    write("ape.mp3", MP3 + ape([(b"Title", title, 0)]))
    shutil.copytree("music", "before")
    found = write_rock()
    for name in os.listdir("music"):
        check_written(found, name)
        content, old = read(f"music/{name}"), read(f"before/{name}")
        check(content.startswith(old[:len(MP3)]), f"{name}: another tag has come in front")
        check(content[-1] == 17, f"{name}: its ID3v1 tag has another genre")
        if b"APETAGEX" in old:
            items = sorted((key.title(), *rest) for key, *rest in ape_items(f"music/{name}")[1:])
            check(items == [(b"Genre", b"Rock", 0), (b"Title", title, 0)], f"{name}: its APE tag has {items}")
        check(name == "ape.mp3" or content[-128:-1] == old[-128:-1], f"{name}: its ID3v1 tag is not what it was")
        check(b"APETAGEX" in old or len(content) == len(old), f"{name}: more than a byte has changed")
    # somebody has changed them since, within ID3v1 or with a new ID3v2 tag
    write("edited.mp3", read("music/edited.mp3").replace(cyrillic, b"Another Song"))
    tags = ID3("music/tagged.mp3")
    tags.add(TIT2(encoding=3, text="Another"))
    tags.save()
    found = run("--undo", "music/edited.mp3", "music/tagged.mp3")
    check(all(line["action"] == "genre-restored" for line in found.values()), f"not by genre: {found}")
    check(read("music/edited.mp3") == read("before/edited.mp3").replace(cyrillic, b"Another Song"), "edited.mp3: more than its genre has gone")
    tags = ID3("music/tagged.mp3")
    check("TCON" not in tags and tags["TIT2"].text == ["Another"] and read("music/tagged.mp3")[-1] == 255, f"tagged.mp3 has {tags}")
    for name in "edited", "tagged":
        shutil.copy(f"before/{name}.mp3", "music")
    undo_all()
    found = write_all()
    for name in os.listdir("music"):
        check_written(found, name)
        check(read(f"music/{name}").startswith(b"ID3") == (b"APETAGEX" not in read(f"before/{name}")), f"{name}: ID3v2 or not?")
    check(read("music/one.mp3")[:1000].count(b"\0" + cyrillic) == 1 and ID3("music/one.mp3", load_v1=False)["TCON"].text == [GENRE],
          "one.mp3: what ID3v1 has is not before all programs beside a genre that it cannot hold")
    undo_all()


# ---- tags in which nothing is, beside others ----

def id3v2(*frames, padding=0, version=3):
    body = b"".join(name + struct.pack(">IH", len(text), 0) + text for name, text in frames) + bytes(padding)
    return b"ID3" + bytes([version, 0, 0, 0, 0, len(body) >> 7, len(body) & 127]) + body


def shown(path):
    """What ffprobe and, if its Python module is here, TagLib show but for genres."""
    done = subprocess.run(["ffprobe", "-v", "error", "-of", "json", "-show_entries", "format_tags:stream_tags", path],
                          capture_output=True, check=True)
    found = json.loads(done.stdout)
    tags = [part.get("tags", {}) for part in (found["format"], *found["streams"])]
    if taglib:
        tags.append(dict(taglib.File(path).tags))
    return [{key.upper(): value for key, value in part.items() if key.upper() not in ("GENRE", "ENCODER")} for part in tags]


def shows_more(before, after):
    return all(old.items() <= new.items() for old, new in zip(before, after))


def check_silent():
    """A tag in which nothing was gets no genre that hides from players what others hold: it stays without, or gets their fields."""
    start()
    title, blank = (b"TIT2", b"\0Strange Fruit"), (b"TCON", b"\0")
    one = id3v1(b"").replace(b"T".ljust(30, b"\0"), b"Strange Fruit".ljust(30, b"\0"))
    items = [(b"Title", b"Strange Fruit", 0), (b"REPLAYGAIN_TRACK_GAIN", b"-3 dB", 0)]
    empty = flac((4, comments([])))
    picture = Picture()
    picture.mime, picture.data = "image/jpeg", b"\xff\xd8jpeg"
    silent = comments([b"GENRE= ", b"TITLE=", b"METADATA_BLOCK_PICTURE=" + base64.b64encode(picture.write())])
    songs = {
        "front.flac": id3v2(title, padding=100) + empty + one,
        "silent.flac": id3v2(title, padding=100) + flac((4, silent)),
        "none.flac": id3v2(title, (b"TPE2", b"\0Commodore"), padding=100) + flac((1, bytes(100))),
        "one.flac": empty + one,
        "padding.flac": id3v2(padding=100) + empty + one,
        "padding.mp3": id3v2(padding=100) + MP3 + one,
        "blank.mp3": id3v2(blank) + MP3 + one,
        "ape.mp3": id3v2(padding=100) + MP3 + ape(items),
        "space.mp3": id3v2((b"TCON", b"\0 "), (b"TPE1", b"\1\xff\xfe"), padding=10) + MP3 + ape(items),
        "no-items.mp3": MP3 + ape([]) + one,
        "both.mp3": id3v2(title) + MP3 + ape([]),
        "no-items.wv": WAVPACK + ape([]) + one,
        "picture.wv": WAVPACK + ape([(b"Cover Art (Front)", b"c.jpg\0\xff\xd8jpeg", 2)]) + one,
        "one.wv": WAVPACK + one}
    for name, content in songs.items():
        write(name, content)
    shutil.copytree("music", "before")
    before = {name: shown(f"before/{name}") for name in songs}
    for how in write_rock, write_all:
        found = how()
        for name in songs:
            check_written(found, name)
            after = shown(f"music/{name}")
            check(shows_more(before[name], after), f"{name}: players have shown {before[name]}, now {after}")
        check(b"GENRE" in [key.upper() for key, *_ in ape_items("music/picture.wv")[1:]], "picture.wv: its APE tag has no genre")
        undo_all()
    check_alone(songs)


def check_alone(songs):
    """Of what is left of tags without anything, wherever the genre is now."""
    write_all()
    for name in "padding.flac", "ape.mp3":
        check(b"TCON" not in read(f"music/{name}"), f"{name}: a genre is in ID3v2")
    for name in "front.flac", "silent.flac", "none.flac":
        check(b"GENRE=" not in read(f"music/{name}") and b"TCON" in read(f"music/{name}"), f"{name}: the genre is not in ID3v2 alone")
    for name in "no-items.mp3", "both.mp3":
        check(ape_items(f"music/{name}") == [2000], f"{name}: its APE tag has {ape_items(f'music/{name}')}")
    for name in (name for name in songs if name.endswith(".wv")):
        titles = {key.upper(): value for key, value, _ in ape_items(f"music/{name}")[1:]}
        check(titles[b"TITLE"] == b"Strange Fruit" and titles[b"GENRE"] == GENRE.encode(), f"{name}: its APE tag has {titles}")
        check(name != "picture.wv" or b"COVER ART (FRONT)" in titles, f"{name} has lost its picture")
    undo_all()


def check_pictures():
    """A tag without text gets the fields of ID3v1 beside its picture or rating; the genre is where programs look for it."""
    start()
    picture, rating = (b"APIC", b"\0image/jpeg\0\3\0\xff\xd8jpeg"), (b"POPM", b"me\0\xff")
    gain, old = (b"REPLAYGAIN_TRACK_GAIN", b"-3 dB", 0), (b"Genre", b"Old", 0)
    one = b"TAG" + b"A title".ljust(30) + b"Ar\xfftist".ljust(30, b"\0") + bytes(30) + b"1999" + b"Comment".ljust(28, b"\0") + b"\0\7\xff"
    filled = {f"{name}-{version}.mp3": id3v2(*frames, version=version, padding=padding) + MP3 + one
              for version in (3, 4) for name, frames, padding in (
                  ("picture", [picture], 0), ("rating", [rating], 50), ("title", [(b"TIT2", b"\0"), picture], 0), ("id", [(b"UFID", b"me\0\1")], 0))}
    filled["gain.mp3"] = id3v2(picture) + MP3 + ape([gain]) + one
    songs = {
        "zeros.mp3": id3v2(picture) + MP3 + b"TAG" + bytes(124) + b"\xff",
        "spaces.mp3": id3v2(picture) + MP3 + b"TAG" + b" " * 124 + b"\xff",
        "items.mp3": id3v2(picture) + MP3 + ape([gain]),
        "old.mp3": id3v2(picture) + MP3 + ape([old]),
        "named.mp3": id3v2(picture) + MP3 + ape([(b"Title", b"T", 0)]),
        "padding.mp3": id3v2(padding=100) + MP3 + ape([gain])}
    for name, content in {**songs, **filled}.items():
        write(name, content)
    shutil.copytree("music", "before")
    # what is not ASCII in ID3v1 ffprobe shows as it stands there, and TagLib nothing of a title without text
    before = {name: [{key: value for key, value in part.items() if value and key != "ARTIST"} for part in shown(f"before/{name}")] for name in {**songs, **filled}}
    found = write_all()
    for name in before:
        check_written(found, name)
        tags = ID3(f"music/{name}", load_v1=False)
        check(tags["TCON"].text == [GENRE], f"{name}: programs that read ID3v2 alone see no genre")
        check(not taglib or taglib.File(f"music/{name}").tags["GENRE"] == [GENRE], f"{name}: TagLib reads another genre")
        # what is said of ReplayGain in APE TagLib shows only where there is no ID3v2
        after = [{**gains, **part} for gains, part in zip(
            [{key: value for key, value in part.items() if key.startswith("REPLAYGAIN")} for part in before[name]], shown(f"music/{name}"))]
        check(shows_more(before[name], after), f"{name}: players have shown {before[name]}, now {after}")
        for kind, value in (picture, rating):
            check(read(f"before/{name}").count(value) == read(f"music/{name}").count(value), f"{name} has lost its {kind}")
        if name in filled:
            comment = "COMM::XXX"  # in a language that nobody knows, as ID3v2.4 calls it
            texts = [str(tags[key]) for key in ("TIT2", "TPE1", comment, "TRCK", "TDRC")]
            check(texts == ["A title", "Ar\xfftist", "Comment", "7", "1999"], f"{name} has {texts}")
            check(len(tags.getall("TIT2")) == 1 and read(f"music/{name}")[-128:] == one, f"{name}: its titles, or its ID3v1 tag")
    undo_all()
    found = write_rock()
    for name in before.keys() - {"old.mp3"}:
        check_written(found, name)
        check((b"TCON" in read(f"music/{name}")) != (name in filled), f"{name}: a number says the same")
    undo_all()


# ---- APE ----

def ape(items, version=2000):
    body = b"".join(struct.pack("<II", len(value), flags) + key + b"\0" + value for key, value, flags in items)

    def edge(flags):
        return b"APETAGEX" + struct.pack("<IIII", version, len(body) + 32, len(items), flags) + bytes(8)
    return edge(0xA0000000) + body + edge(0x80000000) if version == 2000 else body + edge(0)


def ape_items(path):
    """Its version, and its items."""
    content = read(path)
    footer = content.rindex(b"APETAGEX")
    version, size, count, _ = struct.unpack("<IIII", content[footer + 8:footer + 24])
    at, found = footer + 32 - size, [version]
    for _ in range(count):
        length, flags = struct.unpack("<II", content[at:at + 8])
        end = content.index(b"\0", at + 8)
        found.append((content[at + 8:end], content[end + 1:end + 1 + length], flags))
        at = end + 1 + length
    check(at == footer, f"{path}: its APE tag is torn")
    header = footer - size
    if version == 2000:
        check(content[header + 8:header + 20] == content[footer + 8:footer + 20], f"{path}: the ends of its APE tag count otherwise")
    return found


def check_ape():
    start()
    odd = [(b"Title", b"T", 0), (b"Artist", LATIN, 0), (b"Bin", b"\0\1\xff", 2), (b"Locked", b"x", 1), (b"Empty", b"", 0),
           (b"Two", b"a\0b", 0), (b"title", b"another", 0)]
    usual = [(b"Artist", "Läuft".encode(), 0), (b"Genre", b"Old", 0), (b"REPLAYGAIN_TRACK_GAIN", b"-3 dB", 0)]
    for ending, content in (("mp3", MP3), ("wv", WAVPACK)):
        write(f"odd.{ending}", content + ape(odd))
        write(f"first.{ending}", content + ape(odd[:2], 1000))
        write(f"usual.{ending}", content + ape(usual))
    write("torn.mp3", MP3 + ape(odd).replace(struct.pack("<II", 3, 2), struct.pack("<II", 300, 2)))
    write("claims.mp3", MP3 + ape(usual)[32:])  # a header that is not there
    shutil.copytree("music", "before")
    found = write_all()
    check(found["torn.mp3"]["action"] == "refused" and "APE tag would be lost" in found["torn.mp3"]["obstacle"],
          f"torn: {found['torn.mp3']}")
    check(found["claims.mp3"]["action"] == "refused" and read("music/claims.mp3") == read("before/claims.mp3"),
          f"a header that is not there: {found['claims.mp3']}")
    for name in set(os.listdir("music")) - {"torn.mp3", "claims.mp3"}:
        check_written(found, name)
        old, new = ([item for item in ape_items(f"{folder}/{name}")[1:] if item[0].upper() != b"GENRE"] for folder in ("before", "music"))
        check(old == new or name.startswith("usual") and [(key.lower(), value) for key, value, _ in old] ==
              [(key.lower(), value) for key, value, _ in new], f"{name}: {old} became {new}")
        check((b"Genre", GENRE.encode(), 0) in [(key.title(), *rest) for key, *rest in ape_items(f"music/{name}")[1:]], f"{name} has another genre")
    check(ape_items("music/first.mp3")[0] == 1000, "an APE tag of version 1 has become another")
    undo_all()


# ---- Vorbis comments ----

def comments(fields, vendor=b"me"):
    return struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", len(fields)) + b"".join(
        struct.pack("<I", len(field)) + field for field in fields)


def read_comments(content):
    [vendor] = struct.unpack("<I", content[:4])
    at = 4 + vendor
    [count] = struct.unpack("<I", content[at:at + 4])
    at, fields = at + 4, []
    for _ in range(count):
        [length] = struct.unpack("<I", content[at:at + 4])
        fields.append(content[at + 4:at + 4 + length])
        at += 4 + length
    return fields, content[at:]


def blocks(content):
    at, found, last = 4, [], False
    while not last:
        size, last = int.from_bytes(content[at + 1:at + 4], "big"), content[at] > 127
        found.append((content[at] & 127, content[at + 4:at + 4 + size]))
        at += 4 + size
    return found, content[at:]


def flac(*more):
    (info, *_), audio = blocks(FLAC)
    parts = [info, *more]
    return b"fLaC" + b"".join(bytes([kind | (128 if i == len(parts) - 1 else 0)]) + len(part).to_bytes(3, "big") + part
                              for i, (kind, part) in enumerate(parts)) + audio


def crc(content):
    total = 0
    for byte in content:
        total = (total << 8 ^ CRC[total >> 24 ^ byte]) & 0xffffffff
    return total


def make_crc():
    for i in range(256):
        total = i << 24
        for _ in range(8):
            total = (total << 1 ^ (0x04c11db7 if total >> 31 else 0)) & 0xffffffff
        yield total


CRC = list(make_crc())


def pages(content):
    at = 0
    while at < len(content):
        n = content[at + 26]
        table = content[at + 27:at + 27 + n]
        yield content[at:at + 27], table, content[at + 27 + n:at + 27 + n + sum(table)]
        at += 27 + n + sum(table)


def make_page(header, table, content, sequence):
    page = header[:18] + struct.pack("<I", sequence) + bytes(4) + bytes([len(table)]) + table + content
    return page[:22] + struct.pack("<I", crc(page)) + page[26:]


def packets(content):
    """The first three, without what is behind them."""
    found, packet = [], b""
    for _, table, data in pages(content):
        for length in table:
            packet, data = packet + data[:length], data[length:]
            if length < 255:
                found.append(packet)
                packet = b""
        if len(found) >= 3:
            break
    return found[:3]


def ogg(content, comment):
    """Another comment packet in it, in a page or several."""
    first, *rest = pages(content)
    parts, table = [comment] if content[28:36] == b"OpusHead" else [comment, packets(content)[2]], b""
    for part in parts:
        table += b"\xff" * (len(part) // 255) + bytes([len(part) % 255])
    data, made, continues = b"".join(parts), [make_page(*first, 0)], 0
    header = rest[0][0]
    while table:
        some, table = table[:255], table[255:]
        granule = bytes(8) if min(some) < 255 else b"\xff" * 8
        made.append(make_page(header[:5] + bytes([continues]) + granule + header[14:18], some, data[:sum(some)], len(made)))
        data, continues = data[sum(some):], int(some[-1] == 255)
    behind = [page for page in rest if page[0][6:14] not in (bytes(8), b"\xff" * 8)]
    return b"".join(made + [make_page(*page, len(made) + i) for i, page in enumerate(behind)])


def check_pages(path):
    for i, (header, table, content) in enumerate(pages(read(path))):
        check(struct.unpack("<I", header[18:22])[0] == i, f"{path}: page {i} has another number")
        check(make_page(header, table, content, i)[22:26] == header[22:26], f"{path}: page {i} has a wrong checksum")


def not_genre(fields):
    return [field for field in fields if not field.upper().startswith(b"GENRE=")]


def check_comments():
    start()
    odd = [b"TITLE=T", b"ARTIST=" + LATIN, b"noequals", b"lower=x", b"EMPTY=", b"ARTIST=B", b"genre=" + LATIN, b"Artist=C",
           "Ümlaut=x".encode(), b"A=b\0c", b"=v", b"COVERART=aGVsbG8=", b"METADATA_BLOCK_PICTURE=!!bad"]
    picture = Picture()
    picture.mime, picture.data, picture.desc = "image/jpeg", b"\xff\xd8jpeg" * 3000, "Vorn"
    usual = [b"TITLE=T", b"METADATA_BLOCK_PICTURE=" + base64.b64encode(picture.write()), "lyrics=Läuft\nso".encode()]
    large = odd + [b"N%d=" % i + bytes([65 + i % 26]) * 300 for i in range(700)]
    for name, fields in (("odd", odd), ("usual", usual), ("large", large), ("none", [b"EMPTY="])):
        write(f"{name}.flac", flac((4, comments(fields)), (6, picture.write()), (2, b"abcdxyz"), (1, bytes(100))))
        write(f"{name}.opus", ogg(OPUS, b"OpusTags" + comments(fields)))
        write(f"{name}.ogg", ogg(VORBIS, b"\3vorbis" + comments(fields) + b"\1"))
    write("suffix.opus", ogg(OPUS, b"OpusTags" + comments(usual) + b"\1 that others want kept"))
    write("padded.opus", ogg(OPUS, b"OpusTags" + comments(usual) + bytes(500)))
    encode("music/last.oga", "-c:a", "flac", "-f", "ogg")  # the comments are its last block
    check(packets(read("music/last.oga"))[1][0] == 0x84, "of a file by ffmpeg the comments are not the last block")
    write("two.flac", flac((4, comments([b"TITLE=T"])), (4, comments([b"ARTIST=A"]))))
    write("torn.opus", ogg(OPUS, b"OpusTags" + comments([b"TITLE=T", b"ARTIST=B"])[:-1]))
    shutil.copytree("music", "before")
    found = write_all()
    for name, item in (("two.flac", "VORBIS_COMMENT of its FLAC metadata"), ("torn.opus", "… of its Vorbis comments")):
        check(found[name]["action"] == "refused" and f"the item {item} would be lost" in found[name]["obstacle"],
              f"{name}: {found[name]}")
        check(read(f"music/{name}") == read(f"before/{name}"), f"{name} is refused and has changed")
    for name in set(os.listdir("music")) - {"two.flac", "torn.opus"}:
        check_written(found, name)
        check_fields(name)
    check_edited()
    undo_all()


def check_fields(name):
    both = [read(f"{folder}/{name}") for folder in ("before", "music")]
    if name.endswith(".flac"):
        parts = [[block for block in blocks(content)[0] if block[0] not in (1, 4)] for content in both]
        check(parts[0] == parts[1], f"{name}: its blocks are not what they were")
        (old, rest), (new, left) = (read_comments(dict(blocks(content)[0])[4]) for content in both)
    else:
        check_pages(f"music/{name}")
        start_at = {"opus": 8, "oga": 4, "ogg": 7}[name.rpartition(".")[2]]
        heads = [packets(content)[1][0] for content in both]
        check(heads[0] == heads[1], f"{name}: its comments begin with {heads[1]} instead of {heads[0]}")
        (old, rest), (new, left) = (read_comments(packets(content)[1][start_at:]) for content in both)
        check(name.endswith(".opus") or packets(both[0])[2] == packets(both[1])[2], f"{name}: its third packet is another")
    check(rest == left or name == "padded.opus", f"{name}: {rest} behind its comments became {left}")
    check(new.count(b"GENRE=" + GENRE.encode()) == 1 and len(new) == len(not_genre(new)) + 1, f"{name}: no genre, or another")
    usual = name.split(".", maxsplit=1)[0] in ("usual", "padded")

    def spelling(fields):
        return sorted(field.split(b"=")[0].upper() + field[field.index(b"="):] for field in fields) if usual else fields
    check(spelling(not_genre(new)) == spelling(not_genre(old)), f"{name}: {old[:20]} became {new[:20]}")


def check_edited():
    """The genre goes, and what else it has does not, even if somebody has changed the file since."""
    content = read("music/odd.flac")
    write("odd.flac", content.replace(b"TITLE=T", b"TITLE=U"))
    found = run("--undo", "music/odd.flac")
    check(found["odd.flac"]["action"] == "genre-restored", f"not by genre: {found}")
    fields = read_comments(dict(blocks(read("music/odd.flac"))[0])[4])[0]
    old = read_comments(dict(blocks(read("before/odd.flac"))[0])[4])[0]
    check(not_genre(fields) == [b"TITLE=U", *not_genre(old)[1:]] and "GENRE=Läuft".encode() in fields, f"undone: {fields}")
    shutil.copy("before/odd.flac", "music")


def check_comments_end():
    """What stands behind comments that were FLAC's last block: programs that go on there do not find the block that comes."""
    start()
    fields = comments([b"TITLE=T", b"ARTIST=" + LATIN])
    for name, more in (("framing", b"\1"), ("zeros", bytes(9))):
        write(f"{name}.flac", flac((4, fields + more)))
    write("text.flac", flac((4, comments([b"TITLE=T"]) + b"more")))
    write("between.flac", flac((4, fields + b"more"), (1, bytes(100))))
    shutil.copytree("music", "before")
    found = write_all()
    check(found["text.flac"]["action"] == "refused" and "… of its Vorbis comments" in found["text.flac"]["obstacle"],
          f"text.flac: {found['text.flac']}")
    check_written(found, "between.flac")
    for name in "framing.flac", "zeros.flac":
        check_written(found, name)
        check(FLAC_FILE(f"music/{name}")["genre"] == [GENRE], f"{name}: another program reads another genre")
    undo_all()


# ---- MP4 ----

def atom(name, *content):
    body = b"".join(content)
    return struct.pack(">I", len(body) + 8) + name + body


def data(kind, value):
    return atom(b"data", struct.pack(">II", kind, 0), value)


def free_form(name, *values):
    return atom(b"----", atom(b"mean", bytes(4), b"com.apple.iTunes"), atom(b"name", bytes(4), name), *values)


def add_items(content, *items):
    """Into its list, behind which nothing but the ends of atoms is that hold it."""
    more, at = b"".join(items), 0
    content = bytearray(content)
    for name in b"moov", b"udta", b"meta", b"ilst":
        at = content.index(name, at) - 4
        [size] = struct.unpack(">I", content[at:at + 4])
        content[at:at + 4] = struct.pack(">I", size + len(more))
        at += 8
    content[at:at] = more
    return bytes(content)


def check_mp4():
    start()
    odd = {
        "©ART": [atom(b"\xa9ART", data(1, b"One")), atom(b"\xa9ART", data(1, b"Two"))],
        "----:com.apple.iTunes:N": [free_form(b"N", data(1, b"One")), free_form(b"N", data(1, b"Two"))],
        "trkn": [atom(b"trkn", data(0, struct.pack(">4H", 0, n, 0, 0))) for n in (3, 4)],
        "©alb": [atom(b"\xa9alb", data(2, "Album".encode("utf-16-be")))],
        "©cmt": [atom(b"\xa9cmt", data(1, LATIN))],
        "abcd": [atom(b"abcd", data(0, b"\0\1\xff"))],
        "covr": [atom(b"covr", data(13, b"\xff\xd8jpg"), atom(b"name", bytes(4), b"cover.jpg"), data(14, b"\x89PNG"))],
        "hdvd": [atom(b"hdvd", data(21, b"\2"))]}
    for i, items in enumerate(odd.values()):
        write(f"{i}.m4a", add_items(M4A, *items))
    # other programs' widths of numbers and types of text, several pictures and values
    write("usual.m4a", add_items(
        M4A, atom(b"trkn", data(0, struct.pack(">3H", 0, 3, 9))), atom(b"disk", data(0, struct.pack(">4H", 0, 1, 2, 0))),
        atom(b"tmpo", data(0, b"\0\x78")), atom(b"cpil", data(21, b"\1")), atom(b"pgap", data(21, b"\0")),
        atom(b"rtng", data(0, b"\4")), atom(b"stik", data(21, b"\1")), atom(b"plID", data(21, struct.pack(">q", 5))),
        atom(b"cnID", data(21, struct.pack(">I", 4000000000))), atom(b"purl", data(0, b"http://localhost/")),
        atom(b"xid ", data(1, b"v:isrc:x")), atom(b"apID", data(1, b"me")), atom(b"\xa9gen", data(1, b"Old")),
        atom(b"covr", data(13, b"\xff\xd8jpg"), data(14, b"\x89PNG")), free_form(b"iTunNORM", data(1, b" 00000000")),
        free_form(b"Two", data(1, b"a"), data(1, b"b")), free_form(b"bin", data(0, b"\0\xff"))))
    write("mutagen.m4a", M4A)
    song = MP4("music/mutagen.m4a")
    song.update({"\xa9nam": ["T"], "\xa9ART": ["One", "Two"], "trkn": [(3, 9)], "disk": [(1, 1)], "tmpo": [120], "cpil": True,
                 "covr": [MP4Cover(b"\xff\xd8jpg"), MP4Cover(b"\x89PNG", MP4Cover.FORMAT_PNG)], "rtng": [1], "stik": [1],
                 "----:com.apple.iTunes:MusicBrainz Track Id": [MP4FreeForm(b"a-b"), MP4FreeForm(b"c")], "sosn": ["x"], "cmID": [7]})
    song.save()
    encode("full.m4a", "-c:a", "libmp3lame", "-f", "mp4", "-metadata", "title=T", "-metadata", "track=3/9", "-metadata",
           "disc=1/2", "-metadata", "compilation=1", "-metadata", "comment=Läuft", "-metadata", "date=2001", "-movflags", "faststart")
    shutil.move("full.m4a", "music")
    shutil.copytree("music", "before")
    found = write_all()
    for i, item in enumerate(odd):
        line = found[f"{i}.m4a"]
        check(line["action"] == "refused" and line["obstacle"] == f"the item {item} of its MP4 tags would be lost", f"{item}: {line}")
        check(read(f"music/{i}.m4a") == read(f"before/{i}.m4a"), f"{item}: the file is refused and has changed")
    for name in "usual.m4a", "mutagen.m4a", "full.m4a":
        check_written(found, name)
        old, new = (dict(MP4(f"{folder}/{name}").tags) for folder in ("before", "music"))
        check({**old, "\xa9gen": [GENRE]} == new, f"{name}: {old} became {new}")
    undo_all()


def set_meta(content, *parts, where=b"udta"):
    """All that is in moov/udta, which ends the file, or stands in its place in moov."""
    at = content.index(b"udta", content.index(b"moov")) - 4
    [size] = struct.unpack(">I", content[at:at + 4])
    check(at + size == len(content), "the test does not know this MP4 file")
    meta = atom(b"meta", bytes(4), *parts)
    new = bytearray(content[:at] + (atom(b"udta", meta) if where == b"udta" else meta))
    moov = content.index(b"moov") - 4
    new[moov:moov + 4] = struct.pack(">I", len(new) - moov)
    return bytes(new)


def check_mp4_keys():
    """Tags under names of their own, which TagLib takes for none, and what no program takes for iTunes' own."""
    start()
    items = atom(b"ilst", atom(struct.pack(">I", 1), data(1, b"T")))
    keys = atom(b"keys", struct.pack(">II", 0, 1), atom(b"mdta", b"title"))

    def handler(kind):
        return atom(b"hdlr", bytes(8), kind, bytes(13))
    refused = {"keys": set_meta(M4A, handler(b"mdta"), keys, items), "handler": set_meta(M4A, handler(b"ID32")),
               "unsaid": set_meta(M4A, keys, items), "movie": set_meta(M4A, handler(b"mdta"), keys, items, where=b"moov")}
    for name, content in refused.items():
        write(f"{name}.m4a", content)
    write("usual.m4a", set_meta(M4A, handler(b"mdir"), atom(b"ilst", atom(b"\xa9nam", data(1, b"T")))))
    write("none.m4a", set_meta(M4A))
    encode("music/ffmpeg.m4a", "-c:a", "libmp3lame", "-f", "mp4", "-movflags", "use_metadata_tags", "-metadata", "title=T",
           "-metadata", "foo=bar")
    shutil.copytree("music", "before")
    for options in [], ["--write"]:
        found = run("--threshold", "0", "--name-map", "names", *options, "music")
        for name in [*refused, "ffmpeg"]:
            line = found[f"{name}.m4a"]
            check(line["action"] == "refused" and "keys or another handler" in line["obstacle"], f"{name}: {line}")
            check(read(f"music/{name}.m4a") == read(f"before/{name}.m4a"), f"{name} is refused and has changed")
    for name in "usual.m4a", "none.m4a":
        check_written(found, name)
    undo_all()


# ---- genres that are no proper text ----

def check_genres():
    start()
    wide = "Läuft".encode("utf-16-be")
    write("comment.flac", flac((4, comments([b"TITLE=T", b"genre=" + LATIN]))))
    write("comment.opus", ogg(OPUS, b"OpusTags" + comments([b"GENRE=" + LATIN])))
    write("comment.ogg", ogg(VORBIS, b"\3vorbis" + comments([b"GENRE=" + LATIN]) + b"\1"))
    write("ape.mp3", MP3 + ape([(b"Genre", LATIN, 0)]))
    write("ape.wv", WAVPACK + ape([(b"GENRE", LATIN, 0)], 1000))
    write("wide.m4a", add_items(M4A, atom(b"\xa9gen", data(2, wide))))
    write("implicit.m4a", add_items(M4A, atom(b"\xa9gen", data(0, "Läuft".encode()))))
    for name, frame in (("labelled", b"TCON" + struct.pack(">IH", 6, 0) + b"\3" + LATIN),
                        ("free", b"TXXX" + struct.pack(">IH", 12, 0) + b"\0Genre\0" + LATIN)):
        write(f"{name}.mp3", b"ID3\4\0\0\0\0\0" + bytes([len(frame) + 20]) + frame + bytes(20) + MP3)
    # what looks like one and is none
    write("blank.flac", flac((4, comments([b"TITLE=T", b"GENRE=\xa0 "]))))
    write("number.mp3", b"ID3\4\0\0\0\0\0\x24TCON\0\0\0\6\0\0\0(255)" + bytes(20) + MP3)
    shutil.copytree("music", "before")
    found = run("--write", "--threshold", "0", "music")
    for name, line in found.items():
        if name in ("blank.flac", "number.mp3"):
            check(line["action"] == "written", f"{name}: {line}")
            continue
        check(line["action"] == "has-genre" and line["tagged"] == "Läuft", f"{name}: {line}")
        check(read(f"music/{name}") == read(f"before/{name}"), f"{name} has a genre and has changed")
    undo_all()


def check_free():
    """The genre that is written takes the place of what is called so in free text, too."""
    start()
    for version in 3, 4:
        tag = id3v2((b"TIT2", b"\0T"), (b"TXXX", b"\0genre\0Foo"), (b"TXXX", b"\0Mood\0Calm"), padding=20, version=version)
        write(f"{version}.mp3", tag + MP3)
        wav = read(SONG) + b"id3 " + struct.pack("<I", len(tag) + len(tag) % 2) + tag + bytes(len(tag) % 2)
        write(f"{version}.wav", wav[:4] + struct.pack("<I", len(wav) - 8) + wav[8:])
    shutil.copytree("music", "before")
    found = write_all()
    for name, line in found.items():
        check_written(found, name)
        content = read(f"music/{name}")
        check(line["tagged"] == "Foo" and b"Foo" not in content and b"Mood\0Calm" in content and content.count(b"TCON") == 1,
              f"{name} has not one genre: {line}")
        check(not taglib or taglib.File(f"music/{name}").tags["GENRE"] == [GENRE], f"{name}: TagLib reads another genre")
    undo_all()


def check_several():
    """Of several genres before, none is made that stands for them, where somebody has changed the file since."""
    start()
    title = b"a title to change"
    wide = [frame + struct.pack(">I", len(text) + 1) + b"\0\0\3" + text for frame, text in
            ((b"TIT2", title), (b"TCON", b"Rock\0Pop"))]
    items = [(b"Title", title, 0), (b"Genre", b"Rock\0Pop", 0)]
    for ending, content in (("mp3", MP3), ("wv", WAVPACK)):
        write(f"ape.{ending}", content + ape(items))
        write(f"one.{ending}", content + ape([items[0], (b"Genre", b"Rock Pop", 0)]))
    write("id3.mp3", b"ID3\4\0\0\0\0\0" + bytes([sum(map(len, wide))]) + b"".join(wide) + MP3)
    write("two.m4a", add_items(M4A, atom(b"\xa9nam", data(1, title)), atom(b"\xa9gen", data(1, b"Rock"), data(1, b"Pop"))))
    write("two.flac", flac((4, comments([b"TITLE=" + title, b"GENRE=Rock", b"genre=Pop"]))))
    shutil.copytree("music", "before")
    found = write_all()
    for name in os.listdir("music"):
        check_written(found, name)
        content = read(f"music/{name}")
        check(title in content, f"{name} has another title")
        write(name, content.replace(title, title.upper()))
    shutil.rmtree("edited", ignore_errors=True)
    shutil.copytree("music", "edited")
    found = run("--undo", "music")
    for name, line in found.items():
        if name.startswith("one."):
            check(line["action"] == "genre-restored" and (b"GENRE", b"Rock Pop", 0) in
                  [(key.upper(), *rest) for key, *rest in ape_items(f"music/{name}")[1:]], f"{name}: {line}")
            continue
        check(line["action"] == "refused" and "several genres before" in line["obstacle"], f"{name}: {line}")
        check(read(f"music/{name}") == read(f"edited/{name}"), f"{name} is refused and has changed")


with open("names", "w", encoding="utf-8") as names:
    names.writelines(f"{genre} = {GENRE}\n" for genre in ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop",
                                                         "reggae", "rock"))
MP3 = encode("plain.mp3", "-id3v2_version", "0", "-write_xing", "0")
FLAC = encode("plain.flac")
WAVPACK = encode("plain.wv")
WAVPACK = WAVPACK[:WAVPACK.index(b"APETAGEX")] if b"APETAGEX" in WAVPACK else WAVPACK
OPUS, VORBIS = encode("plain.opus"), encode("plain.ogg", "-c:a", "libvorbis")
M4A = encode("plain.m4a", "-c:a", "libmp3lame", "-f", "mp4")
for part in check_id3v1, check_no_new_id3, check_silent, check_pictures, check_ape, check_comments, check_comments_end, check_mp4, check_mp4_keys, check_genres, check_free, check_several:
    part()
