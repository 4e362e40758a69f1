#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""streams.py PORT-FILE FOLDER: music.mp3 of FOLDER as streams that do not come over HTTP, for the tests.

RTSP (music.mp3, RTP in its own connection: rtsp://127.0.0.1:PORT/on, which goes on, and /cut, which breaks off after
some seconds each time) and datagrams to this machine (music.mp3, and music.ts, if it is there), again and again. PORT-FILE is written
as a line "rtsp PORT" and one "udp PORT FILE" for each file; ports are chosen by the system. While FOLDER/quiet is there no datagram is sent."""
import os
import socket
import socketserver
import struct
import sys
import threading
import time

FOLDER = sys.argv[2]
RATE = 44100
FRAME = 1152  # samples
CUT_AFTER = 9  # s of audio; of the last two of them the listener, who waits for stragglers, hears nothing
DATAGRAM = 7 * 188
SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=Music\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\n" \
      "m=audio 0 RTP/AVP 14\r\na=control:music\r\n"


def read(name):
    with open(os.path.join(FOLDER, name), "rb") as file:
        return file.read()


def split_frames(data):
    """MPEG-1 layer 3 at 128 kbit/s, as make_broadcast encodes it."""
    begin = data.index(b"\xff\xfb")
    frames = []
    while begin + 4 <= len(data) and data[begin:begin + 2] == b"\xff\xfb":
        end = begin + 144 * 128000 // RATE + (data[begin + 2] >> 1 & 1)
        frames.append(data[begin:end])
        begin = end
    return frames[:-1]


class Rtsp(socketserver.StreamRequestHandler):
    """Wants RTP in this very connection, as those do who sit behind a firewall."""

    def answer(self, sequence, status="200 OK", body="", **headers):
        headers.update({"CSeq": sequence, "Session": "1", "Content-Length": len(body)})
        lines = ["RTSP/1.0 " + status] + ["%s: %s" % (name.replace("_", "-"), headers[name]) for name in headers]
        with self.lock:
            self.wfile.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())

    def play(self, cut):
        start = time.monotonic()
        number = 0
        try:
            while not cut or number * FRAME < CUT_AFTER * RATE:
                time.sleep(max(0, start + number * FRAME / RATE - 1 - time.monotonic()))
                frame = FRAMES[number % len(FRAMES)]
                packet = struct.pack(">BBHIIHH", 0x80, 14, number & 0xffff, number * FRAME * 90000 // RATE & 0xffffffff, 1, 0, 0)
                packet += frame
                with self.lock:
                    self.wfile.write(struct.pack(">cBH", b"$", 0, len(packet)) + packet)
                number += 1
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:  # the listener has gone
            pass

    def read_request(self):
        """Its method, URL and headers; None at the end. What the listener reports of RTP is skipped."""
        while True:
            first = self.rfile.read(1)
            if first != b"$":
                break
            self.rfile.read(struct.unpack(">xH", self.rfile.read(3))[0])
        line = first + self.rfile.readline()
        if not line.strip():
            return None
        headers = {}
        while True:
            name, _, value = self.rfile.readline().decode().partition(":")
            if not name.strip():
                return line.decode().split()[:2] + [headers]
            headers[name.lower()] = value.strip()

    def handle(self):
        self.lock = threading.Lock()
        try:
            while request := self.read_request():
                self.obey(*request)
        except OSError:  # the listener has gone
            pass

    def obey(self, method, url, headers):
        sequence = headers.get("cseq", "0")
        if method == "OPTIONS":
            self.answer(sequence, Public="OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")
        elif method == "DESCRIBE":
            self.answer(sequence, body=SDP, Content_Type="application/sdp", Content_Base=url + "/")
        elif method == "SETUP" and "TCP" not in headers.get("transport", ""):
            self.answer(sequence, "461 Unsupported Transport")
        elif method == "SETUP":
            self.answer(sequence, Transport="RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=00000001")
        elif method == "PLAY":
            self.answer(sequence, Range="npt=now-")
            threading.Thread(target=self.play, args=("/cut" in url,), daemon=True).start()
        else:
            self.answer(sequence)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


def reserve_port():
    """Nobody else is given it while this is open; what listens on 127.0.0.1 is sent the datagrams all the same."""
    reserved = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind(("", 0))
    return reserved


def send_datagrams(data, seconds, port):
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    pause = seconds * DATAGRAM / len(data)
    while True:
        for begin in range(0, len(data), DATAGRAM):
            time.sleep(pause)
            if not os.path.exists(os.path.join(FOLDER, "quiet")):
                sender.sendto(data[begin:begin + DATAGRAM], ("127.0.0.1", port))


FRAMES = split_frames(read("music.mp3"))
server = Server(("127.0.0.1", 0), Rtsp)
reserved_ports = []
lines = ["rtsp %d\n" % server.server_address[1]]
for name in "music.mp3", "music.ts":
    if os.path.exists(os.path.join(FOLDER, name)):
        reserved_ports.append(reserve_port())
        port = reserved_ports[-1].getsockname()[1]
        arguments = (read(name), len(FRAMES) * FRAME / RATE, port)
        threading.Thread(target=send_datagrams, args=arguments, daemon=True).start()
        lines.append("udp %d %s\n" % (port, name))
with open(sys.argv[1] + ".new", "w", encoding="ascii") as port_file:
    port_file.writelines(lines)
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
