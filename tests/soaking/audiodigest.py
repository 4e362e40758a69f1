# SPDX-License-Identifier: GPL-2.0-or-later
"""A checksum of the sound in a file, whatever its tags: of the bytes of its audio."""
import hashlib
import struct

from songs import find_pages

HEADERS = {b"\x01vorbis": 3, b"OpusHead": 2}  # packets before the sound; the second: tags


def packets_of_ogg(data):
    """Of a file with one stream."""
    packet = b""
    for begin, _ in find_pages(data):
        table = begin + 27
        at = table + data[begin + 26]
        for length in data[table:at]:
            packet += data[at:at + length]
            at += length
            if length < 255:
                yield packet
                packet = b""


def sound_of_ogg(data):
    packets = list(packets_of_ogg(data))
    before = next(n for magic, n in HEADERS.items() if packets[0].startswith(magic))
    yield packets[0]
    for packet in packets[2:before] + packets[before:]:
        yield struct.pack("<I", len(packet)) + packet


def sound_of_flac(data):
    """STREAMINFO, and the frames."""
    at, last = 4, False
    while not last:
        last, kind = bool(data[at] & 128), data[at] & 127
        end = at + 4 + int.from_bytes(data[at + 1:at + 4], "big")
        if kind == 0:
            yield data[at + 4:end]
        at = end
    yield data[at:]


def sound_of_wav(data):
    at = 12
    while at + 8 <= len(data):
        size = struct.unpack("<I", data[at + 4:at + 8])[0]
        if data[at:at + 4] in (b"fmt ", b"data"):
            yield data[at + 8:at + 8 + size]
        at += 8 + size + size % 2


def sound_of_mp3(data):
    """Without ID3v2 in front and ID3v1 behind."""
    begin = 0
    if data[:3] == b"ID3":
        begin = 10 + (data[6] << 21 | data[7] << 14 | data[8] << 7 | data[9])
    end = len(data) - (128 if data[-128:-125] == b"TAG" else 0)
    yield data[begin:end]


def digest(data):
    sum_ = hashlib.sha256()
    magics = {b"OggS": sound_of_ogg, b"fLaC": sound_of_flac, b"RIFF": sound_of_wav}
    for part in magics.get(data[:4], sound_of_mp3)(data):
        sum_.update(part)
    return sum_.digest()
