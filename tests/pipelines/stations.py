#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""stations.py PORT-FILE FOLDER: a server of radio stations, good and bad ones, for the tests.

The port, chosen by the system, is written to PORT-FILE. MP3, Ogg and FLAC files are taken from FOLDER.
Every path is a station of its own (see STATIONS); what it was asked for is counted, and /count/NAME
tells. /off and /on switch /switched off and on, the way servers are restarted."""
import gzip
import http.server
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

FOLDER = sys.argv[2]
ICY_INTERVAL = 8192
START = time.monotonic()
counts = {}
lock = threading.Lock()
switched_on = threading.Event()
switched_on.set()


def read(name):
    with open(os.path.join(FOLDER, name), "rb") as file:
        return file.read()


def icy_block(title):
    text = b"StreamTitle='" + title + b"';"
    text = text[:255 * 16]
    n = (len(text) + 15) // 16
    return bytes([n]) + text.ljust(n * 16, b"\0")


class Station(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def log_message(self, *arguments):
        pass

    def head(self, status=200, content_type=None, **headers):
        self.send_response(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def do_GET(self):
        path, _, self.argument = self.path.partition("?")
        name = path.strip("/").replace(".", "_").replace("-", "_").replace("/", "_")
        with lock:
            counts[name] = counts.get(name, 0) + 1
        handler = getattr(self, "on_" + ("sequel" if path.startswith("/sequel/") else name), None)
        if path.startswith("/count/"):
            self.head(content_type="text/plain")
            self.wfile.write(b"%d" % counts.get(path[len("/count/"):], 0))
        elif handler:
            try:
                handler()
            except OSError:  # the listener has gone
                pass
        else:
            self.head(404)

    # -- what plays

    def play(self, data, titles=(b"Music",), goes_on=lambda: True):
        """A stream that goes on: some seconds at once, the rest paced; a new title every 12 s of audio."""
        position = 0
        bytes_a_second = 16000
        start = time.monotonic()
        sent = 0
        interval = ICY_INTERVAL if self.headers.get("Icy-MetaData") and titles else 0
        last = None
        while goes_on():
            ahead = sent / bytes_a_second - (time.monotonic() - start)
            if ahead > 25:
                time.sleep(0.2)
                continue
            n = interval or 4096
            chunk = (data[position:] + data)[:n]
            position = (position + n) % len(data)
            self.wfile.write(chunk)
            sent += len(chunk)
            if interval:
                title = titles[int(sent / bytes_a_second / 12) % len(titles)]
                block = b"\0" if title == last else icy_block(title)
                last = title
                self.wfile.write(block)

    def play_mp3(self, content_type="audio/mpeg", **arguments):
        titles = arguments.get("titles", (b"Music",))
        icy = {"icy_metaint": ICY_INTERVAL} if titles and self.headers.get("Icy-MetaData") else {}
        self.head(content_type=content_type, icy_name=arguments.pop("name", "The Station"), **icy)
        self.play(arguments.pop("data", None) or read("music.mp3"), **arguments)

    def on_good_mp3(self):
        self.play_mp3(titles=(b"Artist - One", b"Artist - Two"))

    # No title while somebody talks.
    def on_talk_mp3(self):
        self.play_mp3(titles=(b"Artist - One", b""))

    # A title in UTF-8, cut in its last character, and one in Shift-JIS, which is no Windows-1252 either.
    def on_halved_mp3(self):
        self.play_mp3(titles=("日本 - 東京の歌".encode()[:-1], "メロディ".encode("shift_jis")))

    def on_plain_mp3(self):
        self.play_mp3(titles=())

    # Its name in Latin-1, and in UTF-8 (which goes through as if it were Latin-1).
    def on_latin_mp3(self):
        self.play_mp3(titles=(), name="Caf\xe9")

    def on_utf8_mp3(self):
        self.play_mp3(titles=(), name="Caf\xe9".encode().decode("latin-1"))

    def on_music_aac(self):
        self.head(content_type="audio/aacp")
        self.play(read("music.aac"), titles=())

    def on_titled_aac(self):
        self.play_mp3(content_type="audio/aac", titles=(b"Artist - One",), data=read("music.aac"))

    def on_switched(self):
        if not switched_on.is_set():
            self.head(404)
            return
        self.head(content_type="audio/mpeg")
        self.play(read("music.mp3"), titles=(), goes_on=switched_on.is_set)

    def on_off(self):
        switched_on.clear()
        self.head()

    def on_on(self):
        switched_on.set()
        self.head()

    # MP3 that begins like lyrics (LRC): once with a Content-Type, once without
    def on_lyrics_mp3(self):
        self.play_mp3(data=b"[00:12.00]la la la\n" + read("music.mp3"))

    def on_lyrics_untyped(self):
        self.play_mp3(content_type=None, titles=(), data=b"[00:12.00]la la la\n" + read("music.mp3"))

    # The wrong Content-Type: the bytes know better.
    def on_wrong_type(self):
        self.head(content_type="audio/aac")
        self.play(read("music.ogg"), titles=())

    def on_titles(self):
        self.play_mp3(titles=(b"\x1b]0;owned\x07<script>alert(1)</script>",))

    def on_long_title_ogg(self):
        self.head(content_type="application/ogg")
        self.wfile.write(read("long-title.ogg"))
        time.sleep(600)

    def on_file_mp3(self):
        data = read("music.mp3")
        self.head(content_type="audio/mpeg", Content_Length=len(data))
        self.wfile.write(data)

    def on_short(self):
        """A bit of audio, then the end of the connection, as killed servers do it."""
        self.head(content_type="audio/mpeg")
        self.wfile.write(read("music.mp3")[:32000])

    def on_cut(self):
        """A connection that breaks after a few bytes, of many that were promised; libsoup takes that for an end
        of the file unless the connection was to be kept."""
        self.head(content_type="audio/mpeg", Content_Length=10 ** 6, Connection="keep-alive")
        self.wfile.write(read("music.mp3")[:20])
        self.close_connection = True

    def on_then_flac(self):
        """Ogg Vorbis first; whoever comes again gets FLAC in Ogg."""
        self.head(content_type="application/ogg")
        if counts["then_flac"] > 1:
            self.wfile.write(read("music.flac.ogg"))
            time.sleep(600)
        self.wfile.write(read("music.ogg"))

    def on_chained_ogg(self):
        """One song after the other, in different codecs."""
        self.head(content_type="application/ogg")
        for name in ("music.ogg", "music.flac.ogg", "music.opus"):
            self.wfile.write(read(name))
        time.sleep(600)

    # HLS, live: segments of MP3, of which the list shows the last ones
    def make_live_list(self, segment, head=b"", key=None):
        first = int(time.monotonic() - START) // 4
        lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:5", "#EXT-X-MEDIA-SEQUENCE:%d" % first]
        for i in range(first, first + 6):
            lines += [key % (i // 2)] if key else []
            lines += ["#EXTINF:4.8,", "%s?%d" % (segment, i)]
        return head + "\n".join(lines + [""]).encode()

    def on_live_m3u8(self, segment="/segment", head=b"", key=None):
        self.head(content_type="application/vnd.apple.mpegurl")
        self.wfile.write(self.make_live_list(segment, head, key))

    # a list of qualities, and one of segments, which the server takes for music
    def on_vague(self):
        self.head(content_type="audio/mpeg")
        self.wfile.write(b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n/vaguer\n")

    def on_vaguer(self):
        self.head(content_type="audio/mpeg")
        self.wfile.write(self.make_live_list("/segment"))

    # its list lies compressed in a store of files, and hands out what opens its segments; the way there is by another one
    def on_signed_m3u8(self):
        if "door=open" not in self.headers.get("Cookie", ""):
            self.head(302, Location="/signed.m3u8", Set_Cookie="door=open; Path=/")
            return
        self.head(content_type="application/vnd.apple.mpegurl", Content_Encoding="gzip", Set_Cookie="token=1; Path=/")
        self.wfile.write(gzip.compress(self.make_live_list("/signed")))

    def on_signed(self):
        if "token=1" in self.headers.get("Cookie", ""):
            self.on_segment()
        else:
            self.head(403)

    # a live list whose head names what comes before all segments
    def on_mapped_m3u8(self):
        self.on_live_m3u8(head=b'#EXT-X-MAP:URI="/map"\n')

    def on_map(self):
        self.head(content_type="audio/mpeg")

    # every third segment is not there
    def on_hole_m3u8(self):
        self.on_live_m3u8("/hole")

    def on_hole(self):
        if int(self.argument) % 3 == 0:
            self.head(404)
        else:
            self.on_segment()

    # of two qualities, which only a query tells apart, the segments of the first are gone
    def on_halves_m3u8(self):
        self.head(content_type="application/vnd.apple.mpegurl")
        self.wfile.write(b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=2\n/half.m3u8?nothing\n"
                         b"#EXT-X-STREAM-INF:BANDWIDTH=1\n/half.m3u8?segment\n")

    def on_half_m3u8(self):
        self.on_whole_m3u8(segment=self.argument.encode())

    # the second time it is asked for its list it asks for a second; whoever comes anew is not kept waiting
    def on_patient_m3u8(self):
        if counts["patient_m3u8"] == 2:
            self.head(503, Retry_After=1)
        else:
            self.on_live_m3u8()

    # its list lies elsewhere from the second time on, and its segments beside it
    def on_wandering_m3u8(self):
        if counts["wandering_m3u8"] > 1:
            self.head(302, Location="/elsewhere/live.m3u8")
        else:
            self.on_live_m3u8()

    def on_elsewhere_live_m3u8(self):
        self.on_live_m3u8("segment")

    def on_elsewhere_segment(self):
        self.on_segment()

    # its encoder has died
    def on_frozen_m3u8(self):
        self.head(content_type="application/vnd.apple.mpegurl")
        segments = b"".join(b"#EXTINF:1.9,\n/segment?%d\n" % i for i in range(6))
        self.wfile.write(b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:7\n" + segments)

    # what comes is nothing that can be heard, after a while
    def on_mute_m3u8(self):
        self.on_live_m3u8("/mute")

    def on_mute(self):
        self.head(content_type="audio/mpeg")
        self.wfile.write(self.get_segment(int(self.argument)) if counts["mute"] < 4 else bytes(20000))

    # each segment is not there yet when it is asked for first
    def on_tardy_m3u8(self):
        self.on_live_m3u8("/tardy")

    def on_tardy(self):
        if self.is_first():
            self.head(404)
        else:
            self.on_segment()

    # the same, and what there is then breaks off; of a server that sends the rest, and of one that begins anew
    def on_torn_m3u8(self):
        self.on_whole_m3u8(segment=b"torn")

    def on_torn(self):
        if self.is_first():
            self.head(503)
            return
        data = self.get_segment(int(self.argument))
        wanted = self.headers["Range"]
        if wanted and int(self.argument) % 2 == 0:
            first = int(wanted.removeprefix("bytes=").split("-")[0])
            self.head(206, content_type="audio/mpeg", Content_Range="bytes %d-%d/%d" % (first, len(data) - 1, len(data)),
                      Content_Length=len(data) - first)
            self.wfile.write(data[first:])
            return
        self.head(content_type="audio/mpeg", Content_Length=len(data))
        self.wfile.write(data if wanted else data[:30001])

    def is_first(self):
        """Whether this is asked for the first time."""
        with lock:
            counts[self.path] = counts.get(self.path, 0) + 1
            return counts[self.path] == 1

    # more segments in a row are missing than anybody looks for at once
    def on_gap_m3u8(self):
        self.on_whole_m3u8(segment=b"gap", n=12)

    def on_gap(self):
        if 3 <= int(self.argument) < 9:
            self.head(404)
        else:
            self.on_segment()

    # more segments than anybody keeps, most of which are not there
    def on_excess_m3u8(self):
        self.head(content_type="application/vnd.apple.mpegurl")
        self.wfile.write(b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:4.8,\n/segment?0\n" +
                         b"#EXT-X-GAP\n#EXTINF:1,\n-\n" * 10000 + b"#EXT-X-ENDLIST\n")

    # two tags, each with a title, before every segment
    def on_tagged_m3u8(self):
        self.on_whole_m3u8(segment=b"tagged")

    def on_tagged(self):
        frame = b"TIT2" + struct.pack(">IH", 4, 0) + b"\3Tag"
        size = bytes([0, 0, 0, len(frame)])
        self.head(content_type="audio/mpeg")
        self.wfile.write(b"ID3\4\0\0" + size + frame + b"ID3\4\0\x10" + size + frame + b"3DI\4\0\x10" + size +
                         self.get_segment(int(self.argument)))

    # its list lies where a redirect says, for a while; who is refused there is to ask here at once
    def on_lent_m3u8(self):
        with lock:
            counts["lent_found"] = counts.get("lent_found", 0) + (counts.pop("lent_refused", 0) == 1)
        self.head(302, Location="/lent-list.m3u8?%d" % counts["lent_m3u8"])

    def on_lent_list_m3u8(self):
        with lock:
            counts[self.path] = counts.get(self.path, 0) + 1
            if counts[self.path] > 2:
                counts["lent_refused"] = counts.get("lent_refused", 0) + 1
        if counts[self.path] > 2:
            self.head(403)
        else:
            self.on_live_m3u8()

    # its encoder counts anew, soon after it had begun, again and again: when its fifth segment is asked for, or nobody
    # seems to want that
    def on_anew_m3u8(self):
        with lock:
            looks = counts.get("looks", 0) + 1
            if counts.get("fifth") or looks > 20:
                counts.update(beginnings=counts.get("beginnings", 0) + 1, fifth=0)
                looks = 1
            counts["looks"] = looks
        self.head(content_type="application/vnd.apple.mpegurl")
        segments = "".join("#EXTINF:1.9,\n/sequel/%d-%d?%d\n" % (counts.get("beginnings", 0), i, i)
                           for i in range(min(2 + looks, 5)))
        self.wfile.write(b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n" + segments.encode())

    def on_sequel(self):
        beginning, _, number = self.path.partition("?")[0].rpartition("/")[2].partition("-")
        with lock:
            if number == "4" and int(beginning) == counts.get("beginnings", 0):
                counts["fifth"] = 1
            if number == "0" and beginning != "0":
                counts["begun_anew"] = counts.get("begun_anew", 0) + 1
        self.on_segment()

    # MP3, then MP4, whose times jump at a break; then what another encoder made, which nothing announces
    def on_jumps_m3u8(self):
        self.head(content_type="application/vnd.apple.mpegurl")
        self.wfile.write(b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:4.8,\n/segment?0\n"
                         b'#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="/head?a"\n'
                         b"#EXTINF:5,\n/fragment?0+3600\n#EXTINF:5,\n/fragment?1+3600\n#EXT-X-DISCONTINUITY\n"
                         b"#EXTINF:5,\n/fragment?2+0\n#EXTINF:5,\n/fragment?3+0\n"
                         b'#EXT-X-MAP:URI="/head?another"\n#EXTINF:5,\n/fragment?4+7200\n#EXT-X-ENDLIST\n')

    # breaks are announced, but nothing jumps; and the map is called something else each time
    def on_breaks_m3u8(self):
        self.head(content_type="application/vnd.apple.mpegurl")
        segments = "".join('#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="/head?%d"\n#EXTINF:5,\n/fragment?%d+0\n' % (i, i)
                           for i in range(5))
        self.wfile.write(b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n" + segments.encode() + b"#EXT-X-ENDLIST\n")

    def on_head(self):
        self.head(content_type="video/mp4")
        self.wfile.write(read("init.mp4") + (struct.pack(">I", 8) + b"free" if self.argument == "another" else b""))

    def on_fragment(self):
        number, _, seconds = self.argument.partition("+")
        data = bytearray(read("fragment%s.m4s" % number))
        at = data.index(b"tfdt") + 4
        layout = ">Q" if data[at] == 1 else ">I"
        time_then = struct.unpack_from(layout, data, at + 4)[0] + int(seconds) * 44100
        struct.pack_into(layout, data, at + 4, time_then)
        self.head(content_type="video/mp4")
        self.wfile.write(data[:24])  # as who sends each box when it is made
        self.wfile.flush()
        time.sleep(0.2)
        self.wfile.write(data[24:])

    # every sixth segment is of another kind, or so it begins
    def on_mixed_m3u8(self):
        self.on_live_m3u8("/mixed")

    def on_mixed(self):
        if int(self.argument) % 6 == 3:
            self.head(content_type="audio/aac")
            self.wfile.write(b"\xff\xf1" + os.urandom(20000))
        else:
            self.on_segment()

    # encrypted, each two segments with a key of their own
    def on_locked_m3u8(self):
        self.on_live_m3u8("/locked", key='#EXT-X-KEY:METHOD=AES-128,URI="/key?%d"')

    def on_key(self):
        self.head(content_type="application/octet-stream")
        self.wfile.write(b"%016d" % int(self.argument))

    def on_locked(self):
        number = int(self.argument)
        self.head(content_type="application/octet-stream")
        command = ["openssl", "enc", "-aes-128-cbc", "-K", (b"%016d" % (number // 2)).hex(), "-iv", "%032x" % number]
        self.wfile.write(subprocess.run(command, input=self.get_segment(number), capture_output=True, check=True).stdout)

    # encrypted for others
    def on_drm_m3u8(self):
        self.on_live_m3u8(key='#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://%d",KEYFORMAT="com.apple.streamingkeydelivery"')

    # parts of one file; of a server that knows how to send them, and of one that sends the whole file
    def on_parts_m3u8(self, uri="/part"):
        self.head(content_type="application/vnd.apple.mpegurl")
        segments = b"".join(b"#EXTINF:4.8,\n#EXT-X-BYTERANGE:76800@%d\n%s\n" % (76800 * i, uri.encode())
                            for i in range(6))
        self.wfile.write(b"#EXTM3U\n#EXT-X-VERSION:4\n#EXT-X-TARGETDURATION:5\n" + segments + b"#EXT-X-ENDLIST\n")

    def on_unparted_m3u8(self):
        self.on_parts_m3u8("/file.mp3")

    def on_part(self):
        data = read("music.mp3")
        first, last = (int(number) for number in self.headers["Range"].removeprefix("bytes=").split("-"))
        self.head(206, content_type="audio/mpeg", Content_Range="bytes %d-%d/%d" % (first, last, len(data)),
                  Content_Length=last + 1 - first)
        self.wfile.write(data[first:last + 1])

    # the sound lies beside the pictures
    def on_sound_m3u8(self):
        self.head(content_type="application/vnd.apple.mpegurl")
        self.wfile.write(b'#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x, y",URI="/quality"\n'
                         b'#EXT-X-STREAM-INF:BANDWIDTH=128000,AUDIO="a"\n/nothing\n')

    def on_master_m3u8(self):
        self.head(content_type="application/vnd.apple.mpegurl")
        self.wfile.write(b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=128000\n/quality\n")

    # its server knows no playlists
    def on_quality(self):
        self.on_whole_m3u8("text/plain")

    def on_whole_m3u8(self, content_type="application/vnd.apple.mpegurl", segment=b"segment", n=6):
        self.head(content_type=content_type)
        segments = b"".join(b"#EXTINF:4.8,\n/%s?%d\n" % (segment, i) for i in range(n))
        self.wfile.write(b"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:5\n" + segments + b"#EXT-X-ENDLIST\n")

    def on_segment(self):
        self.head(content_type="audio/mpeg")
        self.wfile.write(self.get_segment(int(self.argument)))

    def get_segment(self, number):
        owner = b"com.apple.streaming.transportStreamTimestamp\0" + struct.pack(">Q", int(90000 * 4.8 * number))
        frame = b"PRIV" + struct.pack(">IH", len(owner), 0) + owner
        data = read("music.mp3")
        begin = number % 6 * 76800
        tag = b"ID3\x04\0\0" + bytes([0, 0, len(frame) >> 7, len(frame) & 127]) + frame
        return tag + data[begin:begin + 76800]

    # -- what does not

    def on_html(self):
        self.head(content_type="text/html; charset=utf-8")
        self.wfile.write(b"<html><script>alert(1)</script>" * 1000)

    def on_forbidden(self):
        self.head(403)

    def on_busy(self):
        self.head(503, Retry_After=30)

    def on_loop(self):
        self.head(302, Location="/loop?" + self.argument + "x")

    def on_moved(self):
        self.head(302, Location="/good.mp3")

    def on_silent(self):
        """Accepts, and never says anything."""
        time.sleep(600)

    def on_stalling(self):
        self.head(content_type="audio/mpeg")
        self.wfile.write(read("music.mp3")[:240000])
        time.sleep(600)

    def on_changing(self):
        """Ogg, then MP3 in the same connection."""
        self.head(content_type="application/ogg")
        self.wfile.write(read("music.ogg"))
        self.play(read("music.mp3"), titles=())

    def on_drip(self):
        self.head(content_type="audio/mpeg")
        data = read("music.mp3")
        for i in range(600):
            self.wfile.write(data[i:i + 1])
            time.sleep(0.3)

    def on_endless_header(self):
        self.wfile.write(b"HTTP/1.0 200 OK\r\n")
        while True:
            self.wfile.write(b"X-Header: " + b"x" * 1000 + b"\r\n")

    # what never comes to an answer, faster than it can be read, or comes with one that has no use for it
    def flood(self, data):
        while True:
            self.wfile.write(data * 4096)

    def on_preliminary(self):
        self.flood(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_moved_endless(self):
        self.head(302, Location="/good.mp3", Content_Length=10 ** 12)
        self.flood(b"moved")

    def on_unauthorized_endless(self):
        self.head(401, WWW_Authenticate='Basic realm="r"', Content_Length=10 ** 12)
        self.flood(b"no")

    def on_garbage(self):
        self.wfile.write(os.urandom(4096))

    def on_pictures_mkv(self):
        self.head(content_type="video/x-matroska")
        self.wfile.write(read("pictures.mkv"))
        time.sleep(600)

    def on_broken_webm(self):
        """Some seconds of audio, then what breaks the demuxer, whatever it was told about the type."""
        self.head(content_type="audio/webm")
        self.wfile.write(read("music.webm"))
        time.sleep(1)  # until it is heard, mostly
        self.wfile.write(b"\xff" * 65536)
        time.sleep(600)

    def on_garbage_mp3(self):
        self.head(content_type="audio/mpeg")
        while True:
            self.wfile.write(os.urandom(4096))
            time.sleep(0.02)

    def on_hang(self):
        """For a decoder of the tests that never comes back."""
        self.head(content_type="application/octet-stream")
        self.wfile.write(b"HANGDATA" + bytes(200000))
        time.sleep(600)

    # -- playlists

    def on_list_pls(self):
        self.head(content_type="audio/x-scpls")
        self.wfile.write(b"[playlist]\nNumberOfEntries=2\nFile1=/nothing.mp3\nFile2=/good.mp3\nTitle2=x\n")

    def on_list_m3u(self):
        self.head(content_type="text/plain")
        self.wfile.write(b"#EXTM3U\r\n#EXTINF:-1,Good\r\n/list.pls\r\n")

    def on_list_xspf(self):
        self.head(content_type="application/xspf+xml")
        self.wfile.write(b'<?xml version="1.0"?><playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList>'
                         b"<track><location>/good.mp3</location></track></trackList></playlist>")

    def on_brief(self):
        """Some seconds of audio, over and over."""
        self.head(content_type="audio/mpeg")
        self.wfile.write(read("music.mp3")[:240000])

    def on_wavering_m3u(self):
        self.head(content_type="audio/x-mpegurl")
        self.wfile.write(b"/brief\n/html\n")

    def on_dead_m3u(self):
        self.head(content_type="audio/x-mpegurl")
        self.wfile.write(b"/nothing.mp3\n/forbidden\n")

    def on_nested_m3u(self):
        self.head(content_type="audio/x-mpegurl")
        self.wfile.write(b"/dead.m3u\n/circle.m3u\n/good.mp3\n")

    def on_many_m3u(self):
        self.head(content_type="audio/x-mpegurl")
        self.wfile.write(b"/mirror\n" * 1000)

    def on_mirror(self):
        self.head(403)

    def on_circle_m3u(self):
        self.head(content_type="audio/x-mpegurl")
        self.wfile.write(b"/circle.m3u\n")

    def on_empty_m3u(self):
        self.head(content_type="audio/x-mpegurl")

    def on_odd_m3u(self):
        """Addresses that libraries complain of, and a good one."""
        self.head(content_type="audio/x-mpegurl")
        self.wfile.write(b"a:/..//a\n///a\n//a:99999/\nhttp:///a\nhttp:/..//a\nhttp://[/\nhttp:\n/..//good.mp3\n")

    def on_disk_m3u(self):
        self.head(content_type="audio/x-mpegurl")
        self.wfile.write(b"file:///etc/passwd\n")

    def on_endless_m3u(self):
        self.head(content_type="audio/x-mpegurl")
        while True:
            self.wfile.write(b"http://radio.example/\n" * 1000)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class SecureServer(Server):
    """Counts what listeners agree to speak: it would rather speak HTTP/2."""

    def get_request(self):
        connection, address = self.socket.accept()
        secure = self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        try:
            secure.do_handshake()
        finally:
            name = "alpn_%s" % secure.selected_alpn_protocol()
            with lock:
                counts[name] = counts.get(name, 0) + 1
        return secure, address


def serve_securely():
    """The same with a certificate that nobody vouches for, if there is one in the folder."""
    secure = SecureServer(("127.0.0.1", 0), Station)
    secure.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.context.load_cert_chain(os.path.join(FOLDER, "certificate.pem"))
    secure.context.set_alpn_protocols(["h2", "http/1.1"])
    with open(sys.argv[1] + ".tls", "w", encoding="ascii") as tls_port_file:
        tls_port_file.write(str(secure.server_port))
    threading.Thread(target=secure.serve_forever, daemon=True).start()


if os.path.exists(os.path.join(FOLDER, "certificate.pem")):
    serve_securely()
server = Server(("127.0.0.1", 0), Station)
server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32768)
with open(sys.argv[1] + ".new", "w", encoding="ascii") as port_file:
    port_file.write(str(server.server_port))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
