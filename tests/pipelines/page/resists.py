#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""resists.py SERVER: what clients should not do neither stops genre-radio's page nor pays."""
import random
import resource
import signal
import socket
import sys
import time

from client import PATIENCE, Events, Radio, check, fail, wait_until

server = sys.argv[1]
MOST_CLIENTS = 256
MOST_STREAMS = 64
HASTE = 2  # where the server is to lose its patience


def status_of(received):
    return int(received.split(b" ")[1]) if received.startswith(b"HTTP/1.") else None


def request(host, path="/", method="GET", *more):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", *more, "", ""]
    return "\r\n".join(lines).encode()


def check_hosts(radio):
    port = radio.port
    for host in (radio.host, f"localhost:{port}", f"LOCALHOST:{port}"):
        check(status_of(radio.send(request(host))) == 200, f"Host {host}")
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", f"127.0.0.1:{port + 1}",
                 f"[::1]:{port}", "",
                 f"127.0.0.1:{port}, evil.example", f"127.0.0.1.evil.example:{port}",
                 f"127.0.0.1:{port}x", "[", ":"):
        check(status_of(radio.send(request(host))) in (400, 421), f"Host {host}")
    two = request(radio.host, "/", "GET", "Host: evil.example")
    check(status_of(radio.send(two)) in (400, 421), "two hosts")
    check(status_of(radio.send(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")) in (400, 421),
          "no host")
    check(status_of(radio.send(b"GET / HTTP/1.0\r\n\r\n")) in (400, 421), "no host, HTTP/1.0")


def check_methods(radio):
    for odd in (b"OPTIONS *", b"CONNECT a:1", b"GET *"):
        status = status_of(radio.send(odd + b" HTTP/1.1\r\nHost: a:1\r\nConnection: close\r\n\r\n"))
        check(status in (400, 404, 405), f"{odd}: {status}")
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"):
        answer = radio.get("/api/stations", method)
        check(answer.status == 405 and answer.headers["Allow"] == "GET, HEAD",
              f"{method}: {answer.status}")
    posted = request(radio.host, "/", "POST", "Content-Length: 5") + b"hello"
    check(status_of(radio.send(posted)) == 405, "POST with a body")
    for length in ("-5", "-1", str(2**64 - 5), "five", "5, 6"):
        answer = radio.send(request(radio.host, "/healthz", "GET", f"Content-Length: {length}"))
        check(status_of(answer) == 400, f"a body of {length} bytes: {answer}")
    endless = request(radio.host, "/", "POST", "Transfer-Encoding: chunked")
    chunk = b"8000\r\n" + b"x" * 32768 + b"\r\n"
    radio.send(endless + chunk * 3)  # returns: it is cut off


def check_paths(radio):
    station = radio.stations()[0]["id"]
    for path in ("/page/../index.html", "/page/%2e%2e/index.html", "/page/..%2findex.html",
                 "/../../etc/passwd",
                 "/page//etc/passwd", "/page/", "/page/page.gresource.xml", "/station/",
                 "/station/nope",
                 f"/station/{station}/", f"/station/{station.upper()}x", "/api", "/api/",
                 "/api/stations/",
                 "/api/stations/000000000000", "/favicon.ico", "/%00", "/%ff",
                 "/page/%00index.html",
                 "/station/%3Cscript%3E"):
        answer = radio.get(path)
        check(answer.status in (400, 403, 404), f"{path}: {answer.status}")
        check(b"<" not in answer.body, f"{path}: {answer.body}")
    check(radio.get("/" + "x" * 5000).status == 414, "a long address")
    check(radio.get("/?" + "x" * 5000).status == 414, "a long query")
    many = ",".join(f"{i:012x}" for i in range(201))
    check(radio.get("/api/events?stations=" + many).status == 400, "more than 200 stations")
    check(radio.get("/api/events").status == 400, "events of nothing")
    check(radio.get("/api/events?stations=x", Sec_Fetch_Site="cross-site").status == 403,
          "another site")
    check(radio.get("/", Sec_Fetch_Site="cross-site").status == 200, "a link from another site")


def check_nonsense(radio):
    header = request(radio.host, "/", "GET", "X-Header: " + "x" * 300000)
    check(status_of(radio.send(header)) != 200, "a header of 300 KB")
    many = request(radio.host, "/", "GET", *("X-Header: y" for _ in range(30000)))
    check(status_of(radio.send(many)) != 200, "30,000 headers")
    radio.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    radio.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(512) + b"\r\n\r\n")
    generator = random.Random(14)
    for _ in range(200):
        length = generator.randrange(200)
        data = bytes(generator.choices(b"GET /:HTP1.0\r\n\0\xffabc,;=%", k=length))
        radio.send(data + b"\r\n\r\n")


def check_events_and_more(radio):
    """What follows a request for events is no request."""
    with radio.connect() as connection:
        station = radio.stations()[0]["id"]
        connection.sendall(request(radio.host, f"/api/events?stations={station}") +
                           request(radio.host))
        received = b""
        while received.count(b"event: station\n") < 2:
            chunk = connection.recv(65536)
            check(chunk, f"the end of events, and more requests: {received[-200:]}")
            received += chunk
        check(b"text/event-stream" in received and received.count(b"HTTP/1.1 ") == 1,
              f"events, and more requests: {received}")


def check_half_requests(radio):
    """Closed by the server, which told us nothing else; meanwhile others are served."""
    halves = [radio.connect() for _ in range(20)]
    for half in halves[1:]:
        try:
            half.sendall(b"GET / HTTP/1.1\r\nHost: " + radio.host.encode())
        except ConnectionError:  # it took us long
            pass
    check(radio.get("/healthz").status == 200, "others wait")
    for half in halves:
        try:
            while half.recv(65536):
                pass
        except ConnectionError:
            pass
        half.close()


def drip(radio):
    """A byte now and then does not help; returns when the server has had enough."""
    end = time.monotonic() + PATIENCE
    with radio.connect() as connection:
        try:
            while time.monotonic() < end:
                connection.sendall(b"x")
                time.sleep(0.2)
        except OSError:
            return
    fail("a request that never comes to its end is waited for")


def check_thousand_connections(radio):
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit[1], limit[1]))
    events = Events(radio, [radio.stations()[0]["id"]])
    events.wait_for("station")
    crowd = []
    for i in range(1000):
        connection = socket.socket()
        connection.settimeout(PATIENCE)
        connection.connect(("127.0.0.1", radio.port))
        crowd.append(connection)
        if i % 250 == 249:
            check(radio.get("/").status == 200, f"not served beside {i} connections")
            check(radio.metric("genre_radio_page_clients") <= MOST_CLIENTS, "too many clients")
    check(not events.ended, "who looked on was sent away")
    for connection in crowd:
        connection.close()
    events.close()
    wait_until(lambda: radio.metric("genre_radio_page_clients") < 10,
               "clients that have left are counted")


def check_many_streams(radio):
    station = radio.stations()[0]["id"]
    streams = [Events(radio, [station]) for _ in range(MOST_STREAMS)]
    refused = radio.get("/api/events?stations=" + station)
    check(refused.status == 503 and refused.headers["Retry-After"], f"one more: {refused.status}")
    check(radio.get("/healthz").status == 200, "others are not served")
    for stream in streams:
        stream.close()
    wait_until(lambda: radio.metric("genre_radio_page_event_streams") == 0,
               "streams that nobody reads")


def ask_and_not_read(radio, path):
    """A connection whose answer has begun."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(PATIENCE)
        connection.connect(("127.0.0.1", radio.port))
        try:
            connection.sendall(request(radio.host, path))
            if connection.recv(1, socket.MSG_PEEK):
                return connection
        except ConnectionError:  # it took us long
            pass
        connection.close()
    return fail(f"no answer: {path}")


def check_slow_readers(radio):
    """Who does not read loses pictures first, then the connection."""
    ids = ",".join(station["id"] for station in radio.stations())
    path = f"/api/events?stations={ids}&spectrogram=1"
    slow = [ask_and_not_read(radio, path) for _ in range(4)]
    quick = Events(radio, ids.split(","), "&spectrogram=1")
    wait_until(lambda: radio.metric("genre_radio_page_omitted_spectrograms_total") > 0,
               "pictures that are left out")
    wait_until(lambda: radio.metric("genre_radio_page_event_streams") == 1,
               "the end of slow readers")
    check(not quick.ended, "a quick reader was sent away, too")
    seen = len(quick.of("spectrogram"))
    wait_until(lambda: len(quick.of("spectrogram")) > seen, "a quick reader sees nothing")
    quick.close()
    for connection in slow:
        connection.close()


def check_alive(radio):
    """A stream that has nothing to say says so, again and again."""
    events = Events(radio, ["000000000000"])
    wait_until(lambda: len(events.of("alive")) > 2, "that a stream is alive")
    check({name for name, _ in events.events} <= {"alive", "stations"}, "what nobody asked for")
    events.close()


def check_unread_answer():
    """Who asks, and does not read what it asked for, is cut off."""
    with open("long.txt", "w", encoding="ascii") as file:
        file.writelines(f"{i} {'x' * 190} = {server}/forbidden?{i}\n" for i in range(1500))
    radio = Radio("--stations", "long.txt", name="long", haste=HASTE)
    check(len(radio.get("/api/stations").body) > 600000, "a short answer")
    with ask_and_not_read(radio, "/api/stations") as connection:
        wait_until(lambda: radio.metric("genre_radio_page_clients") == 1,
                   "the end of who reads nothing")
        received = 0
        while chunk := connection.recv(65536):
            received += len(chunk)
        check(0 < received < 600000, f"{received} bytes of an answer that was cut off")
    radio.end()


def check_token():
    token = "correct-horse-battery"
    with open("token", "w", encoding="ascii") as file:
        file.write(token + "\n")
    radio = Radio("--token-file", "token", server + "/good.mp3", name="token")
    check(radio.get("/healthz").status == 200, "health is no secret")
    for path in ("/", "/api/stations", "/metrics", "/page/x", "/api/events?stations=x", "/nothing",
                 "/api/stations?token=" + token):
        check(radio.get(path).status == 401, f"{path} without a token")
    for wrong in ("Bearer", "Bearer ", "Bearer wrong", f"Bearer {token}x", f"Bearer {token[:-1]}",
                  f"Basic {token}",
                  token):
        check(radio.get("/", Authorization=wrong).status == 401, f"with {wrong}")
    check(radio.get("/", Authorization="Bearer " + token).status == 200, "with a token")
    check(radio.get("/?token=wrong").status == 401, "with a wrong token")
    welcome = radio.get("/?token=" + token)
    check(welcome.status == 303 and welcome.headers["Location"] == "/",
          f"no welcome: {welcome.status}")
    cookie, *attributes = welcome.headers["Set-Cookie"].split("; ")
    check({"HttpOnly", "SameSite=Strict", "Path=/"} <= set(attributes), f"attributes {attributes}")
    check(token not in cookie, "the cookie is the token")
    answer = radio.get("/api/stations", Cookie="a=b; " + cookie)
    check(answer.status == 200, "with a cookie")
    check(answer.headers["Set-Cookie"] == welcome.headers["Set-Cookie"], "a page that stays open keeps its cookie")
    check(not radio.get("/api/stations", Authorization="Bearer " + token).headers["Set-Cookie"], "a program has none")
    check(radio.get("/api/stations", Cookie=cookie + "x").status == 401, "with a wrong cookie")
    # another token: nobody who knew the first is told anything any more
    station = radio.get("/api/stations", Cookie=cookie).json()["stations"][0]["id"]
    events = Events(radio, [station], "&spectrogram=1", Cookie=cookie)
    events.wait_for("station")
    with open("token", "w", encoding="ascii") as file:
        file.write("short\n")
    radio.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "the token stays as it was: token: " in radio.read_errors(), "a fault")
    check(not events.ended and radio.get("/", Cookie=cookie).status == 200, "a token that is none")
    with open("token", "w", encoding="ascii") as file:
        file.write("another-horse-battery\n")
    radio.process.send_signal(signal.SIGHUP)
    wait_until(lambda: events.ended, "the end of events")
    check(radio.get("/", Cookie=cookie).status == 401, "an old cookie")
    check(radio.get("/", Authorization="Bearer another-horse-battery").status == 200, "a new token")
    check("horse" not in radio.read_errors(), "the token is in the log")
    radio.end()


def check_end(radio):
    check(radio.end() < 20, "it takes long to end with clients")
    check(radio.read_errors().count("\n") == 1, f"on standard error: {radio.read_errors()}")


def main():
    # copies of one station: "?" and a number make another one of it
    stations = [f"{server}/good.mp3?{i}" for i in range(15)]
    radio = Radio(*stations, f"{server}/titles", name="hasty", haste=HASTE)
    check_nonsense(radio)
    check_half_requests(radio)
    drip(radio)
    check_alive(radio)
    check_slow_readers(radio)
    check_end(radio)
    radio = Radio(*stations, f"{server}/titles")
    check_hosts(radio)
    check_methods(radio)
    check_paths(radio)
    check_events_and_more(radio)
    wait_until(lambda: radio.metric("genre_radio_page_event_streams") == 0, "nobody looks on")
    check_many_streams(radio)
    check_thousand_connections(radio)
    streams = [Events(radio, [station["id"] for station in radio.stations()],
                      "&spectrogram=1") for _ in range(8)]
    check(streams[0].wait_for("station"), "nothing works any more")
    check_end(radio)
    check_unread_answer()
    check_token()


main()
