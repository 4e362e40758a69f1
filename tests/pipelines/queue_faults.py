#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""queue_faults.py GENRE_TAG FOLDER PART: genre-tag enqueue, work, collect and status with a Redis of this
test's own, in FOLDER, which has songs in FOLDER/songs. Whatever happens to workers and to Redis, each track has exactly one result.

Workers are caught in the middle of a track by a server of this test's, which keeps the first one who
asks for a song waiting."""
import collections
import ctypes
import fcntl
import hashlib
import http.server
import json
import os
import random
import re
import shutil
import signal
import socket
import socketserver
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from expect import check, fail, validate, wait_until

TAG, FOLDER, PART = sys.argv[1:4]
SONGS = os.path.join(FOLDER, "songs")
SOCKET = os.path.join(FOLDER, "redis.sock")
SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/genre-tag.schema.json")
PATIENCE = 400  # s, on a machine that does much else
LEASE = 5
started = []


def wait_for(condition, what):
    return wait_until(condition, what, PATIENCE)


class Redis:
    """Keeps what it is told (appendonly)."""

    def __init__(self, *options, inside=(), config=(), may_fail=False):
        self.log = os.path.join(FOLDER, "redis.log")
        self.options = [*inside, "redis-server", *config, "--dir", FOLDER, "--unixsocket", SOCKET, "--save", "",
                        "--appendonly", "yes", "--appendfsync", "always", *options]
        self.process = None
        self.start(may_fail)

    def start(self, may_fail=False):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.options, stdout=log, stderr=log)
        started.append(self.process)
        wait_for(lambda: self.process.poll() is not None or self.answers(), "Redis does not start")
        if not may_fail and self.process.poll() is not None:
            with open(self.log, encoding="utf-8", errors="replace") as log:
                fail(f"Redis does not start: {log.read()[-2000:]}")

    @staticmethod
    def answers():
        done = subprocess.run(["redis-cli", "-s", SOCKET, "ping"], capture_output=True, check=False)
        return b"PONG" in done.stdout or b"NOAUTH" in done.stdout

    def kill(self):
        self.process.kill()
        self.process.wait()


def cli(*arguments):
    done = subprocess.run(["redis-cli", "-s", SOCKET, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


class Gate:
    """Serves the songs as /NAME/anything; the first request for each waits until it is opened. With namespaces of the
    network: in each of them, at 127.0.0.1 and the same port."""

    def __init__(self, namespaces=()):
        gate = self
        self.asked = collections.Counter()
        self.closed = {}
        self.lock = threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                gate.wait(self.path)
                with open(os.path.join(SONGS, self.path.split("/")[1]), "rb") as file:
                    song = file.read()
                begin = int(re.match(r"bytes=(\d+)-|$", self.headers.get("Range", "")).group(1) or 0)
                try:
                    self.send_response(206 if begin else 200)
                    if begin:
                        self.send_header("Content-Range", f"bytes {begin}-{len(song) - 1}/{len(song)}")
                    self.send_header("Content-Length", str(len(song) - begin))
                    self.end_headers()
                    self.wfile.write(song[begin:])
                except OSError:
                    pass  # whoever asked is gone

            def log_message(self, *arguments):
                pass

        def serve(port=0):
            server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, daemon=True).start()
            return server.server_port

        self.port = 0
        for name in namespaces:
            self.port = in_namespace(name, lambda: serve(self.port))
        if not namespaces:
            self.port = serve()

    def track(self, name, song="a.ogg"):
        """A URI, whose first request will wait."""
        path = f"/{song}/{name}"
        self.closed[path] = threading.Event()
        return f"http://127.0.0.1:{self.port}{path}"

    def wait(self, path):
        with self.lock:
            self.asked[path] += 1
            is_first = self.asked[path] == 1
        if is_first and path in self.closed:
            self.closed[path].wait()

    def wait_for_listener(self, uri, n=1):
        path = uri.split("/", 3)[3]
        wait_for(lambda: self.asked["/" + path] >= n, f"nobody asks for {uri}")

    def open(self, uri):
        self.closed["/" + uri.split("/", 3)[3]].set()


def queue(name):
    return ["--queue", f"unix://{SOCKET}/{name}"]


def genre_tag(*arguments, status=0, stdin="", inside=(), **environment):
    done = subprocess.run([*inside, TAG, *arguments], input=stdin, capture_output=True, text=True, errors="replace",
                          env={**os.environ, **environment}, timeout=PATIENCE, check=False)
    if done.returncode != status:
        fail(f"{arguments}: status {done.returncode}, not {status}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


class Worker:
    """genre-tag work; what it says is kept in a file."""
    number = 0

    def __init__(self, name, *options, lease=LEASE, inside=(), where=None, journals=False):
        Worker.number += 1
        self.log = os.path.join(FOLDER, f"worker-{Worker.number}.log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [*inside, TAG, "work", *(where or queue(name)), "--lease", str(lease), *([] if journals else ["--no-journal"]), *options],
                stdout=log, stderr=log)
        started.append(self.process)

    def says(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def wait_for_words(self, words):
        wait_for(lambda: words in self.says(), lambda: f"a worker does not say {words!r}: {self.says()}")

    def finish(self, status=0):
        try:
            found = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            fail(f"a worker does not end: {self.says()}")
        if found != status:
            fail(f"a worker ends with status {found}, not {status}: {self.says()}")


def collect(name, file=None, inside=(), where=None):
    file = file or os.path.join(FOLDER, f"{name}.jsonl")
    genre_tag("collect", *(where or queue(name)), "--json", file, inside=inside)
    with open(file, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def one_result_each(name, tracks):
    """The results by source."""
    results = collect(name)
    sources = sorted(result["source"] for result in results)
    if sources != sorted(tracks):
        fail(f"not one result for each of {sorted(tracks)}: {sources}")
    status = json.loads(genre_tag("status", "--json", *queue(name)))
    if status["left"] != 0 or status["held"] != 0 or status["done"] != len(tracks):
        fail(f"something is left: {status}")
    return {result["source"]: result for result in results}


# ---- the parts ----


def without_time(line):
    return {key: value for key, value in line.items() if key not in ("time", "entry")}


def works_as_one_machine():
    """Two workers give the answers that one run gives, and collecting goes on where it ended."""
    broken = os.path.join(SONGS, "broken.mp3")
    with open(broken, "wb") as file:
        file.write(b"no music" * 1000)
    output = genre_tag("--json", "--no-journal", SONGS, status=1)
    expected = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    check("4 tracks, 4 of them new" in genre_tag("enqueue", *queue("music"), SONGS), "not enqueued")
    listed = "\n".join(os.path.join(SONGS, name) for name in ("a.ogg", "b.mp3")) + "\n"
    output = genre_tag("enqueue", *queue("music"), "--list", "-", SONGS, f"file://{SONGS}/a.ogg", stdin=listed)
    check("7 tracks, 0 of them new" in output, output)
    behind_link = tempfile.mkdtemp(dir=SONGS)
    os.symlink(behind_link, os.path.join(FOLDER, "link"))
    output = genre_tag("enqueue", *queue("music"), os.path.join(FOLDER, "link", "..", "a.ogg"))
    check("1 track, 0 of them new" in output, output)
    os.rmdir(behind_link)
    workers = [Worker("music"), Worker("music")]
    for worker in workers:
        worker.finish()
    results = collect("music")
    validate(results, SCHEMA)
    by_source = [sorted(map(without_time, lines), key=lambda line: line["source"]) for lines in (expected, results)]
    check(by_source[0] == by_source[1], f"other answers: {by_source}")

    file = os.path.join(FOLDER, "music.jsonl")
    with open(file, "rb") as lines:
        whole = lines.read()
    for length in (len(whole), len(whole) - 10, whole.index(b"\n") + 1, whole.index(b"\n") - 5, 5, 0):
        os.truncate(file, length)
        collect("music")
        with open(file, "rb") as lines:
            check(lines.read() == whole, f"after {length} bytes it goes on elsewhere")
    check(genre_tag("collect", *queue("music"), "--json", "-", "--quiet").encode() == whole, "another output")
    for foreign in (b"mine", b"mine\n", b'{"mine":1}\n', b'{"entry":5}\n', b'{"entry":[5]}\n', b'{"entry":"1-1","source":"x"}\n'):
        with open(file, "wb") as lines:
            lines.write(foreign)
        output = genre_tag("collect", *queue("music"), "--json", file, status=1)
        check("CRITICAL" not in output, output)
        with open(file, "rb") as lines:
            check(lines.read() == foreign, f"{foreign} was touched")

    uri = f"{SONGS}/a.ogg"
    for right in (f"FILE://{uri}", f"file://localhost{uri}", f"file://{SONGS}/%61.ogg"):
        check("1 track, 0 of them new" in genre_tag("enqueue", *queue("music"), right), f"another file: {right}")
        check("1 track, 0 of them new" in genre_tag("enqueue", *queue("music"), "--list", "-", stdin=f"{right}\n"), right)
    for wrong in (f"file://elsewhere{uri}", "file:///a%zz.ogg"):
        for output in (genre_tag("enqueue", *queue("music"), wrong, f"file://{uri}", status=1),
                       genre_tag("enqueue", *queue("music"), "--list", "-", stdin=f"{wrong}\nfile://{uri}\n", status=1)):
            check("1 track, 0 of them new" in output and wrong in output, f"a file of this machine: {output}")
    genre_tag("enqueue", *queue("music"), "no/such/folder", status=1)
    genre_tag("enqueue", *queue("music"), status=2)
    genre_tag("work", *queue("music"), SONGS, status=2)
    genre_tag("work", *queue("music"), "--force", "--lease", str(LEASE), status=1)
    check("no such queue" in genre_tag("status", *queue("nothing"), status=1), "a queue out of nothing")
    os.remove(broken)


def writes_tags():
    """Each file is written once, and the journal knows how to take it back."""
    library = os.path.join(FOLDER, "library")
    shutil.copytree(SONGS, library)
    for i in range(6):
        shutil.copy(os.path.join(SONGS, "a.ogg"), os.path.join(library, f"{i}.ogg"))
    untouched = os.path.join(FOLDER, "untouched")
    shutil.copytree(library, untouched)
    genre_tag("enqueue", *queue("tags"), library)
    command = [TAG, "work", *queue("tags"), "--write", "--lease", "600"]
    workers = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    started.extend(workers)
    check([worker.wait(PATIENCE) for worker in workers] == [0, 0], "a worker fails")
    results = collect("tags")
    check(len(results) == 9 and all(line["action"] == "written" for line in results), f"not written: {results}")
    check(json.loads(genre_tag("status", "--json", *queue("tags")))["done"] == 9, "not 9")
    again = genre_tag("--json", library)
    check(again.count('"has-genre"') == 9, f"the tags are not there: {again}")
    genre_tag("--undo", library)
    if subprocess.run(["diff", "-r", library, untouched], check=False).returncode != 0:
        fail("it cannot be taken back")


def lost_journal_is_no_result():
    """Whose journal is gone writes nothing and ends; its track is as if nobody had had it."""
    library, state = os.path.join(FOLDER, "noted"), os.path.join(FOLDER, "noted-state")
    tracks = [os.path.join(library, f"{i}.ogg") for i in range(2)]
    os.mkdir(library)
    os.mkdir(state)
    for track in tracks:
        shutil.copy(os.path.join(SONGS, "a.ogg"), track)
    genre_tag("enqueue", *queue("noted"), tracks[0])
    worker = subprocess.Popen([TAG, "work", *queue("noted"), "--write", "--wait", "--lease", "600", "--journal",
                               os.path.join(state, "journal.sqlite")], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    started.append(worker)

    def get_status():
        return json.loads(genre_tag("status", "--json", *queue("noted")))

    wait_for(lambda: get_status()["done"] == 1, "the first track is not written")
    shutil.rmtree(state)
    genre_tag("enqueue", *queue("noted"), tracks[1])
    said = worker.communicate(timeout=PATIENCE)[1].decode(errors="replace")
    check(worker.returncode == 1 and said.count("\n") == 1 and "no more files are changed" in said,
          f"status {worker.returncode}, {said}")
    check(get_status()["done"] == 1, "what was not written has a result")
    genre_tag("work", *queue("noted"), "--write", "--lease", "600")  # given back, it need not wait for that
    results = one_result_each("noted", tracks)
    check(all(result["action"] == "written" for result in results.values()), f"not written: {results}")


def shards_are_all():
    """Every file is in one shard, the one that its path makes it."""
    seen = collections.Counter()
    for i in range(1, 4):
        for line in genre_tag("--json", "--no-journal", "--shard", f"{i}/3", SONGS).splitlines():
            path = urllib.parse.unquote_to_bytes(json.loads(line)["uri"].removeprefix("file://"))
            shard = int.from_bytes(hashlib.sha256(path).digest()[:8], "big") % 3 + 1
            check(shard == i, f"{path} is in shard {i}, not {shard}")
            seen[path] += 1
    check(sorted(seen.values()) == [1, 1, 1], f"not each in one shard: {seen}")
    for wrong in ("0/3", "4/3", "1", "1/3x", "-1/3", "1/0"):
        genre_tag("--shard", wrong, SONGS, status=2)
    run_parallel()


def read_documented(beginning):
    """The block of docs/queue.md that has a line with this beginning."""
    with open(os.path.join(os.path.dirname(SCHEMA), "queue.md"), encoding="utf-8") as file:
        blocks = [block for block in file.read().split("\n\n") if "\n    " + beginning in "\n" + block]
    check(len(blocks) == 1, f"not one block with {beginning!r}: {blocks}")
    return "".join(line.removeprefix("    ") + "\n" for line in blocks[0].splitlines())


def run_line(line):
    path = os.path.dirname(TAG) + ":" + os.environ["PATH"]
    done = subprocess.run(["bash", "-c", line], cwd=FOLDER, capture_output=True, text=True,
                          env={**os.environ, "PATH": path}, timeout=PATIENCE, check=False)
    check(done.returncode == 0, f"{line}: {done.stderr}")


def run_parallel():
    """The line of docs/queue.md, as it stands there but for the folder."""
    if not shutil.which("parallel"):
        print("parallel is not installed")
        return
    lines = [line for line in read_documented("parallel ").splitlines() if line.startswith("parallel ")]
    check(len(lines) == 1 and "/srv/music" in lines[0], f"other lines: {lines}")
    run_line(lines[0].replace("/srv/music", SONGS))
    sources = []
    for i in range(1, 9):
        with open(os.path.join(FOLDER, f"part-{i}.jsonl"), encoding="utf-8") as part:
            sources += [json.loads(line)["source"] for line in part]
    check(len(set(sources)) == len(sources) == 3, f"not each once: {sources}")


def worker_is_killed():
    gate = Gate()
    tracks = [gate.track("1")]
    genre_tag("enqueue", *queue("killed"), *tracks)
    first = Worker("killed")
    gate.wait_for_listener(tracks[0])
    first.process.kill()
    first.process.wait()
    second = Worker("killed")
    second.finish()
    check(gate.asked["/a.ogg/1"] >= 2, "nobody asked again")
    result = one_result_each("killed", tracks)[tracks[0]]
    check("genre" in result, f"no answer: {result}")
    gate.open(tracks[0])


def say_that_it_loads():
    """As a Redis that has been started reads first what it was told, and says so to who asks meanwhile, once."""
    os.remove(SOCKET)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(SOCKET)
        server.listen()
        server.settimeout(PATIENCE)
        connection, _ = server.accept()
        with connection:
            connection.settimeout(PATIENCE)
            connection.recv(4096)
            connection.sendall(b"-LOADING Redis is loading the dataset in memory\r\n")
            connection.recv(4096)  # it hangs up


def redis_is_killed():
    gate = Gate()
    tracks = [gate.track(str(i)) for i in range(3)]
    genre_tag("enqueue", *queue("restarted"), *tracks)
    worker = Worker("restarted", "--jobs", "1")
    gate.wait_for_listener(tracks[0])
    check(cli("xpending", "genre:{restarted}:tasks", "workers").splitlines()[0] == "1", "it took more than it hears")
    redis.kill()
    worker.wait_for_words("then tried again")
    for track in tracks:
        gate.open(track)
    worker.wait_for_words("sure")  # it has finished what it held
    check(len(gate.asked) == 1, "it took more than it held")
    say_that_it_loads()
    redis.start()
    worker.finish()
    worker.wait_for_words("there again")
    one_result_each("restarted", tracks)
    genre_tag("enqueue", *queue("forgotten"), SONGS)
    waiting = Worker("forgotten", "--wait", "--jobs", "1")
    waiting.wait_for_words("a.ogg")
    cli("flushall")
    waiting.finish(status=1)
    waiting.wait_for_words("removed the queue")


def idle_of_waiting(name):
    """ms since Redis heard of the worker that holds nothing."""
    words = cli("xinfo", "consumers", f"genre:{{{name}}}:tasks", "workers").splitlines()
    consumers, current = [], {}
    for key, value in zip(words[0::2], words[1::2]):
        if key == "name":
            current = {}
            consumers.append(current)
        current[key] = value
    idle = [int(consumer["idle"]) for consumer in consumers if consumer["pending"] == "0"]
    return idle[0] if idle else None


def waiting_worker_is_seen():
    """Who has nothing to do is there, and Redis is told so."""
    gate = Gate()
    track = gate.track("1")
    genre_tag("enqueue", *queue("seen"), track)
    first = Worker("seen", "--jobs", "1", lease=600)
    gate.wait_for_listener(track)
    second = Worker("seen", "--jobs", "1", lease=600)
    wait_for(lambda: idle_of_waiting("seen") is not None, "nobody waits")
    idle = [0]

    def is_heard_of_again():
        idle.append(idle_of_waiting("seen"))
        return idle[-1] < idle[-2]

    wait_for(is_heard_of_again, "Redis hears nothing of who waits")
    gate.open(track)
    first.finish()
    second.finish()


def full_memory_is_warned_of():
    genre_tag("enqueue", *queue("full"), os.path.join(SONGS, "a.ogg"))
    cli("config", "set", "maxmemory-policy", "allkeys-lru")
    calm = Worker("full", "--jobs", "1")  # all memory is its
    calm.finish()
    check("noeviction" not in calm.says(), "warned of nothing")
    cli("config", "set", "maxmemory", "1gb")
    genre_tag("enqueue", *queue("fuller"), os.path.join(SONGS, "a.ogg"))
    warned = Worker("fuller", "--jobs", "1")
    warned.finish()
    cli("config", "set", "maxmemory-policy", "noeviction")
    cli("config", "set", "maxmemory", "0")
    warned.wait_for_words("noeviction")


def worker_is_stopped():
    gate = Gate()
    tracks = [gate.track("1"), gate.track("2")]
    genre_tag("enqueue", *queue("stopped"), tracks[0])
    first = Worker("stopped", "--jobs", "1")
    gate.wait_for_listener(tracks[0])
    os.kill(first.process.pid, signal.SIGSTOP)
    Worker("stopped", "--jobs", "1").finish()
    before = one_result_each("stopped", tracks[:1])
    gate.open(tracks[0])
    os.kill(first.process.pid, signal.SIGCONT)
    first.finish()
    first.wait_for_words("does not count")
    check(one_result_each("stopped", tracks[:1]) == before, "the late result is there, too")

    # who is asked to end gives back at once, and that is no attempt
    genre_tag("enqueue", *queue("ended"), tracks[1])
    for _ in range(4):
        gate.asked.clear()
        first = Worker("ended", lease=1000)
        gate.wait_for_listener(tracks[1])
        first.process.terminate()
        first.finish(status=130)
        status = json.loads(genre_tag("status", "--json", *queue("ended")))
        check(status["workers"] == 0 and status["left"] == 1, f"who gave it back is still there: {status}")
        check(status["held"] == 0, f"what was given back is still held: {status}")
    Worker("ended", lease=1000).finish()
    check("genre" in one_result_each("ended", tracks[1:])[tracks[1]], "it was given up")


class Between(socketserver.ThreadingUnixStreamServer):
    """Stands between a worker and Redis, at a socket of its own."""
    daemon_threads = True

    def __init__(self, name):
        between = self
        self.name = name
        self.lock = threading.Lock()

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                between.begin()
                with socket.socket(socket.AF_UNIX) as redis_side:
                    redis_side.connect(SOCKET)
                    threading.Thread(target=self.forward, args=(redis_side, self.request, between.reply),
                                     daemon=True).start()
                    self.forward(self.request, redis_side, between.ask)

            @staticmethod
            def forward(source, target, look):
                try:
                    while data := source.recv(65536):
                        look(data)
                        target.sendall(data)
                except OSError:
                    pass  # one of them is gone
                for end in (source, target):
                    try:
                        end.shutdown(socket.SHUT_RDWR)
                    except OSError:
                        pass  # it was closed already

        super().__init__(os.path.join(FOLDER, name + ".sock"), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def where(self):
        return ["--queue", f"unix://{FOLDER}/{self.name}.sock/{self.name}"]

    def begin(self):
        """A connection."""

    def ask(self, data):
        """On its way to Redis."""

    def reply(self, data):
        """On its way to the worker; OSError: the connection dies before it comes there."""


class Thief(Between):
    """Lets somebody else have a track when the worker claims it again for the first time."""
    stolen = None

    def ask(self, data):
        tasks = f"genre:{{{self.name}}}:tasks"
        with self.lock:
            if self.stolen is None and b"0, entry, 'JUSTID'" in data:
                self.stolen = cli("xpending", tasks, "workers", "-", "+", "1").splitlines()[0]
                cli("xclaim", tasks, "workers", "thief", "0", self.stolen)


class Sleeper(Between):
    """When a worker claims again what it has taken, it is stopped until its lease is over; then Redis is away until it
    is healed."""
    worker = since = None
    n_takes = 0
    is_cut = False

    def __init__(self, name, lease):
        self.lease = lease
        self.healed = threading.Event()
        super().__init__(name)
        self.worker = Worker(name, "--write", "--jobs", "1", lease=lease, where=self.where())

    def begin(self):
        if self.is_cut:
            self.healed.wait()

    def ask(self, data):
        with self.lock:
            if self.healed.is_set():
                return
            if self.is_cut:
                raise OSError
            if b"'XAUTOCLAIM'" in data:
                self.n_takes += 1
                self.since = time.monotonic()
                self.take()
            elif b"0, entry, 'JUSTID'" in data:
                self.claim()

    def find_worker(self):
        return wait_for(lambda: self.worker, "nobody works").process.pid

    def sleep(self):
        os.kill(self.find_worker(), signal.SIGSTOP)
        time.sleep(max(0.0, self.since + 1.02 * self.lease - time.monotonic()))

    def wake(self):
        os.kill(self.find_worker(), signal.SIGCONT)

    def take(self):
        """It asks for a track."""

    def claim(self):
        """For the first time, which does not come to Redis."""
        self.sleep()
        self.wake()
        self.is_cut = True
        raise OSError


class RobbedSleeper(Sleeper):
    """Somebody else has its second track by then. The worker is told so, but does not write yet: the process that is to
    hear it is stopped, too, until then."""
    hearing = sleeping = stolen = None

    def take(self):
        if self.n_takes == 2:
            pid = self.find_worker()
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
                self.hearing = int(children.read())
            os.kill(self.hearing, signal.SIGSTOP)

    def claim(self):
        if self.stolen:
            self.is_cut = True
            os.kill(self.hearing, signal.SIGCONT)
        elif self.hearing and not self.sleeping:
            self.since = time.monotonic()
            self.sleeping = threading.Thread(target=self.be_robbed, daemon=True)
            self.sleeping.start()

    def be_robbed(self):
        tasks = f"genre:{{{self.name}}}:tasks"
        self.sleep()
        stolen = cli("xpending", tasks, "workers", "-", "+", "1").splitlines()[0]
        cli("xclaim", tasks, "workers", "thief", "0", stolen, "JUSTID")
        self.stolen = stolen
        self.wake()

    def give_back(self):
        """So that nobody has to wait for it."""
        cli("xclaim", f"genre:{{{self.name}}}:tasks", "workers", "thief", "0", self.stolen, "IDLE", "1000000", "JUSTID")


class WaitingThief(Between):
    """From the moment at which the worker asks for a track, another program holds its journal, until the worker has waited
    for that for longer than its lease; somebody else has the track by then."""
    since = stolen = None

    def __init__(self, name, journal, lease):
        self.journal, self.lease = journal, lease
        self.thread = threading.Thread(target=self.hold, daemon=True)
        self.held = threading.Event()
        super().__init__(name)

    def ask(self, data):
        with self.lock:
            self.since = time.monotonic()
            if b"'XAUTOCLAIM'" in data and not self.held.is_set():
                self.thread.start()
                check(self.held.wait(PATIENCE), "nobody holds the journal")

    def hold(self):
        holder = sqlite3.connect(self.journal, timeout=PATIENCE, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        self.held.set()
        wait_for(lambda: time.monotonic() - self.since > 1.1 * self.lease, "the worker does not wait")
        tasks = f"genre:{{{self.name}}}:tasks"
        self.stolen = cli("xpending", tasks, "workers", "-", "+", "1").splitlines()[0]
        cli("xclaim", tasks, "workers", "thief", "0", self.stolen, "JUSTID")
        holder.execute("ROLLBACK")
        holder.close()

    def give_back(self):
        """So that nobody has to wait for it."""
        self.thread.join(PATIENCE)
        cli("xclaim", f"genre:{{{self.name}}}:tasks", "workers", "thief", "0", self.stolen, "IDLE", "1000000", "JUSTID")


class Cutter(Between):
    """Redis stores the first result, but the worker does not hear of it, and has no connection until it is healed."""
    is_storing = is_cut = False

    def __init__(self, name):
        self.healed = threading.Event()
        super().__init__(name)

    def begin(self):
        if self.is_cut:
            self.healed.wait()

    def ask(self, data):
        self.is_storing |= b"'XADD', results" in data

    def reply(self, data):
        if self.is_storing and not self.is_cut:
            self.is_cut = True
            raise OSError


class Loser(Between):
    """Redis gives a track, but the worker does not hear of it, as often as is asked for."""

    def __init__(self, name, times):
        self.left = times
        self.is_giving = False
        super().__init__(name)

    def ask(self, data):
        self.is_giving = b"'XAUTOCLAIM'" in data

    def reply(self, data):
        if self.is_giving and self.left > 0:
            self.left -= 1
            raise OSError


def track_is_lost_on_the_way():
    """What Redis gave without a worker hearing of it comes to one at once, and was no attempt."""
    path = os.path.join(SONGS, "a.ogg")
    genre_tag("enqueue", *queue("way"), path)
    loser = Loser("way", 5)  # more than attempts
    worker = Worker("way", "--jobs", "1", lease=80000, where=loser.where())
    worker.finish()
    check(loser.left == 0, "no reply was lost")
    check("genre" in one_result_each("way", [path])[path], "it was given up")


def late_writer_is_refused():
    """A worker does not write what has become another's."""
    path = os.path.join(FOLDER, "late.ogg")
    shutil.copy(os.path.join(SONGS, "a.ogg"), path)
    before = os.stat(path)
    genre_tag("enqueue", *queue("late"), path)
    thief = Thief("late")
    first = Worker("late", "--write", "--jobs", "1", lease=20, where=thief.where())
    first.wait_for_words("nothing was written here")
    check(thief.stolen and os.stat(path).st_ino == before.st_ino, "it was written nevertheless")
    first.finish()  # the thief does nothing with it, the lease runs out, and now it may
    check(one_result_each("late", [path])[path]["action"] == "written", "not written")


def deliver_again(name, path):
    """Somebody has had the track, and has left it behind."""
    tasks = f"genre:{{{name}}}:tasks"
    genre_tag("enqueue", *queue(name), path)
    cli("xgroup", "create", tasks, "workers", "0")
    entry = cli("xreadgroup", "group", "workers", "lost", "count", "1", "streams", tasks, ">").splitlines()[1]
    cli("xclaim", tasks, "workers", "lost", "0", entry, "IDLE", "1000000", "JUSTID")


def what_is_read_only_is_no_late_writers():
    """It will be so the next time: there is a result at once, also of what somebody else has had before."""
    path = os.path.join(FOLDER, "read-only.ogg")
    shutil.copy(os.path.join(SONGS, "a.ogg"), path)
    os.chmod(path, 0o444)
    deliver_again("read-only", path)
    Worker("read-only", "--write", "--jobs", "1", "--deliveries", "1000").finish()
    result = one_result_each("read-only", [path])[path]
    check(result["action"] == "refused" and "read-only" in result["obstacle"], f"another result: {result}")


def can_lease(path):
    with open(path, "rb") as file:
        try:
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except OSError:
            return False
    return True


def late_writer_is_waited_for():
    """Whoever has the file of such a track open for writing may be the worker that had it before."""
    path = os.path.join(FOLDER, "open.ogg")
    shutil.copy(os.path.join(SONGS, "a.ogg"), path)
    if not can_lease(path):
        return
    deliver_again("open", path)

    def count_deliveries():
        pending = cli("xpending", "genre:{open}:tasks", "workers", "-", "+", "1").splitlines()
        return int(pending[3]) if pending else 0

    with open(path, "r+b"):
        worker = Worker("open", "--write", "--jobs", "1", "--deliveries", "1000")
        wait_for(lambda: count_deliveries() > 3, lambda: f"it is not given back: {collect('open')}")
    worker.finish()
    check(one_result_each("open", [path])[path]["action"] == "written", "not written")


def find_sleeper_out(kind, name, *tracks):
    """It does not write the last track, of which it does not know whether it is another's."""
    for track in tracks:
        shutil.copy(os.path.join(SONGS, "a.ogg"), track)
    before = os.stat(tracks[-1])
    genre_tag("enqueue", *queue(name), *tracks)
    sleeper = kind(name, 8)
    sleeper.worker.wait_for_words(f"{tracks[-1]}: ")
    check(os.stat(tracks[-1]).st_ino == before.st_ino, "it was written nevertheless")
    sleeper.worker.wait_for_words("nothing was written here")
    sleeper.healed.set()
    return sleeper


def sleeper_does_not_write():
    """Who has not reached Redis for a lease."""
    track = os.path.join(FOLDER, "sleeper.ogg")
    find_sleeper_out(Sleeper, "sleeper", track).worker.finish()
    check(one_result_each("sleeper", [track])[track]["action"] == "written", "not written")


def robbed_sleeper_does_not_write():
    """Nor who was told that it is another's, and cannot ask again."""
    tracks = [os.path.join(FOLDER, f"robbed-{i}.ogg") for i in range(2)]
    sleeper = find_sleeper_out(RobbedSleeper, "robbed", *tracks)
    sleeper.give_back()
    sleeper.worker.finish()
    results = one_result_each("robbed", tracks)
    check(all(result["action"] == "written" for result in results.values()), f"not written: {results}")


def who_waits_for_the_journal_does_not_write():
    """What is somebody else's by the time at which the journal has noted it is not written, and the journal says nothing
    of it."""
    folder = os.path.join(FOLDER, "waited")
    track, journal = os.path.join(folder, "a.ogg"), os.path.join(folder, "state", "journal.sqlite")
    os.makedirs(os.path.dirname(journal))
    shutil.copy(os.path.join(SONGS, "a.ogg"), track)
    genre_tag("--journal", journal, SONGS, status=0)
    genre_tag("enqueue", *queue("waited"), track)
    thief = WaitingThief("waited", journal, lease=10)
    worker = Worker("waited", "--write", "--jobs", "1", "--wait", "--journal", journal, lease=thief.lease,
                    where=thief.where(), journals=True)
    worker.wait_for_words("nothing was written here")
    with open(track, "rb") as file, open(os.path.join(SONGS, "a.ogg"), "rb") as song:
        check(file.read() == song.read(), "it was written by whose lease was over")
    with sqlite3.connect(journal) as database:
        noted = database.execute("SELECT action FROM files WHERE path = ?", (os.fsencode(track),)).fetchall()
        states = database.execute("SELECT state FROM changes").fetchall()
    database.close()
    check(not noted, f"the journal says {noted}")
    check(states == [(2,)], f"changes: {states}")
    worker.process.terminate()
    worker.finish(status=130)
    thief.give_back()
    Worker("waited", "--write", "--jobs", "1", lease=thief.lease).finish()
    check(one_result_each("waited", [track])[track]["action"] == "written", "not written")


def reply_is_lost():
    """A result that is stored, though nobody said so, is stored once, and nobody else's. Another one that is heard
    meanwhile does not come between."""
    gate = Gate()
    tracks = [gate.track("1"), os.path.join(SONGS, "a.ogg")]
    genre_tag("enqueue", *queue("reply"), *tracks)
    cutter = Cutter("reply")
    worker = Worker("reply", "--jobs", "2", lease=1000, where=cutter.where())
    worker.wait_for_words("then tried again")
    gate.open(tracks[0])
    wait_for(lambda: worker.says().count("sure") == 2, lambda: f"not both are heard: {worker.says()}")
    cutter.healed.set()
    worker.finish()
    worker.wait_for_words("there again")
    check("does not count" not in worker.says(), f"it believes that it was another's: {worker.says()}")
    one_result_each("reply", tracks)
    check("last:" not in cli("hkeys", "genre:{reply}:about"), "the worker has left something behind")


def last_second_is_lost():
    """Redis comes back as it was a while ago, after more was collected: that goes out of the file, and is heard again."""
    gate = Gate()
    tracks = [os.path.join(SONGS, "a.ogg"), gate.track("1"), os.path.join(SONGS, "b.mp3")]
    genre_tag("enqueue", *queue("second"), *tracks)
    worker = Worker("second", "--jobs", "1")
    gate.wait_for_listener(tracks[1])
    log, kept = os.path.join(FOLDER, "appendonlydir"), os.path.join(FOLDER, "kept")
    shutil.copytree(log, kept)
    gate.open(tracks[1])
    worker.finish()
    check(len(collect("second")) == 3, "not all are collected")
    redis.kill()
    shutil.rmtree(log)
    os.rename(kept, log)
    redis.start()
    file = os.path.join(FOLDER, "second.jsonl")
    output = genre_tag("collect", *queue("second"), "--json", file)
    check("lost the last 2 results" in output and "0 results collected" in output, output)
    check(len(collect("second")) == 1, "what was lost is still there")
    Worker("second", "--jobs", "1").finish()
    one_result_each("second", tracks)


def entries_come_again():
    """The clock went back, too: another result has the entry of one that was lost."""
    results, file = "genre:{again}:results", os.path.join(FOLDER, "again.jsonl")
    genre_tag("enqueue", *queue("again"), os.path.join(SONGS, "a.ogg"))
    for entry in ("5-1", "6-1", "7-1"):
        cli("xadd", results, entry, "result", json.dumps({"source": entry}))
    collect("again")
    cli("del", results)
    cli("xadd", results, "5-1", "result", json.dumps({"source": "5-1"}))
    cli("xadd", results, "6-1", "result", json.dumps({"source": "another"}))
    lines = collect("again")
    check([line["source"] for line in lines] == ["5-1", "another"], f"not what Redis has: {lines}")
    cli("del", results)
    with open(file, "rb") as before:
        text = before.read()
    check("another queue's" in genre_tag("collect", *queue("again"), "--json", file, status=1), "no reason")
    with open(file, "rb") as after:
        check(after.read() == text, "a file of which Redis knows nothing was touched")


def many_results_are_lost():
    """More than are looked for at once."""
    results = "genre:{many}:results"
    genre_tag("enqueue", *queue("many"), os.path.join(SONGS, "a.ogg"))
    cli("eval", """for i = 1, 250 do
                     redis.call ('XADD', KEYS[1], i .. '-1', 'result', cjson.encode ({source = 's' .. i}))
                   end""", "1", results)
    before = collect("many")
    check(len(before) == 250, f"not all: {len(before)}")
    cli("eval", "for i = 11, 250 do redis.call ('XDEL', KEYS[1], i .. '-1') end", "1", results)
    output = genre_tag("collect", *queue("many"), "--json", os.path.join(FOLDER, "many.jsonl"))
    check("looking for the last one" in output and "lost the last 240 results" in output, output)
    check(collect("many") == before[:10], "not cut where Redis's results end")


def edited_lines_stay():
    """A person has mended genres in the file, and even taken something out: Redis has lost nothing."""
    results, file = "genre:{edited}:results", os.path.join(FOLDER, "edited.jsonl")
    output = genre_tag("enqueue", *queue("edited"), os.path.join(SONGS, "a.ogg"))
    check(output == "1 track, 1 of them new to the queue.\n", output)
    for entry in ("5-1", "6-1", "7-1"):
        cli("xadd", results, entry, "result", json.dumps({"source": entry, "genre": "pop"}))
    collect("edited")
    with open(file, encoding="utf-8") as lines:
        text = lines.read()
    for edited in (text.replace('"pop"', '"rock"'), text.replace('"source": "7-1", ', ""),
                   text.replace('{"entry":"7-1","source": "7-1",', '{ "source":"7-1", "note":[1], "entry":"7-1",')):
        check(edited != text, f"nothing was edited in {text}")
        with open(file, "w", encoding="utf-8") as lines:
            lines.write(edited)
        output = genre_tag("collect", *queue("edited"), "--json", file)
        check(output == "0 results collected.\n", output)
        with open(file, encoding="utf-8") as lines:
            check(lines.read() == edited, "what was edited was touched")
    cli("xadd", results, "8-1", "result", json.dumps({"source": "8-1", "genre": "pop"}))
    check(len(collect("edited")) == 4, "it does not go on behind what was edited")


def openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
    check(done.returncode == 0, f"openssl {arguments}: {done.stderr}")


def make_certificates():
    """Two authorities; certificates for localhost, for a worker, and for one that calls itself localhost and may be no
    server's, all of the first."""
    for name in ("authority", "stranger"):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                "-subj", f"/CN={name}", "-keyout", name + ".key", "-out", name + ".pem")
    with open(os.path.join(FOLDER, "localhost.names"), "w", encoding="ascii") as names:
        names.write("subjectAltName=DNS:localhost\n")
    with open(os.path.join(FOLDER, "client.names"), "w", encoding="ascii") as names:
        names.write("subjectAltName=DNS:localhost\nextendedKeyUsage=clientAuth\n")
    for name in ("localhost", "worker", "client"):
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                "-keyout", name + ".key", "-out", name + ".request")
        openssl("x509", "-req", "-in", name + ".request", "-CA", "authority.pem", "-CAkey", "authority.key",
                "-CAcreateserial", "-days", "30", "-out", name + ".pem",
                *(["-extfile", name + ".names"] if name != "worker" else []))
    with open(os.path.join(FOLDER, "both.pem"), "w", encoding="ascii") as both:
        for name in ("worker.pem", "worker.key"):
            with open(os.path.join(FOLDER, name), encoding="ascii") as file:
                both.write(file.read())


def start_at_some_port(start):
    """It cannot choose a port itself: one of those that the system gives to nobody who asks for any, for Redis comes back to it."""
    for _ in range(20):
        port = random.randrange(10000, 32768)
        secure = start(port)
        if secure.process.poll() is None:
            return secure, port
    with open(secure.log, encoding="utf-8", errors="replace") as log:
        return fail(f"Redis finds no port: {log.read()[-2000:]}")


def start_secure_redis(port):
    names = {name: os.path.join(FOLDER, name) for name in ("localhost.pem", "localhost.key", "authority.pem")}
    return Redis("--port", "0", "--tls-port", str(port), "--bind", "127.0.0.1", "--tls-cert-file",
                 names["localhost.pem"], "--tls-key-file", names["localhost.key"], "--tls-ca-cert-file",
                 names["authority.pem"], "--tls-auth-clients", "no", "--requirepass", "told to few", may_fail=True)


def need_openssl():
    if not shutil.which("openssl"):
        print("skipped: needs the package openssl")
        sys.exit(77)


class Listener:
    """openssl s_server with a certificate of this test's, at a port that the system has chosen: what it hears is kept."""

    def __init__(self, certificate):
        self.heard = b""
        self.process = subprocess.Popen(["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", certificate + ".pem",
                                         "-key", certificate + ".key"], cwd=FOLDER, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        started.append(self.process)
        threading.Thread(target=self.listen, daemon=True).start()
        self.port = int(wait_for(lambda: re.search(rb"ACCEPT \S+:(\d+)\n", self.heard), "openssl does not listen").group(1))

    def listen(self):
        while data := os.read(self.process.stdout.fileno(), 4096):
            self.heard += data


def password_is_told_to_the_trusted():
    """Connections come one after the other: when the last one is heard, the others have been."""
    need_openssl()
    make_certificates()
    secrets = {"GENRE_QUEUE_PASSWORD": "told to few", "GENRE_QUEUE_CA": os.path.join(FOLDER, "authority.pem")}
    listener = Listener("localhost")
    where = ["--queue", f"rediss://localhost:{listener.port}/music"]
    genre_tag("status", *where, status=1, **{**secrets, "GENRE_QUEUE_CA": os.path.join(FOLDER, "stranger.pem")})
    check("told to few" not in genre_tag("status", *where, status=1, **secrets), "the password is shown")
    wait_for(lambda: b"told to few" in listener.heard, lambda: f"nobody tells it the password: {listener.heard}")
    check(listener.heard.count(b"AUTH\r\n") == listener.heard.count(b"told to few") == 1,
          f"who is not trusted is told the password: {listener.heard}")
    client = Listener("client")
    output = genre_tag("status", "--queue", f"rediss://localhost:{client.port}/music", status=1, **secrets)
    check("certificate of Redis is refused" in output, f"a certificate for clients is a server's: {output}")


def documented_recipe_works():
    """The lines of docs/queue.md, as they stand there but for folders, host and port."""
    need_openssl()

    def adapt(text, port):
        for old, new in (("bind 127.0.0.1 10.0.0.5", "bind 127.0.0.1"), ("tls-port 6379", f"tls-port {port}"),
                         ("/etc/redis/", FOLDER + "/"), ("/etc/genre/", FOLDER + "/"), ("/etc/genre-queue", FOLDER + "/password"),
                         ("worker@redis-host", f"worker@localhost:{port}"), ("redis-host", "localhost")):
            text = text.replace(old, new)
        return text

    def start(port):
        config = os.path.join(FOLDER, "redis.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(adapt(read_documented("appendonly yes") + read_documented("tls-port 6379"), port))
        return Redis(config=[config], may_fail=True)

    make, work = re.fullmatch(r"(openssl.*\n)(GENRE_QUEUE_CA.*\n)", read_documented("openssl req"), re.DOTALL).groups()
    with open(os.path.join(FOLDER, "password"), "w", encoding="utf-8") as password:
        password.write("PASSWORD\n")
    run_line(adapt(make, 0))
    secure, port = start_at_some_port(start)
    song = os.path.join(SONGS, "a.ogg")
    where = ["--queue", f"rediss://worker@localhost:{port}/music", "--password-file", os.path.join(FOLDER, "password")]
    trusted = {"GENRE_QUEUE_CA": os.path.join(FOLDER, "redis.pem")}
    genre_tag("enqueue", *where, song, **trusted)
    run_line(adapt(work, port))
    lines = [json.loads(line) for line in genre_tag("collect", "--quiet", *where, "--json", "-", **trusted).splitlines()]
    check([line["source"] for line in lines] == [song], f"not heard: {lines}")
    secure.kill()


def speaks_tls():
    """Through TLS, over which Redis may go and come, with another certificate for a while."""
    secure, port = start_at_some_port(start_secure_redis)
    where = ["--queue", f"rediss://localhost:{port}/far"]
    os.environ["GENRE_QUEUE_PASSWORD"] = "told to few"
    trusted = os.path.join(FOLDER, "trusted.pem")
    os.environ["GENRE_QUEUE_CA"] = trusted
    shutil.copy(os.path.join(FOLDER, "authority.pem"), trusted)
    gate = Gate()
    tracks = [gate.track("1"), os.path.join(SONGS, "a.ogg")]
    genre_tag("enqueue", *where, *tracks)
    worker = Worker("music", "--jobs", "1", where=where)
    gate.wait_for_listener(tracks[0])
    secure.kill()
    worker.wait_for_words("then tried again")
    shutil.copy(os.path.join(FOLDER, "stranger.pem"), trusted)  # renewed here earlier than there
    secure.start()
    worker.wait_for_words("certificate of Redis is refused")
    shutil.copy(os.path.join(FOLDER, "authority.pem"), trusted)
    gate.open(tracks[0])
    worker.finish()
    worker.wait_for_words("there again")
    results = collect("music", where=where)
    check(sorted(result["source"] for result in results) == sorted(tracks), f"not one each: {results}")

    def refused(words, uri=where[1], **environment):
        output = genre_tag("status", "--queue", uri, status=1, **environment)
        check(words in output and "told to few" not in output, f"it says nothing of {words!r}: {output}")

    refused("certificate of Redis is refused", GENRE_QUEUE_CA=os.path.join(FOLDER, "stranger.pem"))
    refused("certificate of Redis is refused", uri=f"rediss://127.0.0.1:{port}/music")  # a name that the certificate does not have
    refused("trust", GENRE_QUEUE_CA="")  # this machine's authorities, if it has any, do not know ours
    refused("nowhere.pem", GENRE_QUEUE_CA=os.path.join(FOLDER, "nowhere.pem"))
    refused("authority.pem", GENRE_QUEUE_CERTIFICATE=os.path.join(FOLDER, "authority.pem"))  # no key in it
    refused(f"redis://localhost:{port}", uri=f"redis://localhost:{port}/music")
    refused("TLS:", uri=f"rediss://localhost:{gate.port}/music")  # the other side speaks something else

    subprocess.run(["redis-cli", "-s", SOCKET, "config", "set", "tls-auth-clients", "yes"], capture_output=True,
                   env={**os.environ, "REDISCLI_AUTH": "told to few"}, check=True)
    refused("TLS:")
    genre_tag("status", *where, GENRE_QUEUE_CERTIFICATE=os.path.join(FOLDER, "both.pem"))


def writers_are_killed():
    """At random moments, again and again."""
    seed = int(os.environ.get("GENRE_TEST_SEED") or random.randrange(1 << 30))
    print(f"GENRE_TEST_SEED={seed}", flush=True)
    moments = random.Random(seed)
    library = os.path.join(FOLDER, "killed")
    os.mkdir(library)
    for i in range(8):
        shutil.copy(os.path.join(SONGS, "a.ogg"), os.path.join(library, f"{i}.ogg"))
    genre_tag("enqueue", *queue("writers"), library)
    options = ["--write", "--deliveries", "1000"]
    for _ in range(8):
        worker = Worker("writers", *options, lease=2)
        time.sleep(moments.uniform(0.1, 1.5))
        worker.process.kill()
        worker.process.wait()
    for worker in [Worker("writers", *options, lease=2) for _ in range(2)]:
        worker.finish()
    files = [os.path.join(library, f"{i}.ogg") for i in range(8)]
    actions = {result["action"] for result in one_result_each("writers", files).values()}
    check(actions <= {"written", "has-genre"}, f"what is that? {actions}")
    check(genre_tag("--json", "--no-journal", library).count('"has-genre"') == 8, "not all are whole and written")
    left = set(os.listdir(library)) - {os.path.basename(file) for file in files}
    check(not left, f"left behind: {left}")


def poison_is_put_aside():
    poison = os.path.join(FOLDER, "poison")
    os.mkdir(poison)
    for how in ("CRASH", "DATA"):
        with open(os.path.join(poison, f"{how}.mp3"), "wb") as file:
            file.write(b"HANG" + how.encode() + bytes(100000))
    genre_tag("enqueue", *queue("poison"), poison, os.path.join(SONGS, "a.ogg"))
    Worker("poison", "--deliveries", "2", "--patience", "24").finish()
    results = one_result_each("poison", [f"{poison}/CRASH.mp3", f"{poison}/DATA.mp3", f"{SONGS}/a.ogg"])
    check("genre" in results[f"{SONGS}/a.ogg"], "the good one was not heard")
    check("decoder crashed" in results[f"{poison}/CRASH.mp3"]["error"], results)
    check("nothing has come" in results[f"{poison}/DATA.mp3"]["error"], results)
    status = json.loads(genre_tag("status", "--json", *queue("poison")))
    check(status["dead"] == 2 and status["failed"] == 2, f"not two dead: {status}")
    check({dead["source"] for dead in status["last-dead"]} == {f"{poison}/CRASH.mp3", f"{poison}/DATA.mp3"}, status)
    check("given up after attempt 2" in genre_tag("status", *queue("poison")), "status does not say why")
    check(cli("xlen", "genre:{poison}:dead") == "2", "not in the stream of the dead")

    # what takes whole workers with it
    gate = Gate()
    track = gate.track("1")
    genre_tag("enqueue", *queue("deadly"), track)
    for _ in range(2):
        gate.asked.clear()
        worker = Worker("deadly", "--deliveries", "2", lease=2)
        gate.wait_for_listener(track)
        worker.process.kill()
        worker.process.wait()
    Worker("deadly", "--deliveries", "2", lease=2).finish()
    check("no worker has survived" in one_result_each("deadly", [track])[track]["error"], "no reason")


def garbage_is_named():
    genre_tag("enqueue", *queue("garbage"), os.path.join(SONGS, "a.ogg"))
    tasks = "genre:{garbage}:tasks"
    for fields in (("what", "ever"), ("source", ""), ("source", "relative.ogg"), ("source", "x" * 10000),
                   ("source", "file:///etc/passwd"), ("source", "v4l2:///dev/video0"), ("source", "a", "b", "c")):
        cli("xadd", tasks, "*", *fields)
    cli("xadd", tasks, "*", "source", os.path.join(SONGS, "a.ogg"))  # once more
    Worker("garbage").finish()
    cli("xadd", "genre:{garbage}:results", "*", "result", "no JSON")
    cli("xadd", "genre:{garbage}:results", "*", "some", "thing")
    cli("hset", "genre:{garbage}:about", "failed", "many")
    output = genre_tag("collect", *queue("garbage"), "--json", os.path.join(FOLDER, "g.jsonl"), status=1)
    check("2 results are no answers" in output, output)
    with open(os.path.join(FOLDER, "g.jsonl"), encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    validate(lines, SCHEMA)
    check(len(lines) == 8 and sum("error" in line for line in lines) == 7, f"not 7 errors and a song: {lines}")
    genre_tag("status", *queue("garbage"))

    for part in ("tasks", "known", "results", "dead", "faults", "about"):
        cli("set", "genre:{wrong}:" + part, "x")
        for command in (["enqueue", SONGS], ["work"], ["status"], ["collect", "--json", "-"]):
            output = genre_tag(command[0], *queue("wrong"), *command[1:], status=1)
            check(f"genre:{{wrong}}:{part} is a string" in output, output)
        cli("del", "genre:{wrong}:" + part)
    for wrong in ("http://host/x", "redis://host", "redis://host/", "redis://host/a/b", "redis://host/a b", "music",
                  "redis://", "unix:///x", "redis://host/x?y", "rediss://host/a b", "redis://host:99999/x"):
        output = genre_tag("status", "--queue", wrong, status=2)
        check("--queue" in output, f"{wrong} is not called wrong: {output}")
    check("refused" in genre_tag("status", "--queue", "redis://127.0.0.1:1/x", status=1), "it is not there")


def answer_with_echo(server):
    """What knows no AUTH says what it was asked, in a connection."""
    connection, _ = server.accept()
    with connection:
        asked = connection.recv(4096).decode().split("\r\n")[2::2]
        told = " ".join(f"'{word}'" for word in asked[1:])[:100]
        connection.sendall(f"-ERR unknown command '{asked[0]}', with args beginning with: {told}\r\n".encode())
        connection.recv(4096)


def echoes_are_kept():
    path = os.path.join(FOLDER, "echo")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        for password in "pä$$ word", "pä$$ word" * 40:  # of the long one only the beginning comes back
            thread = threading.Thread(target=answer_with_echo, args=[server], daemon=True)
            thread.start()
            said = genre_tag("status", "--queue", f"unix://worker@{path}/x", status=1, GENRE_QUEUE_PASSWORD=password)
            check("Redis refuses the password" in said and "pä$$" not in said, said)
            thread.join(60)


def passwords_are_kept():
    echoes_are_kept()
    cli("acl", "setuser", "worker", "on", ">pä$$ word", "resetkeys", "~genre:{secret}:*", "resetchannels", "-@all",
        "+@stream", "+@hash", "+eval", "+type", "+exists", "+time", "+info", "+auth")
    cli("config", "set", "requirepass", "for all others")
    where = ["--queue", f"unix://worker@{SOCKET}/secret"]
    file = os.path.join(FOLDER, "password")
    with open(file, "w", encoding="utf-8") as written:
        written.write("pä$$ word\n")
    song = os.path.join(SONGS, "a.ogg")
    said = genre_tag("enqueue", *where, "--password-file", file, song)
    worker = Worker("secret", "--password-file", file, where=where)
    worker.finish()
    said += worker.says() + genre_tag("status", *where, GENRE_QUEUE_PASSWORD="pä$$ word")
    check("done" in said, said)
    other = ["--queue", f"unix://worker@{SOCKET}/other"]
    said += genre_tag("status", *other, "--password-file", file, status=1)
    check("NOPERM" in said, said)
    said += genre_tag("status", *where, status=1, GENRE_QUEUE_PASSWORD="wrong one")
    check("WRONGPASS" in said and "wrong one" not in said, said)
    said += genre_tag("status", *queue("secret"), status=1)
    check("NOAUTH" in said, said)
    said += genre_tag("status", *where, status=1)
    output = genre_tag("status", "--queue", "redis://worker:told@localhost/x", status=2)
    check("--queue holds a password" in output and "told" not in output, output)
    said += genre_tag("status", *where, "--password-file", os.path.join(FOLDER, "nowhere"), status=1)
    pipe = os.path.join(FOLDER, "pipe")
    os.mkfifo(pipe)
    said += genre_tag("status", *where, "--password-file", pipe, status=1)
    check("pipe: nothing comes out of it" in said, said)
    check("pä$$" not in said, f"the password is told: {said}")


def network_is_cut():
    """A worker on another machine, as it were, is cut off for longer than its lease."""
    names = [f"genre-{os.getpid()}-{i}" for i in range(2)]
    try:
        for name in names:
            if subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode != 0:
                print("skipped: no network namespaces here")
                sys.exit(77)
        cut_network(names)
    finally:
        for process in started:
            process.kill()
        for name in names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


def in_namespace(name, action):
    """What it returns; sockets that it opens are there."""
    found = []

    def enter():
        with open(f"/run/netns/{name}", "rb") as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), 0x40000000) == 0:  # CLONE_NEWNET
                found.append(action())

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    check(found, f"{name} cannot be entered")
    return found[0]


def cut_network(names):
    inside = [["ip", "netns", "exec", name] for name in names]
    ip("link", "add", "near", "netns", names[0], "type", "veth", "peer", "name", "far", "netns", names[1])
    for name, device, address in ((names[0], "near", "10.9.8.1/24"), (names[1], "far", "10.9.8.2/24")):
        ip("-n", name, "addr", "add", address, "dev", device)
        ip("-n", name, "link", "set", device, "up")
        ip("-n", name, "link", "set", "lo", "up")
    Redis("--bind", "10.9.8.1", "--port", "6379", "--protected-mode", "no", inside=inside[0])
    where = ["--queue", "redis://10.9.8.1/cut"]
    gate = Gate(names)
    tracks = [gate.track("1")]
    for i in range(12):
        tracks.append(os.path.join(FOLDER, f"{i}.ogg"))
        shutil.copy(os.path.join(SONGS, "a.ogg"), tracks[-1])
    genre_tag("enqueue", *where, *tracks, inside=inside[1])
    far = Worker("cut", "--jobs", "2", lease=2, inside=inside[1], where=where)
    gate.wait_for_listener(tracks[0])
    far.wait_for_words("sure")
    near = Worker("cut", "--jobs", "1", lease=2, inside=inside[0], where=where)
    ip("-n", names[0], "link", "set", "near", "down")
    near.finish()  # with what the other held, too, which takes longer than the lease
    far.wait_for_words("then tried again")
    before = one_result_each("cut", tracks)
    check(gate.asked["/a.ogg/1"] >= 2, "nobody has heard again what is held far away")
    gate.open(tracks[0])
    ip("-n", names[0], "link", "set", "near", "up")
    far.finish()
    far.wait_for_words("does not count")
    check(one_result_each("cut", tracks) == before, "late results are there, too")


PARTS = {
    "works": [works_as_one_machine],
    "shards": [shards_are_all],
    "kills": [worker_is_killed, redis_is_killed],
    "pauses": [worker_is_stopped, waiting_worker_is_seen, full_memory_is_warned_of],
    "writes": [writes_tags, lost_journal_is_no_result, late_writer_is_refused, what_is_read_only_is_no_late_writers, late_writer_is_waited_for,
               sleeper_does_not_write, robbed_sleeper_does_not_write,
               who_waits_for_the_journal_does_not_write, writers_are_killed],
    "loses": [reply_is_lost, track_is_lost_on_the_way, last_second_is_lost, entries_come_again, many_results_are_lost, edited_lines_stay],
    "secures": [password_is_told_to_the_trusted, documented_recipe_works, speaks_tls],
    "refuses": [poison_is_put_aside, garbage_is_named, passwords_are_kept],
    "cuts": [network_is_cut],
}
try:
    redis = Redis("--port", "0") if PART not in ("cuts", "secures") else None
    for part in PARTS[PART]:
        print(part.__name__, flush=True)
        part()
finally:
    for process in started:
        process.kill()
        process.wait()
