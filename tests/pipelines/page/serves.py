#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""serves.py SERVER: genre-radio's page says what is on, to polite clients; SERVER has stations."""
import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from datetime import datetime

from client import Events, Radio, check, fail, wait_until

server = sys.argv[1]
HEADERS = {
    "Content-Security-Policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
MEMBERS = {"id", "name", "kind", "state", "error", "retryIn", "title", "genre", "genreName",
           "confidence", "music",
           "reason", "final", "lastAnswer", "since"}


def write_stations(*names):
    lines = [f"Station {name} = {server}/{name}\n" for name in names]
    lines += ["Secret = http://user:geheim@127.0.0.1:9/x?token=geheim\n",
              "http://user:geheim@127.0.0.1:9/y?token=geheim\n",
              "No host = http://user:geheim@/z?token=geheim\n"]
    with open("new.txt", "w", encoding="utf-8") as file:
        file.write("".join(lines))
    os.rename("new.txt", "stations.txt")


def find(radio, name):
    found = [station for station in radio.stations() if station["name"] == name]
    check(len(found) == 1, f"{name}: {len(found)} stations")
    return found[0]


def check_files(radio):
    for path in ("/", "/station/" + radio.stations()[0]["id"]):
        answer = radio.get(path)
        check(answer.status == 200, f"{path}: {answer.status}")
        check(answer.headers["Content-Type"] == "text/html; charset=utf-8", path)
        for name, value in HEADERS.items():
            check(answer.headers[name] == value, f"{path}: {name}: {answer.headers[name]}")
        again = radio.get(path, If_None_Match=answer.headers["ETag"])
        check(again.status == 304 and again.body == b"",
              f"{path}: {again.status} although it is known")
        check(again.headers["Content-Length"] is None, f"{path}: a length that is not the page's")
        head = radio.get(path, "HEAD")
        check(head.status == 200 and head.body == b"", f"{path}: HEAD")
        check(head.headers["Content-Length"] == str(len(answer.body)), f"{path}: length of HEAD")
        check(radio.get(path, Range="bytes=0-3").body == answer.body, f"{path}: a part")


def read_settled_list(radio):
    """None as long as stations are not yet what they are for."""
    listed = radio.get("/api/stations").json()
    stations = {station["name"]: station for station in listed["stations"]}
    settled = (stations["Station good.mp3"]["genre"] and
               stations["Station forbidden"]["state"] == "broken" and
               stations["Secret"]["state"] == "waiting")
    return listed if settled else None


def check_list(radio):
    listed = wait_until(lambda: read_settled_list(radio),
                        "an answer, a broken and a waiting station")
    check([genre["id"] for genre in listed["genres"]][:2] == ["blues", "classical"], "genres")
    check({"id": "hiphop", "name": "Hip-Hop"} in listed["genres"], "names of genres")
    check([station["name"] for station in listed["stations"]] ==
          ["Station good.mp3", "Station titles", "Station forbidden", "Secret",
           "http://127.0.0.1:9/y"], "order")
    for station in listed["stations"]:
        check(set(station) == MEMBERS, f"members of {station}")
    forbidden = listed["stations"][2]
    check(forbidden["error"] == "403 Forbidden" and forbidden["retryIn"] > 0, str(forbidden))
    check(forbidden["genre"] is None and forbidden["confidence"] is None, str(forbidden))
    check(forbidden["lastAnswer"] is None, str(forbidden))
    good = listed["stations"][0]
    check(good["since"] <= good["lastAnswer"] <= listed["time"], str(good))
    zipped = radio.get("/api/stations", Accept_Encoding="gzip")
    check(zipped.headers["Content-Encoding"] == "gzip", "not compressed")
    check(b'"stations":[' in gzip.decompress(zipped.body), "compressed nonsense")


def check_title(radio):
    title = wait_until(lambda: find(radio, "Station titles")["title"], "a title")
    check(title == "\\x1b]0;owned\\x07<script>alert(1)</script>", f"title {title}")


def read_answered(radio, station):
    day = radio.get("/api/stations/" + station).json()
    return day if day["probabilities"] else None


def check_station(radio):
    station = find(radio, "Station good.mp3")
    answer = radio.get("/api/stations/" + station["id"])
    check(answer.status == 200, f"a station: {answer.status}")
    day = wait_until(lambda: read_answered(radio, station["id"]), "an answer")
    check(len(day["day"]["minutes"]) == 1440, "a day")
    check(abs(sum(day["probabilities"].values()) - 1) < 0.01, "probabilities")
    check(day["history"] is True, "no history")
    check([genre["id"] for genre in day["genres"]] == list(day["probabilities"]),
          "genres of a station")
    def find_song():
        songs = radio.get("/api/stations/" + station["id"]).json()["songs"]
        return [song for song in songs if song["title"] == "Artist - One" and song["end"]]

    song = wait_until(find_song, "a song")
    check(song[0]["confidence"] > 0, str(song))


def check_two_onlookers(radio, events, station):
    """Who closes a picture takes it from nobody else."""
    other = Events(radio, [station], "&spectrogram=1")
    other.wait_for("spectrogram")
    other.close()
    wait_until(lambda: radio.metric("genre_radio_page_event_streams") == 1,
               "one of two onlookers gone")
    seen = len(events.of("spectrogram"))
    wait_until(lambda: len(events.of("spectrogram")) > seen + 8,
               "spectrograms although another onlooker went")


def check_events(radio):
    """Left open, for the next minute."""
    ids = [find(radio, "Station " + name)["id"] for name in ("good.mp3", "titles")]
    events = Events(radio, [ids[0], "000000000000", "nonsense"], "&spectrogram=1")
    first = events.wait_for("station")
    check(first["id"] == ids[0] and len(first["hour"]["minutes"]) == 60, str(first))
    picture = events.wait_for("spectrogram")
    check(picture["bands"] == 128 and 24 < picture["rate"] < 25, str(picture)[:80])
    plain = Events(radio, ids)
    for station in ids:
        plain.wait_for("station", lambda data, wanted=station: data["id"] == wanted)
    seen = len(events.of("spectrogram"))
    wait_until(lambda: len(events.of("spectrogram")) > seen + 8, "more spectrograms")
    check(not plain.of("spectrogram"), "a spectrogram that nobody wants")
    check({data["id"] for _, data in events.events if "id" in data} == {ids[0]},
          "events of stations that nobody asked for")
    plain.close()
    wait_until(lambda: radio.metric("genre_radio_page_event_streams") == 1,
               "one of two streams closed")
    check_two_onlookers(radio, events, ids[0])
    return events


def check_reload(radio, events):
    stayer = find(radio, "Station good.mp3")
    write_stations("good.mp3", "plain.mp3")
    radio.process.send_signal(signal.SIGHUP)
    events.wait_for("stations")
    wait_until(lambda: any(station["name"] == "Station plain.mp3" for station in radio.stations()),
               "a list with a new station")  # missed minutes are told in the same way
    check(find(radio, "Station good.mp3")["id"] == stayer["id"], "another id after a reload")
    check(find(radio, "Station good.mp3")["since"] == stayer["since"], "joined anew after a reload")
    wait_until(lambda: find(radio, "Station plain.mp3")["state"] == "listening", "a new station")
    check(not any(station["name"] == "Station titles" for station in radio.stations()),
          "a station that is gone")
    seen = len(events.of("spectrogram"))
    wait_until(lambda: len(events.of("spectrogram")) > seen, "spectrograms after a reload")
    os.rename("stations.txt", "elsewhere.txt")
    radio.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "stations.txt" in radio.read_errors(), "a fault")
    check(find(radio, "Station plain.mp3"), "a list that cannot be read")
    check(not events.ended, "the events have ended")


def check_metrics(radio):
    answer = radio.get("/metrics")
    check(answer.headers["Content-Type"].startswith("text/plain; version=0.0.4"),
          "type of /metrics")
    text = answer.body.decode()
    check(radio.metric("genre_radio_stations") == len(radio.stations()), "stations by state")
    check(radio.metric("genre_radio_answers_total") > 0, "answers")
    check(radio.metric("genre_radio_inference_seconds_sum") > 0, "inference")
    check(radio.metric("genre_radio_dropped_audio_seconds_total") == 0, "of what servers send at first some is dropped")
    with open(os.path.join(os.environ["GENRE_PIPELINES"], "radio", "operations", "grafana.json"),
              encoding="utf-8") as file:
        dashboard = json.load(file)
    for name in re.findall(r"(?:genre_radio|process)_[a-z_]+", json.dumps(dashboard["panels"])):
        check(re.search(rf"^{name}[ {{]", text, re.MULTILINE),
              f"the dashboard shows {name}, which there is not")
    if shutil.which("promtool"):
        result = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                                capture_output=True,
                                check=False)
        check(result.returncode == 0 and not result.stderr, f"promtool: {result.stderr}")
    try:
        from prometheus_client.parser import text_string_to_metric_families
    except ImportError:
        return
    check(len(list(text_string_to_metric_families(text))) > 10, "what a parser reads")


def check_secrets(radio, events):
    shown = b"".join(radio.get(path).body for path in ("/api/stations", "/metrics", "/healthz"))
    shown += radio.read_errors().encode() + repr(events.events).encode()
    check(b"geheim" not in shown, "a password")
    check(re.search(r"^genre-radio: stations\.txt: line \d+: http:///z: ", radio.read_errors(), re.M),
          f"a station that is none is not named: {radio.read_errors()}")
    check(b"http://127.0.0.1:9/y" in shown, "a station without a name has none")
    check(not any(byte < 32 and byte not in b"\n" for byte in shown), "control characters")


def check_minute(events):
    """One in which something was heard."""
    minute = events.wait_for("minute", lambda data: data["genre"] != " ")
    check(set(minute) == {"id", "minute", "genre"} and len(minute["genre"]) == 1, str(minute))
    return minute


def check_memory(radio, minute):
    """What was heard in a run before."""
    day = radio.get("/api/stations/" + find(radio, "Station good.mp3")["id"]).json()["day"]
    begin, then = (datetime.fromisoformat(time) for time in (day["begin"], minute["minute"]))
    remembered = day["minutes"][int((then - begin).total_seconds()) // 60]
    check(remembered == minute["genre"], f"{minute} is remembered as {remembered!r}")


def main():
    write_stations("good.mp3", "titles", "forbidden")
    radio = Radio("--stations", "stations.txt", "--history", "history.sqlite")
    health = radio.get("/healthz")
    check((health.status, health.body) == (200, b"ok\n"), f"health: {health.status} {health.body}")
    check_files(radio)
    check_list(radio)
    check_title(radio)
    check_station(radio)
    events = check_events(radio)
    check_reload(radio, events)
    check_metrics(radio)
    minute = check_minute(events)
    check_secrets(radio, events)
    check(radio.end() < 20, "it takes long to end")
    wait_until(lambda: events.ended, "the end of events")
    # the day is remembered
    os.rename("elsewhere.txt", "stations.txt")
    radio = Radio("--stations", "stations.txt", "--history", "history.sqlite", name="again")
    check_memory(radio, minute)
    radio.end()
    for line in radio.read_errors().splitlines():
        if not line.startswith("genre-radio: "):
            fail(f"on standard error: {line}")


main()
