# SPDX-License-Identifier: GPL-2.0-or-later
"""Radio stations that go wrong at random, and know what they have sent.

Station /K sends song after song, each under a title of its own: four seconds at once, then in real
time. While `unrest` is set a station now and then breaks off, says goodbye, stalls, is gone, is
busy (503 with Retry-After) or sends garbage, and a whole server with some of them now and then
refuses all connections. All is drawn from the seed; when it happens depends on the machine."""
import random
import selectors
import socket
import struct
import threading
import time

TICK = 0.25
AT_FIRST = 4  # s
ICY_INTERVAL = 8192
SERVERS = 7  # and 8 kinds: each server has all
MOST_WAITING = 1 << 20
SURE = 10  # s after which what was sent has been read, on a busy machine
PATIENCE_FOR_MORE = 15  # s; what genre-radio's manual says of a stall
KINDS = (("mp3",), ("vorbis",), ("opus",), ("mp3",), ("flac",), ("vorbis", "opus", "flac"),
         ("mp3",), ("mp3", "low"))
FAULTS = ("break", "leave", "stall", "gone", "busy", "garbage")


class Sent:
    """A song as far as it was sent."""

    def __init__(self, title, ogg):
        self.title = title
        self.ogg = ogg
        self.announced = ogg  # in what has been sent
        self.ended = None  # when its end was sent
        self.fouled = False  # somebody else's bytes were in it
        self.closed = None  # when its connection was
        self.orderly = False

    def describe(self):
        """For who looks for it."""
        after = "open" if self.closed is None else f"closed {self.closed - self.ended:.0f} s later"
        return f"{'Ogg' if self.ogg else 'MP3'}, {'orderly, ' if self.orderly else ''}{after}"

    def is_whole(self, end, sure):
        """Everything was sent, so long ago that it was read."""
        if self.ended is None or self.fouled or not self.announced:
            return False
        closed = end if self.closed is None else min(self.closed, end)
        return closed - self.ended > sure or (self.orderly and end - self.closed > sure)


class Station:
    """What is known of one for all its connections."""

    def __init__(self, number, seed, pace):
        self.number = number
        self.random = random.Random(f"{seed} station {number}")
        self.kinds = KINDS[number % len(KINDS)]
        self.pace = pace
        self.sent = []
        self.last = None  # song
        self.next_fault = None  # monotonic
        self.until = 0  # it is gone or busy
        self.busy = 0  # s that it asks for, or 0
        self.polite = 0  # nobody should come before
        self.back = None  # when somebody could be with it again, who is not yet
        self.cause = None

    def plan(self, now):
        self.next_fault = now + self.random.expovariate(1 / self.pace)

    def lose(self, cause, back):
        """It cannot be heard until then."""
        self.back = back if self.back is None else max(self.back, back)
        self.cause = cause


class Connection:
    """Somebody who listens to a station."""

    def __init__(self, sock, server):
        self.socket = sock
        self.server = server
        self.request = b""
        self.station = None
        self.out = bytearray()
        self.data = b""  # of the song
        self.position = 0  # in it
        self.song = None  # Sent
        self.rate = 0
        self.credit = 0.0  # bytes that are due
        self.titles = False
        self.until_title = ICY_INTERVAL
        self.told = None  # Sent, whose title was sent last
        self.stalled = False
        self.leaving = False  # after this song
        self.closing = False  # as soon as all is sent


class Broadcaster:
    """All of them, in a thread."""

    def __init__(self, songs, n, seed, minutes, haste):
        self.songs = songs
        self.haste = haste
        self.random = random.Random(f"{seed} servers")
        pace = min(90.0, max(4.0, minutes * 60 / 6))
        self.longest = min(40.0, max(3.0, minutes * 60 / 8))
        self.outage_pace = max(5.0, minutes * 60 / 10)
        self.stations = [Station(i, seed, pace) for i in range(n)]
        self.selector = selectors.DefaultSelector()
        self.reserved = []
        self.listeners = []
        for _ in range(SERVERS):
            reserved = self.bind(0)
            self.reserved.append(reserved)
            self.listeners.append(self.listen(reserved.getsockname()[1]))
        self.closed_until = [0.0] * SERVERS
        self.next_outage = None
        self.connections = set()
        self.unrest = False
        self.over = False
        self.faults = dict.fromkeys(FAULTS + ("refuse",), 0)
        self.joined = []  # (s after it could be heard again, why it could not)
        self.hasty = []  # what came before it was asked to
        self.error = None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def url(self, number):
        port = self.reserved[number % SERVERS].getsockname()[1]
        return f"http://127.0.0.1:{port}/{number}"

    # -- sockets

    @staticmethod
    def bind(port):
        """One that only holds the port is enough that nobody else gets it."""
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", port))
        return sock

    def listen(self, port):
        listener = self.bind(port)
        listener.listen(512)
        listener.setblocking(False)
        self.selector.register(listener, selectors.EVENT_READ, None)
        return listener

    def close(self, connection, rudely=False):
        if connection not in self.connections:
            return
        self.connections.discard(connection)
        self.selector.unregister(connection.socket)
        if rudely:
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                         struct.pack("ii", 1, 0))
        connection.socket.close()
        now = time.monotonic()
        station = connection.station
        if not station:
            return
        for sent in station.sent:
            if sent.closed is None:
                sent.closed = now
        if station.back is None:  # whoever has left may come back
            station.lose("client left", now)

    def accept(self, listener):
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        sock.setblocking(False)
        server = self.listeners.index(listener)
        connection = Connection(sock, server)
        self.connections.add(connection)
        self.selector.register(sock, selectors.EVENT_READ, connection)

    def read(self, connection):
        try:
            data = connection.socket.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        connection.request += data
        if not data or len(connection.request) > 8192:
            self.close(connection)
        elif not connection.station and b"\r\n\r\n" in connection.request:
            self.answer(connection)

    # -- answers

    def answer(self, connection):
        now = time.monotonic()
        station = self.stations[int(connection.request.split(b" ")[1].lstrip(b"/"))]
        if now < station.polite:
            self.hasty.append(f"station {station.number} came {station.polite - now:.2f} s early")
        if now < station.until and not station.busy:
            self.close(connection, rudely=True)
            return
        if now < station.until:
            wait = station.busy
            station.polite = now + wait / self.haste * 0.98
            station.lose("busy", max(station.until, now + wait / self.haste))
            connection.out += (f"HTTP/1.0 503 Busy\r\nRetry-After: {wait}\r\n"
                               "Content-Length: 0\r\n\r\n").encode()
            connection.closing = True
            self.flush(connection)
            return
        self.begin(connection, station, now)

    def begin(self, connection, station, now):
        for other in [one for one in self.connections if one.station is station]:
            self.close(other)
        if station.back is not None:
            self.joined.append((now - station.back, station.cause))
        station.back = station.cause = None
        connection.station = station
        mp3 = station.kinds[0] == "mp3"
        connection.titles = mp3 and b"\nicy-metadata: 1" in connection.request.lower()
        connection.out += (f"HTTP/1.0 200 OK\r\nContent-Type: "
                           f"{'audio/mpeg' if mp3 else 'application/ogg'}\r\n"
                           + (f"icy-metaint: {ICY_INTERVAL}\r\n" if connection.titles else "")
                           + "\r\n").encode()
        self.next_song(connection)
        connection.credit = AT_FIRST * connection.rate

    def next_song(self, connection):
        station = connection.station
        kind = station.random.choice(station.kinds)
        song = station.random.choice([one for one in self.songs[kind] if one is not station.last])
        title = f"Artist - {station.number:04} song {len(station.sent):05}"[:24].ljust(24, ".")
        if connection.song and connection.song.ogg:
            connection.song.ended = time.monotonic()
        station.last = song
        connection.song = Sent(title, song.ogg)
        station.sent.append(connection.song)
        connection.data = song.entitle(title)
        connection.position = 0
        connection.rate = song.rate

    def add_title(self, connection):
        text = b""
        if connection.told is not connection.song:
            text = f"StreamTitle='{connection.song.title}';".encode()
            if connection.told:
                connection.told.ended = time.monotonic()
            connection.song.announced = True
            connection.told = connection.song
        length = (len(text) + 15) // 16
        connection.out += bytes([length]) + text.ljust(16 * length, b"\0")
        connection.until_title = ICY_INTERVAL

    def add_sound(self, connection, data):
        while data:
            n = min(len(data), connection.until_title if connection.titles else len(data))
            connection.out += data[:n]
            data = data[n:]
            if connection.titles:
                connection.until_title -= n
                if connection.until_title == 0:
                    self.add_title(connection)

    def play(self, connection, seconds):
        connection.credit += seconds * connection.rate
        while connection.credit >= 1 and not connection.closing:
            end = connection.position + int(connection.credit)
            part = connection.data[connection.position:end]
            connection.position += len(part)
            connection.credit -= len(part)
            self.add_sound(connection, part)
            if connection.position < len(connection.data):
                continue
            if connection.leaving:
                self.leave(connection)
            else:
                self.next_song(connection)

    def leave(self, connection):
        connection.closing = True
        now = time.monotonic()
        connection.song.ended = now
        connection.song.orderly = True
        connection.station.lose("leave", now)

    def flush(self, connection):
        try:
            while connection.out:
                n = connection.socket.send(connection.out)
                del connection.out[:n]
        except BlockingIOError:
            return
        except OSError:
            self.close(connection)
            return
        if connection.closing:
            self.close(connection)

    # -- what goes wrong

    def find(self, station):
        return next((one for one in self.connections if one.station is station), None)

    def go_wrong(self, station, now):
        """Only for who is heard."""
        connection = self.find(station)
        station.plan(now)
        if not connection or connection.stalled or connection.closing or station.back is not None:
            return
        cause = station.random.choice(FAULTS)
        self.faults[cause] += 1
        span = station.random.uniform(1, self.longest)
        if cause == "leave":
            connection.leaving = True
        elif cause == "stall":
            connection.stalled = True
            station.lose(cause, now + PATIENCE_FOR_MORE / self.haste)
        elif cause == "garbage":
            self.send_garbage(connection)
        else:
            station.busy = station.random.randint(2, 10) if cause == "busy" else 0
            station.until = now + (0 if cause == "break" else span)
            station.lose(cause, max(now, station.until))
            self.close(connection, rudely=True)

    def send_garbage(self, connection):
        """Between two pieces of sound; that may be the end of the song, and make the next one's
        beginning unknown."""
        connection.song.fouled = True
        n = int(connection.rate * connection.station.random.uniform(0.2, 2))
        self.add_sound(connection, connection.station.random.randbytes(n))
        rest = connection.data[connection.position:]
        if len(rest) < 2 * connection.rate:
            self.add_sound(connection, rest)
            self.next_song(connection)
            connection.song.fouled = True

    def refuse(self, now):
        self.next_outage = now + self.random.expovariate(1 / self.outage_pace)
        server = self.random.randrange(SERVERS)
        if not self.listeners[server]:
            return
        self.faults["refuse"] += 1
        until = now + self.random.uniform(1, self.longest)
        self.closed_until[server] = until
        self.selector.unregister(self.listeners[server])
        self.listeners[server].close()
        self.listeners[server] = None
        for station in self.stations[server::SERVERS]:
            station.lose("refuse", until)
        for connection in [one for one in self.connections if one.server == server]:
            self.close(connection, rudely=True)

    def open_again(self, now):
        for server, listener in enumerate(self.listeners):
            if not listener and now >= self.closed_until[server]:
                port = self.reserved[server].getsockname()[1]
                self.listeners[server] = self.listen(port)

    def stir(self, now):
        if not self.next_outage:
            self.next_outage = now + self.random.expovariate(1 / self.outage_pace)
        elif now >= self.next_outage:
            self.refuse(now)
        for station in self.stations:
            if station.next_fault is None:
                station.plan(now)
            elif now >= station.next_fault:
                self.go_wrong(station, now)

    # -- the thread

    def turn(self, last):
        """One tick; when it was."""
        now = time.monotonic()
        self.open_again(now)
        if self.unrest:
            self.stir(now)
        for connection in list(self.connections):
            if connection.station and not connection.stalled:
                if len(connection.out) < MOST_WAITING:
                    self.play(connection, now - last)
                self.flush(connection)
        return now

    def look(self, until):
        while (left := until - time.monotonic()) > 0:
            for key, _ in self.selector.select(left):
                if key.data:
                    if key.data in self.connections:
                        self.read(key.data)
                else:
                    self.accept(key.fileobj)

    def run(self):
        last = time.monotonic()
        try:
            while not self.over:
                self.look(last + TICK)
                last = self.turn(last)
        except Exception as error:  # pylint: disable=broad-except
            self.error = error  # for who asks about the end
            raise

    def stop(self):
        self.over = True
        self.thread.join()
        for sock in [one.socket for one in self.connections] + self.reserved:
            sock.close()
