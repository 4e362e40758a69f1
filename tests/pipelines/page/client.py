# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of genre-radio's page share: the program itself, and clients, polite and not."""
import atexit
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from expect import PATIENCE, check, fail, wait_until  # noqa: E402, F401 pylint: disable=wrong-import-position,unused-import


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.headers
        self.body = body

    def json(self):
        return json.loads(self.body)


class Radio:
    """genre-radio, with a @page at a port that the system chose. With @haste it waits for that much
    less, also for us: what a busy machine has held up is asked for again."""

    def __init__(self, *arguments, name="radio", environment=None, haste=1, page=True):
        program = os.path.join(os.environ["GENRE_BUILD"], "pipelines", "genre-radio")
        self.errors = name + ".err"
        self.hasty = haste > 1
        with open(self.errors, "wb") as errors, open(name + ".out", "wb") as output:
            # pylint: disable=consider-using-with
            self.process = subprocess.Popen(
                [program, "--quiet", *(["--listen", "127.0.0.1:0"] if page else []), *arguments],
                stdout=output, stderr=errors,
                env={**os.environ, "GENRE_RADIO_HASTE": str(haste), **(environment or {})})
        atexit.register(self.process.kill)  # which does nothing to one that has ended
        if not page:
            return
        self.port = int(wait_until(self.find_port, "listening"))
        self.host = f"127.0.0.1:{self.port}"

    def read_errors(self):
        with open(self.errors, encoding="utf-8") as file:
            return file.read()

    def find_port(self):
        check(self.process.poll() is None, f"genre-radio has ended: {self.read_errors()}")
        found = re.search(r"listening on http://127\.0\.0\.1:(\d+)/\n", self.read_errors())
        return found and found.group(1)

    def ask(self, path, method, headers):
        """Connection, its socket, and the answer's beginning."""
        end = time.monotonic() + PATIENCE
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            try:
                connection.request(method, path,
                                   headers={k.replace("_", "-"): v for k, v in headers.items()})
                sock = connection.sock  # which is no more the connection's once it is answered
                return connection, sock, connection.getresponse()
            except (ConnectionError, http.client.BadStatusLine):
                connection.close()
                if not self.hasty or time.monotonic() > end:
                    raise

    def get(self, path, method="GET", **headers):
        connection, _, response = self.ask(path, method, headers)
        answer = Answer(response, response.read())
        connection.close()
        return answer

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)

    def send(self, data):
        """Raw bytes; what comes back until the connection is closed."""
        with self.connect() as connection:
            received = b""
            try:
                connection.sendall(data)
                while chunk := connection.recv(65536):
                    received += chunk
            except (ConnectionResetError, BrokenPipeError):
                pass
            except socket.timeout:
                fail(f"the connection stays open after {data[:60]!r}…")
            return received

    def stations(self):
        return self.get("/api/stations").json()["stations"]

    def metric(self, name):
        """The sum over all labels."""
        text = self.get("/metrics").body.decode()
        values = re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", text, re.MULTILINE)
        check(values, f"no metric {name}")
        return sum(map(float, values))

    def end(self):
        """Seconds that it took."""
        begin = time.monotonic()
        self.process.terminate()
        check(self.process.wait(PATIENCE) == 0,
              f"exit status {self.process.returncode}: {self.read_errors()}")
        return time.monotonic() - begin


class Events:
    """Listens to /api/events in a thread of its own."""

    def __init__(self, radio, stations, more="", **headers):
        path = "/api/events?stations=" + ",".join(stations) + more
        self.connection, self.socket, self.response = radio.ask(path, "GET", headers)
        check(self.response.status == 200, f"events: {self.response.status}")
        self.events = []
        self.bytes = 0
        self.ended = False
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        name = None
        try:
            for line in self.response:
                text = line.decode().rstrip("\n")
                self.bytes += len(line)
                if text.startswith("event: "):
                    name = text[7:]
                elif text.startswith("data: "):
                    self.events.append((name, json.loads(text[6:])))
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass
        self.ended = True

    def of(self, name):
        return [data for kind, data in list(self.events) if kind == name]

    def wait_for(self, name, truth=lambda data: True):
        found = wait_until(lambda: [data for data in self.of(name) if truth(data)], f"event {name}")
        return found[0]

    def close(self):
        """The thread sees the end of the connection, and is waited for."""
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        wait_until(lambda: self.ended, "the end of a stream")
        self.response.close()
