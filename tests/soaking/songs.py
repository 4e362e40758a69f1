# SPDX-License-Identifier: GPL-2.0-or-later
"""Songs as stations send them: MP3 that begins with a frame, Ogg whose title can be exchanged."""
import os
import struct
import subprocess
import sys

RECORDING = "/usr/share/games/dink/dink/Sound/1.ogg"
PLACE = "@" * 24  # where the title goes
FORMATS = {"mp3": ["-f", "mp3", "-b:a", "96k", "-write_xing", "0", "-id3v2_version", "0"],
           "low": ["-f", "mp3", "-b:a", "48k", "-ar", "24000", "-ac", "1", "-write_xing", "0",
                   "-id3v2_version", "0"],
           "vorbis": ["-f", "ogg", "-c:a", "libvorbis", "-b:a", "96k"],
           "opus": ["-f", "ogg", "-c:a", "libopus", "-b:a", "96k"],
           "flac": ["-f", "ogg", "-c:a", "flac", "-ac", "1", "-ar", "32000"]}


def skip(text):
    print(f"SKIP: {text}")
    sys.exit(77)


def check_tools():
    if not os.path.exists(RECORDING):
        skip("needs the package freedink-data")
    try:
        subprocess.run(["ffmpeg", "-version"], stdout=subprocess.DEVNULL, check=True)
    except FileNotFoundError:
        skip("needs the package ffmpeg")


def encode(path, begin, seconds, *options):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-ss", str(begin), "-i", RECORDING,
                    "-t", str(seconds), "-map_metadata", "-1", "-map_metadata:s", "-1", *options,
                    path], check=True)


def make_table():
    table = []
    for value in range(256):
        rest = value << 24
        for _ in range(8):
            rest = (rest << 1 ^ (0x04c11db7 if rest & 1 << 31 else 0)) & 0xffffffff
        table.append(rest)
    return table


TABLE = make_table()


def checksum(page):
    """Ogg's, RFC 3533; that of the page itself must be zero in it."""
    rest = 0
    for value in page:
        rest = (rest << 8 ^ TABLE[rest >> 24 ^ value]) & 0xffffffff
    return rest


def find_pages(data):
    """Where each page begins, and ends."""
    at = 0
    while at < len(data):
        if data[at:at + 4] != b"OggS":
            raise ValueError(f"no page of Ogg at byte {at}")
        table = at + 27
        body = table + data[at + 26]
        end = body + sum(data[table:body])
        yield at, end
        at = end


class Song:
    """Some seconds of sound in one format."""

    def __init__(self, kind, path, seconds):
        with open(path, "rb") as file:
            self.data = file.read()
        self.kind = kind
        self.rate = len(self.data) / seconds  # bytes a second
        self.ogg = kind in ("vorbis", "opus", "flac")
        if self.ogg:
            place = self.data.index(PLACE.encode())
            self.page = next((begin, end) for begin, end in find_pages(self.data) if end > place)

    def entitle(self, title):
        """Its bytes under this title, of as many letters as PLACE has."""
        if not self.ogg:
            return self.data
        begin, end = self.page
        page = bytearray(self.data[begin:end].replace(PLACE.encode(), title.encode()))
        if len(page) != end - begin:
            raise ValueError(f"{title!r} has {len(title)} letters, expected {len(PLACE)}")
        page[22:26] = bytes(4)
        page[22:26] = struct.pack("<I", checksum(page))
        return self.data[:begin] + bytes(page) + self.data[end:]


def make_songs(folder, seconds, each):
    """{kind: [Song]}; every Ogg stream has a serial number of its own."""
    songs = {}
    for kind, options in FORMATS.items():
        for i in range(each):
            path = os.path.join(folder, f"{kind}-{i}")
            encode(path, 11 * i + 20, seconds + i, *options, "-metadata", f"title={PLACE}")
            songs.setdefault(kind, []).append(Song(kind, path, seconds + i))
    return songs
