#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""radio_queue.py PART: genre-radio --queue with a Redis and stations of this test's own; music.mp3 plays on all of them.
Whatever happens to workers and to Redis, each station has one worker that speaks for it."""
import collections
import contextlib
import datetime
import http.server
import json
import os
import re
import signal
import socket
import socketserver
import sqlite3
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "page"))
from client import Radio  # pylint: disable=wrong-import-position
from expect import check, validate, wait_until  # pylint: disable=wrong-import-position

PROGRAM = os.path.join(os.environ["GENRE_BUILD"], "pipelines", "genre-radio")
SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/genre-radio.schema.json")
MANUAL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/radio-operations.md")
SOCKET = os.path.join(os.getcwd(), "redis.sock")
LONGEST_GAP = 20  # s without a worker
LATE = 0.5  # s: a machine that lets this program wait so long may let others wait for longer than a lease
TITLED = "/found"  # a station that has songs
METADATA = b"\x02" + b"StreamTitle='Song';".ljust(32, b"\0")
BLOCK = 4000  # bytes
QUICK = ["--min-window", "5", "--interval", "3", "--window", "10"]
started = []


class Pulse(threading.Thread):
    """How late this machine lets somebody run who wants to."""

    def __init__(self):
        super().__init__(daemon=True)
        self.most = 0
        self.start()

    def run(self):
        while True:
            before = time.monotonic()
            time.sleep(0.1)
            self.most = max(self.most, time.monotonic() - before - 0.1)

    def begin(self):
        self.most = 0

    def is_punctual(self):
        return self.most < LATE


class Redis:
    def __init__(self):
        self.process = None
        self.start()

    def start(self):
        with open("redis.log", "ab") as log:
            self.process = subprocess.Popen(
                ["redis-server", "--port", "0", "--dir", os.getcwd(), "--unixsocket", SOCKET, "--save", "",
                 "--appendonly", "yes", "--appendfsync", "always"], stdout=log, stderr=log)
        started.append(self.process)
        wait_until(lambda: "PONG" in cli("ping", check_it=False), "Redis")

    def kill(self):
        self.process.kill()
        self.process.wait()


def cli(*arguments, check_it=True):
    done = subprocess.run(["redis-cli", "-e", "-s", SOCKET, *arguments], capture_output=True, check=check_it)
    return done.stdout.decode(errors="replace").strip()


class Stations(http.server.ThreadingHTTPServer):
    """Each path is a station; knows who listens to it, and since when nobody does."""
    daemon_threads = True

    def __init__(self):
        with open("music.mp3", "rb") as file:
            music = file.read()
        server = self
        self.lock = threading.Lock()
        self.listeners = collections.Counter()
        self.joined = collections.Counter()
        self.left = {}
        self.gaps = []

        class Station(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                server.count(self.path, 1)
                try:
                    self.send_response(200)
                    self.send_header("Content-Type", "audio/mpeg")
                    if self.path == TITLED:
                        self.send_header("icy-metaint", str(BLOCK))
                    self.end_headers()
                    self.play()
                except OSError:
                    pass
                server.count(self.path, -1)

            def play(self):
                begin = time.monotonic()
                sent = 0
                self.connection.settimeout(20)  # who is stopped does not read
                while True:
                    if sent / 16000 - (time.monotonic() - begin) > 15:
                        time.sleep(0.2)
                        self.wfile.flush()
                        if self.is_gone():
                            return
                        continue
                    at = sent % len(music)
                    block = (music[at:at + BLOCK] + music)[:BLOCK]
                    self.connection.sendall(block + (METADATA if self.path == TITLED else b""))
                    sent += BLOCK

            def is_gone(self):
                self.connection.setblocking(False)
                try:
                    return self.connection.recv(1) == b""
                except BlockingIOError:
                    return False
                finally:
                    self.connection.settimeout(20)

            def log_message(self, *arguments):
                pass

        super().__init__(("127.0.0.1", 0), Station)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def count(self, path, n):
        with self.lock:
            self.listeners[path] += n
            if n > 0:
                self.joined[path] += 1
            if n > 0 and path in self.left:
                self.gaps.append(time.monotonic() - self.left.pop(path))
            if self.listeners[path] == 0:
                self.left[path] = time.monotonic()

    def uri(self, name):
        return f"http://127.0.0.1:{self.server_port}/{name}"

    def each_has_one(self, names):
        return all(self.listeners["/" + name] == 1 for name in names)

    def wait_for_one_each(self, names, what):
        try:
            wait_until(lambda: self.each_has_one(names), what)
        except BaseException:
            print(f"{what}: {self.listeners}", flush=True)
            raise


class Cable(socketserver.ThreadingUnixStreamServer):
    """Between a worker and Redis, to be pulled out."""
    daemon_threads = True

    def __init__(self, path):
        cable = self
        self.path = path
        self.is_out = False
        self.loses = False  # the reply to the next record, with the connection
        self.ends = []

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                with socket.socket(socket.AF_UNIX) as far:
                    if cable.is_out or far.connect_ex(SOCKET) != 0:
                        return
                    cable.ends += [self.request, far]
                    self.lost = False
                    threading.Thread(target=self.forward, args=(far, self.request), daemon=True).start()
                    self.forward(self.request, far)

            def forward(self, source, target):
                try:
                    while data := source.recv(65536):
                        if source is self.request:
                            self.lost |= cable.loses and b"'record', text" in data
                        elif self.lost:  # it was done, and nobody knows
                            cable.loses = False
                            self.request.shutdown(socket.SHUT_RDWR)
                            return
                        target.sendall(data)
                except OSError:
                    pass

        super().__init__(path, Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def pull_out(self):
        self.is_out = True
        for end in self.ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def plug_in(self):
        self.is_out = False


def queue(name, where=SOCKET):
    user = "radio@" if name == "air" else ""
    return ["--queue", f"unix://{user}{where}/{name}"]


def let_in_as_documented():
    """The user that the page for operators recommends is allowed enough."""
    with open(MANUAL, encoding="utf-8") as manual:
        line = re.search(r"^    user radio (.*{air}.*)$", manual.read(), re.MULTILINE).group(1)
    cli("acl", "setuser", "radio", *[word.replace(">PASSWORD", ">pä$$ word") for word in line.split()])
    os.environ["GENRE_QUEUE_PASSWORD"] = "pä$$ word"


def genre_radio(*arguments, status=0):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, errors="replace", timeout=180,
                          check=False)
    check(done.returncode == status,
          f"{arguments}: status {done.returncode}, not {status}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


class Worker:
    """genre-radio --queue; what it says is kept in files."""
    number = 0

    def __init__(self, name, *options, where=SOCKET):
        Worker.number += 1
        self.output, self.errors = f"worker-{Worker.number}.out", f"worker-{Worker.number}.err"
        with open(self.output, "wb") as output, open(self.errors, "wb") as errors:
            self.process = subprocess.Popen([PROGRAM, *queue(name, where), "--json", *QUICK, *options],
                                            stdout=output, stderr=errors)
        started.append(self.process)

    def lines(self):
        with open(self.output, encoding="utf-8") as output:
            return [json.loads(line) for line in output if line.endswith("\n")]

    def wait_for_words(self, words, n=1):
        def says():
            check(self.process.poll() is None, f"a worker has ended: {self.read_errors()}")
            return self.read_errors().count(words) >= n
        wait_until(says, f"{words!r}: {self.read_errors()}")

    def read_errors(self):
        with open(self.errors, encoding="utf-8", errors="replace") as errors:
            return errors.read()

    def is_called(self, name):
        return f"-{self.process.pid}-" in name

    def end(self):
        self.process.terminate()
        check(self.process.wait(180) == 0, f"status {self.process.returncode}: {self.read_errors()}")


def status(name):
    return json.loads(genre_radio("status", *queue(name), "--json"))


def carried(name):
    """The stations by the names of their workers."""
    found = collections.defaultdict(list)
    for station in status(name)["stations"]:
        found[station["worker"]].append(station["source"])
    return found


def numbers(name, workers):
    """How many stations each of the workers carries."""
    found = carried(name)
    return [sum(len(stations) for other, stations in found.items() if other and worker.is_called(other))
            for worker in workers]


def heard(name):
    """The stream: a dictionary for each entry."""
    entries = json.loads(cli("--json", "xrange", f"genre-radio:{{{name}}}:heard", "-", "+"))
    return [dict(zip(fields[::2], fields[1::2])) for _, fields in entries]


def check_speakers(name):
    """Who begins to speak for a station has joined it just now: what somebody says late about a station that
    has become another's does not come through."""
    speakers = {}
    for entry in heard(name):
        if entry.get("worker") and speakers.get(entry["id"]) != entry["worker"]:
            record = json.loads(entry["record"])
            check("state" in record, f"{entry['worker']} speaks after {speakers.get(entry['id'])}: {record}")
            speakers[entry["id"]] = entry["worker"]


def last_of(name):
    """What was heard there last; all play the same."""
    return [station.get("last") for station in status("air")["stations"] if station["source"] == stations.uri(name)]


def held_by(name):
    """How many stations each worker has that has any; quicker asked than a status."""
    return [int(n) for n in cli("xpending", f"genre-radio:{{{name}}}:tasks", "workers").splitlines()[4::2]]


# ---- the parts ----


def add_fault_with_password(name):
    """As a worker may say that an element of GStreamer says; of a station that is still in the queue."""
    key = f"genre-radio:{{{name}}}:states"
    fields = set(cli("hkeys", key).splitlines())
    ids = cli("hkeys", f"genre-radio:{{{name}}}:known").splitlines()
    known = next(f"{task}:state" for task in ids if f"{task}:state" in fields)
    record = {"time": "2026-11-28T00:00:00.000Z", "source": "a", "station": "b", "state": "waiting",
              "error": "Could not open http://user:geheim@radio.example/live?token=geheim for reading"}
    cli("hset", key, known, json.dumps(record))


def stations_of(name, worker):
    """Their paths."""
    return ["/" + source.rsplit("/", 1)[1] for other, sources in carried(name).items()
            if other and worker.is_called(other) for source in sources]


def put_garbage_into(name):
    key = f"genre-radio:{{{name}}}"
    for source in ("", "file:///etc/passwd\n", "mic\n", "/etc/passwd", "http://[/\nx", "no station", "x" * 9000):
        cli("xadd", f"{key}:tasks", "*", "source", source)
    cli("xadd", f"{key}:tasks", "*", "other", "http://127.0.0.1:9/")
    cli("xadd", f"{key}:heard", "*", "other", "field")
    task = cli("hkeys", f"{key}:known").splitlines()[0]
    for record in ("", "[", "[]", "{}", '{"time":1}', '{"time":"2026-11-28T00:00:00Z","source":"a","station":"b","state":"x"}',
                   '{"time":"2026-11-28T00:00:00Z","source":"a","station":"b","genre":"rock","confidence":7,"music":1}',
                   '{"time":"9999-99-99T00:00:00Z","source":[],"station":{},"genre":null}'):
        cli("xadd", f"{key}:heard", "*", "id", task, "record", record)
        cli("hset", f"{key}:states", f"{task}:answer", record)
    cli("hdel", f"{key}:states", f"{task}:answer")
    cli("hset", f"{key}:states", "nonsense", "nonsense")


def commands_are_checked():
    for wrong in (["dequeue", *queue("air"), "nobody"], ["status", *queue("air")]):
        check("no such queue" in genre_radio(*wrong, status=1), "a queue out of nothing")
    check(cli("exists", "genre-radio:{air}:tasks") == "0", "a queue is made by who looks at it")
    for wrong in (["enqueue"], ["enqueue", *queue("air")], ["enqueue", "--queue", "nonsense", "http://a/"],
                  ["dequeue", *queue("air")], ["status", *queue("air"), "x"], ["status", *queue("air"), "--replace"],
                  [*queue("air"), "http://127.0.0.1:9/"], [*queue("air"), "--carry", "-1"],
                  ["--carry", "3", "http://127.0.0.1:9/"]):
        genre_radio(*wrong, status=2)
    check("--carry is 100001, expected 0 to 100000" in genre_radio(*queue("air"), "--carry", "100001", status=2),
          "a range is not told")
    with open("wrong.txt", "w", encoding="ascii") as file:
        file.write("One = http//a\n= http://a/\n")
    said = genre_radio("enqueue", *queue("air"), "--stations", "wrong.txt", status=1)
    check('wrong.txt: line 1: http//a: expected a URL' in said and 'wrong.txt: line 2: http://a/: no name' in said, said)
    genre_radio("enqueue", *queue("air"), "music.mp3", status=1)
    check("only stations on the network" in genre_radio("enqueue", *queue("air"), "mic", status=1), "a microphone")
    genre_radio("status", "--queue", f"unix://{os.getcwd()}/nobody.sock/air", status=1)
    genre_radio("--queue", f"unix://{os.getcwd()}/nobody.sock/air", status=1)


def stations_are_removed_as_shown():
    """By what a status says of them: neither has the words with a password in it."""
    def ids():
        return {station["id"]: (station["source"], station["station"]) for station in status("shown")["stations"]}
    shown = "http://radio.example/live"
    genre_radio("enqueue", *queue("shown"), *[f"http://me:geheim@radio.example/live?key={key}" for key in (1, 2)],
                "http://me:geheim@radio.example/one", "http://radio.example/two")
    all_ids = list(ids())
    check([ids()[each] for each in all_ids[:2]] == [(shown, shown)] * 2, ids())
    check(all_ids[1] == all_ids[0] + "-2", f"two that are shown alike: {all_ids}")
    said = genre_radio("dequeue", *queue("shown"), shown, status=1)
    check("several stations are shown like that" in said and "0 stations removed" in said, said)
    check(genre_radio("dequeue", *queue("shown"), "http://radio.example/one") == "1 station removed.\n", "as it is shown")
    genre_radio("dequeue", *queue("shown"), "http://me:guess@radio.example/live", all_ids[1] + "0", status=1)
    check(list(ids()) == [*all_ids[:2], all_ids[3]], f"others are removed: {ids()}")
    genre_radio("dequeue", *queue("shown"), all_ids[0], status=1)  # whose "-2" would move up: repeated, it would be another
    genre_radio("dequeue", *queue("shown"), all_ids[1], status=1)
    tasks = [station["task"] for station in json.loads(genre_radio("status", *queue("shown"), "--json"))["stations"]]
    check(genre_radio("dequeue", *queue("shown"), tasks[1]) == "1 station removed.\n", "by its task")
    genre_radio("dequeue", *queue("shown"), tasks[1], status=1)  # repeated
    sources = cli("--json", "xrange", "genre-radio:{shown}:tasks", "-", "+")
    check("key=1" in sources and "key=2" not in sources, f"another one is removed: {sources}")
    check(genre_radio("dequeue", *queue("shown"), shown, all_ids[3]) == "2 stations removed.\n", "alone by now, and by its id")


def what_came_meanwhile_and_went_is_told():
    """To a page that stands still for longer than the stream keeps: what is lost, once; the last of each kind is known."""
    key = "genre-radio:{meanwhile}"
    genre_radio("enqueue", *queue("meanwhile"), "http://radio.example/live")
    task = cli("hkeys", f"{key}:known")
    record = {"time": "2026-11-28T00:00:00.000Z", "source": "a", "station": "b"}

    def add(n, title, is_kept=True):
        """n records; the last one names a title, or, if it is not kept, who asks for the last of each kind."""
        text = json.dumps({**record, "title": title})
        cli("eval", "for i = 2, ARGV[1] do redis.call ('XADD', KEYS[1], '*', 'other', 'field') end", "1", f"{key}:heard", str(n))
        if is_kept:
            cli("xadd", f"{key}:heard", "*", "id", task, "record", text)
        cli("hset", f"{key}:states", f"{task}:title", text)

    def has_title(title):
        return [station["title"] for station in page.stations()] == [title]

    add(1, "First")
    def songs():
        with contextlib.closing(sqlite3.connect("meanwhile.sqlite", timeout=60)) as database:
            return [title for title, in database.execute("SELECT title FROM song")]

    page = Radio(*queue("meanwhile"), "--carry", "0", "--history", "meanwhile.sqlite", name="page")
    wait_until(lambda: has_title("First"), "the page knows the station")
    cli("xadd", f"{key}:heard", "*", "id", task, "record", json.dumps(
        {**record, "title": "Its end is lost", "genre": "rock", "confidence": 0.9, "music": 1.0,
         "probabilities": {"rock": 0.9}, "position": 0.0, "duration": 30.0, "final": False}))
    wait_until(lambda: page.stations()[0]["error"], "nobody listens to it")
    for n_kept, title in ((9999, "All of it"), (600, "Some of it"), (9999, "All of it again")):
        page.process.send_signal(signal.SIGSTOP)
        add(1, "Answers who waits")
        time.sleep(1.5)  # what is read at once needs no look at whether it is whole
        add(700, title, n_kept > 700)
        cli("xtrim", f"{key}:heard", "maxlen", str(n_kept))
        page.process.send_signal(signal.SIGCONT)
        wait_until(lambda wanted=title: has_title(wanted), f"{title}: {page.stations()}")
        said = page.read_errors()
        check(said.count("minutes and songs are missing") == (title != "All of it"), f"{title}: {said}")
        wait_until(lambda wanted=title: songs() == ([] if wanted == "All of it" else ["Its end is lost"]), f"{title}: {songs()}")
    check(re.search(r"what was heard elsewhere from 20\S+ \S+ to 20\S+ \S+ is lost", said), said)
    cli("xadd", f"{key}:heard", f"{int(time.time() + 3600) * 1000}-0", "id", task, "record",
        json.dumps({**record, "title": "By a clock that is ahead"}))
    wait_until(lambda: has_title("By a clock that is ahead"), f"the clock of Redis is ahead: {page.stations()}")
    cli("del", f"{key}:heard")  # as a Redis that begins anew, whose clock is right
    cli("client", "kill", "type", "normal")
    wait_until(lambda: "there again" in page.read_errors(), "the connection is lost, and there again")
    add(1, "By the right clock")
    wait_until(lambda: has_title("By the right clock"), f"a stream that begins anew: {page.stations()}")
    page.process.terminate()
    check(page.process.wait(180) == 0, f"status {page.process.returncode}: {page.read_errors()}")


def stations_are_shared():
    what_came_meanwhile_and_went_is_told()
    stations_are_removed_as_shown()
    let_in_as_documented()
    commands_are_checked()
    names = [f"s{i}" for i in range(5)]
    secret = stations.uri("secret").replace("//", "//user:geheim@") + "?token=geheim"
    with open("list.txt", "w", encoding="utf-8") as file:
        file.write("".join(f"Station {name} = {stations.uri(name)}\n" for name in names) + f"{secret}\n")
    check("6 stations, 6 of them new" in genre_radio("enqueue", *queue("air"), "--stations", "list.txt"), "not added")
    check("6 stations, 0 of them new" in genre_radio("enqueue", *queue("air"), "--stations", "list.txt"), "twice")
    put_garbage_into("air")
    watcher = Radio(*queue("air"), "--carry", "0", "--history", "history.sqlite", name="watcher")
    first = Worker("air")
    names.append("secret?token=geheim")

    def is_heard(radio, n=6):
        playing = [station for station in radio.stations() if station["state"] == "listening" and station["genre"]]
        return len(playing) == n and len(radio.stations()) == n
    wait_until(lambda: is_heard(watcher), "the page shows what a worker hears")
    stations.wait_for_one_each(names, "one listener each")

    late = Radio(*queue("air"), "--carry", "0", name="late")
    wait_until(lambda: is_heard(late), "a page that comes late knows all")
    wait_until(lambda: [station["since"] for station in watcher.stations()] ==
               [station["since"] for station in late.stations()], "it knows since when")

    second = Worker("air")
    wait_until(lambda: sorted(numbers("air", [first, second])) == [7, 7], "each has its half")
    stations.wait_for_one_each(names, "one listener each of two workers")
    output = genre_radio("enqueue", *queue("air"), stations.uri("new"))
    check(output == "1 station, 1 of them new to the queue, 0 removed.\n", output)
    wait_until(lambda: stations.listeners["/new"] == 1 and is_heard(late, 7), "a new one is heard")
    icy = "icy" + stations.uri("s1").removeprefix("http")
    output = genre_radio("dequeue", *queue("air"), "Station s0", icy, stations.uri("s0"))  # one of them twice
    check(output == "2 stations removed.\n", output)
    wait_until(lambda: stations.listeners["/s0"] == stations.listeners["/s1"] == 0, "a removed one is left")
    wait_until(lambda: is_heard(late, 5), "the page knows of five")
    for _ in range(3):  # in again before its worker has noticed that it was out, beside another one
        genre_radio("dequeue", *queue("air"), stations.uri("new"))
        genre_radio("enqueue", *queue("air"), stations.uri("new"), stations.uri("more"))
        wait_until(lambda: last_of("s2") == last_of("new") == last_of("more"), "heard again")
        genre_radio("dequeue", *queue("air"), stations.uri("more"))
        wait_until(lambda: is_heard(late, 5), "the page knows of five again")

    shown = genre_radio("status", *queue("air"))
    check("no station: a URI of a network is expected" in shown, f"garbage is not named: {shown}")
    told = []

    def is_fault_told():
        add_fault_with_password("air")  # until its worker has something else to say
        told[:] = [status("air"), late.stations()]
        return "http://radio.example/" in json.dumps(told[0])
    wait_until(is_fault_told, "a fault is told")
    shown += genre_radio("status", *queue("air"))
    for text in (shown, *(json.dumps(one, ensure_ascii=False) for one in told), second.read_errors()):
        check("geheim" not in text and "pä$$" not in text, f"a password is told: {text}")

    rest = ["s2", "s3", "s4", "secret?token=geheim", "new"]
    stations.gaps.clear()
    pulse.begin()
    first.end()
    wait_until(lambda: numbers("air", [second]) == [13] and stations.each_has_one(rest), "handed over")
    longest = max(stations.gaps, default=0)
    print(f"SIGTERM: handed over within {longest:.1f} s", flush=True)
    check(longest < LONGEST_GAP or not pulse.is_punctual(), "too late")
    second.end()
    wait_until(lambda: all(station["error"] == "no worker listens to it" for station in late.stations()),
               "the page says that nobody listens")
    late.end()
    watcher.end()

    check_speakers("air")
    validate([json.loads(entry["record"]) for entry in heard("air") if entry.get("worker")], SCHEMA)
    database = sqlite3.connect("history.sqlite")
    known = database.execute("SELECT count(DISTINCT station) FROM minute").fetchone()[0]
    check(known == 8, f"the history knows {known} stations, not 8")
    with open("list.txt", "w", encoding="utf-8") as file:
        file.write(f"Other = {stations.uri('other')}\n")
    genre_radio("enqueue", *queue("air"), "--stations", "list.txt", "--replace")
    check([station["station"] for station in status("air")["stations"]] == ["Other"], "not replaced")
    if os.path.exists("/dev/full"):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, "status", *queue("air")], stdout=full, stderr=subprocess.PIPE, timeout=180,
                                  check=False)
        check(done.returncode == 1 and b"not everything could be printed" in done.stderr, f"on a full disk: {done}")
    del os.environ["GENRE_QUEUE_PASSWORD"]
    many_are_handed_over()
    a_queue_is_lost()


def many_are_handed_over():
    """At the end of a worker, in few round trips."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # where nobody listens
        genre_radio("enqueue", *queue("many"), *[f"http://127.0.0.1:{nobody.getsockname()[1]}/{i}" for i in range(300)])
        worker = Worker("many", "--carry", "300")
        wait_until(lambda: numbers("many", [worker]) == [300], "one has all")
        cli("config", "resetstat")
        worker.end()
    check(all(not name for name in carried("many")), f"not handed over: {carried('many').keys()}")
    calls = sum(int(n) for n in re.findall(r"^cmdstat_eval:calls=(\d+)", cli("info", "commandstats"), re.MULTILINE))
    print(f"SIGTERM: 300 handed over in at most {calls} round trips", flush=True)
    check(calls < 150, f"{calls} round trips for 300 stations")


def count_failed_scripts():
    return int(re.search(r"^cmdstat_eval:.*failed_calls=(\d+)", cli("info", "commandstats"), re.MULTILINE).group(1))


def what_lasts_is_said_once():
    """An error although Redis is there, and that it is over."""
    worker = Worker("lost")
    wait_until(lambda: cli("exists", "genre-radio:{lost}:heard") == "1" and stations.listeners["/found"] == 1, "it is heard")
    cli("rename", "genre-radio:{lost}:heard", "genre-radio:{lost}:aside")
    cli("set", "genre-radio:{lost}:heard", "no stream")
    worker.wait_for_words("stations play on")
    failed = count_failed_scripts()
    wait_until(lambda: count_failed_scripts() >= failed + 3, "it is tried again")
    cli("rename", "genre-radio:{lost}:aside", "genre-radio:{lost}:heard")
    worker.wait_for_words("there again")
    said = worker.read_errors()
    check(said.count("play on") == said.count("there again") == 1, f"said more than once: {said}")
    worker.end()


def own_history_has_the_last_words():
    """The song that SIGTERM ends is in the history of who ends."""
    worker = Worker("lost", "--history", "own.sqlite")
    wait_until(lambda: any("genre" in line for line in worker.lines()), "an answer")
    wait_until(lambda: sqlite3.connect("own.sqlite").execute("SELECT count(*) FROM minute").fetchone()[0], "a minute")
    pulse.begin()
    worker.end()
    last = [entry for entry in heard("lost") if worker.is_called(entry["worker"]) and
            json.loads(entry["record"]).get("final")]
    times = [datetime.datetime.fromisoformat(json.loads(entry["record"])["time"]).timestamp() for entry in last]
    ends = [row[0] for row in sqlite3.connect("own.sqlite").execute("SELECT end FROM song")]
    print(f"SIGTERM: last answers at {times}, songs in the history until {ends}", flush=True)
    check(all(any(abs(end - time) <= 1 for end in ends) for time in times), f"songs until {ends}, last answers at {times}")
    check(last or not pulse.is_punctual(), "no last answer")


def a_queue_is_lost():
    """Its workers say so, and are there for the next one; nobody writes for a reader who has gone."""
    genre_radio("enqueue", *queue("lost"), stations.uri("lost"), stations.uri("gone"))
    workers = [Worker("lost"), Worker("lost")]
    wait_until(lambda: numbers("lost", workers) == [1, 1], "each has one")
    cli("flushall")
    for worker in workers:
        worker.wait_for_words("no stations any more")
    genre_radio("enqueue", *queue("lost"), stations.uri("found"))
    wait_until(lambda: stations.listeners["/found"] == 1 and stations.listeners["/lost"] == stations.listeners["/gone"] == 0,
               "the next one")
    for worker in workers:
        worker.end()
    what_lasts_is_said_once()
    own_history_has_the_last_words()
    reader = subprocess.Popen([PROGRAM, *queue("lost"), "--json", *QUICK], stdout=subprocess.PIPE)
    started.append(reader)
    check("time" in json.loads(reader.stdout.readline()), "no line")
    reader.stdout.close()
    check(reader.wait(180) == 0, f"status {reader.returncode} without a reader")


def one_survives():
    """One worker is killed, one stopped, one cut off from Redis; then they come back."""
    names = [f"k{i}" for i in range(8)]
    genre_radio("enqueue", *queue("hard"), *map(stations.uri, names))
    cable = Cable(os.path.join(os.getcwd(), "cable.sock"))
    killed, stopped, survivor = Worker("hard"), Worker("hard"), Worker("hard")
    cut = Worker("hard", where=cable.path)
    workers = [killed, stopped, cut, survivor]
    wait_until(lambda: numbers("hard", workers) == [2, 2, 2, 2], "each has two")
    wait_until(lambda: stations.each_has_one(names), "one listener each")

    cable.loses = True
    wait_until(lambda: not cable.loses, "a reply that is lost")
    cut.wait_for_words("there again")

    theirs = stations_of("hard", cut)
    pulse.begin()
    begin = time.monotonic()
    killed.process.kill()
    stopped.process.send_signal(signal.SIGSTOP)
    cable.pull_out()
    wait_until(lambda: held_by("hard") == [8], "one has all")
    taken = time.monotonic() - begin
    check(numbers("hard", [survivor]) == [8], "it is not the survivor")
    print(f"kill -9, SIGSTOP, cut off: taken over within {taken:.1f} s", flush=True)
    check(taken < 15 or not pulse.is_punctual(), "too late")
    cut.wait_for_words("stations play on", 2)
    wait_until(lambda: all(stations.listeners[path] > 1 for path in theirs), "who is cut off plays on")

    begin = time.monotonic()
    stopped.process.send_signal(signal.SIGCONT)
    cable.plug_in()
    cut.wait_for_words("there again", 2)
    rest = [stopped, cut, survivor]
    wait_until(lambda: sorted(numbers("hard", rest)) == [2, 3, 3], "those who are back have their share")
    stations.wait_for_one_each(names, "one listener each, when all are back")
    print(f"back, and shared out, within {time.monotonic() - begin:.1f} s", flush=True)
    check_speakers("hard")
    return rest, names


def redis_goes(workers, names, what, go, come_back):
    """Stations play on, and nothing of it is missing in the stream."""
    before, joined = carried("hard"), stations.joined.copy()
    n_lines = [len(worker.lines()) for worker in workers]
    n_lost = [worker.read_errors().count("play on") for worker in workers]
    n_back = [worker.read_errors().count("there again") for worker in workers]
    pulse.begin()
    go()
    for worker, n in zip(workers, n_lost):
        worker.wait_for_words("stations play on", n + 1)
    wait_until(lambda: all(len(worker.lines()) > n + 1 for worker, n in zip(workers, n_lines)), "answers meanwhile")
    begin = time.monotonic()
    come_back()
    for worker, n in zip(workers, n_back):
        worker.wait_for_words("there again", n + 1)
    print(f"{what}: all are back within {time.monotonic() - begin:.1f} s", flush=True)
    seen = [worker.lines() for worker in workers]

    def told():
        return {entry["record"] for entry in heard("hard")}
    wanted = [[line for line in lines if "genre" in line][-1] for lines in seen]
    wait_until(lambda: all(count_told(line, told()) > 0 for line in wanted), "what was heard is told")
    if not pulse.is_punctual():
        print(f"this machine is too busy (late by {pulse.most:.1f} s) to ask who has what", flush=True)
        return
    wait_until(lambda: carried("hard") == before, f"stations have changed hands: {before}")
    check(all(stations.joined[f"/{name}"] == joined[f"/{name}"] for name in names), "somebody has joined anew")
    since = [line for lines, n in zip(seen, n_lines) for line in lines[n:]]
    wait_until(lambda: all(count_told(line, told()) > 0 for line in since), "all that was heard is told")
    texts = [entry["record"] for entry in heard("hard")]
    for line in since:
        n = count_told(line, texts)
        check(n == 1, f"told {n} times: {line}")


def count_told(line, texts):
    """As it was, with whose clock it was, and a state with its title."""
    records = [json.loads(text) for text in texts]
    more = {"teller", "clock", "slept"} | ({"title"} if "state" in line else set())
    return sum({**record, **line} == record and record.keys() - line.keys() == more for record in records)


def nothing_is_lost():
    workers, names = one_survives()
    redis_goes(workers, names, "kill -9 of Redis", redis.kill, redis.start)
    redis_goes(workers, names, "SIGSTOP of Redis", lambda: redis.process.send_signal(signal.SIGSTOP),
               lambda: redis.process.send_signal(signal.SIGCONT))
    check_speakers("hard")
    told = collections.Counter(entry["record"] for entry in heard("hard"))
    check(max(told.values()) == 1, f"told more than once: {told.most_common(3)}")
    for worker in workers:
        worker.end()
    check(status("hard")["carried"] == 0 and not status("hard")["workers"], "somebody is left")


PARTS = {"shares": stations_are_shared, "breaks": nothing_is_lost}
try:
    pulse = Pulse()
    redis = Redis()
    stations = Stations()
    PARTS[sys.argv[1]]()
finally:
    for process in started:
        process.kill()
        process.wait()
