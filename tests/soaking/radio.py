# SPDX-License-Identifier: GPL-2.0-or-later
"""genre-radio with stations that go wrong: no song is missed, everybody is back, nothing grows."""
import collections
import contextlib
import sqlite3
import threading
import time

import client
import songs
from broadcaster import FAULTS, SURE, Broadcaster
from figures import Verdict, Watch, busy_factor, describe_rise, settled_figures

BACK = 30  # s after its server everybody is back; a busy machine adds what it makes of one
PER_STATION = 1.5  # MB
BASE = 60  # MB that few stations take, too
PAGE = 200  # stations that one reader of events may ask for
FOUL = 3  # threads more of a station that is decoded the other way since garbage came
DROPPED = "genre_radio_dropped_audio_seconds_total"

# By which resident memory may rise in the second half of so many minutes, and less of longer ones:
# while glibc's arenas fill it does though nothing is lost.
SHARES = (2, 0.3), (20, 0.08), (float("inf"), 0.03)


class Reader:
    """Asks for /metrics again and again, as Prometheus does."""

    def __init__(self, radio):
        self.radio = radio
        self.over = threading.Event()
        self.asked = 0
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.over.wait(2):
            self.radio.metric("genre_radio_stations")
            self.asked += 1

    def close(self):
        self.over.set()
        self.thread.join()


def wait_for_all(radio, what):
    """Names who is not heard."""
    end = time.monotonic() + client.PATIENCE
    while away := [one for one in radio.stations() if one["state"] != "listening"]:
        if time.monotonic() > end:
            named = [f"{one['name']} ({one['state']}, {one['error']})" for one in away[:10]]
            client.fail(f"{what}: {len(away)} stations are not heard: {', '.join(named)}")
        time.sleep(0.5)


def read_songs(path):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as history:
        return collections.Counter(title for title, in history.execute("SELECT title FROM song"))


def check_songs(verdict, stations, found, end, sure):
    sent = [song for station in stations for song in station.sent]
    whole = [song for song in sent if song.is_whole(end, sure)]
    lost = [song for song in whole if song.title not in found]
    missed = [f"{song.title} ({song.describe()})" for song in lost]
    twice = [song.title for song in whole if song.ogg and found[song.title] > 1]
    print(f"songs: {len(sent)} begun, {len(whole)} sent whole and {sure:.0f} s before the end, "
          f"{len(missed)} missed, {len(twice)} told twice", flush=True)
    verdict.check(whole, "no song was sent whole")
    verdict.check(not missed, f"missing in the history: {', '.join(missed[:10])}")
    verdict.check(not twice, f"more than once in the history: {', '.join(twice[:10])}")


def check_joins(verdict, broadcaster, most):
    spans = {}
    for span, cause in broadcaster.joined:
        if cause:
            spans.setdefault(cause, []).append(max(span, 0.0))
    for cause, of_cause in sorted(spans.items()):
        of_cause.sort()
        print(f"back after {cause}: {len(of_cause)} times, median "
              f"{of_cause[len(of_cause) // 2]:.1f} s, at most {of_cause[-1]:.1f} s", flush=True)
    slowest = max((span for span, _ in broadcaster.joined), default=0)
    verdict.check(slowest <= most, f"a station was back {slowest:.1f} s after its server; at most "
                                   f"{BACK} s are promised, {most:.0f} s on a machine this busy")
    verdict.check(not broadcaster.hasty, f"not as Retry-After asked: {broadcaster.hasty[:5]}")


def check_figures(verdict, before, after, samples, n, n_foul, share):
    print(f"before: {before}; after: {after}", flush=True)
    print(describe_rise(samples), flush=True)
    verdict.check_flat("genre-radio", samples, share)
    verdict.check(after.descriptors <= before.descriptors + 2,
                  f"{after.descriptors} descriptors, {before.descriptors} before")
    verdict.check(after.threads <= before.threads + FOUL * n_foul,
                  f"{after.threads} threads, {before.threads} before, "
                  f"and {n_foul} stations were sent garbage")
    peak = max(one.resident for one in samples)
    print(f"resident: at most {peak:.1f} MB, {peak / n:.2f} MB a station", flush=True)
    verdict.check(peak <= (PER_STATION * n if n >= 150 else BASE + PER_STATION * n),
                  f"{peak:.1f} MB resident for {n} stations")


def stir(broadcaster, radio, minutes):
    """What the program held meanwhile."""
    watch = Watch(radio.process.pid)
    broadcaster.unrest = True
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        time.sleep(1)
        client.check(radio.process.poll() is None, f"genre-radio has ended: {radio.read_errors()}")
    broadcaster.unrest = False
    return watch.close()


class Audience:
    """Who looks on: a page for all stations, and what asks for /metrics."""

    def __init__(self, radio):
        identities = [one["id"] for one in radio.stations()]
        self.n = len(identities)
        self.pages = [client.Events(radio, identities[i:i + PAGE]) for i in range(0, self.n, PAGE)]
        self.reader = Reader(radio)

    def check(self, verdict):
        told = sum(len(page.of("station")) for page in self.pages)
        verdict.check(told > self.n, f"a page was told of {told} changes of {self.n} stations")
        verdict.check(not any(page.ended for page in self.pages), "a page was left alone")
        verdict.check(self.reader.asked > 0 and self.reader.thread.is_alive(),
                      f"/metrics was answered {self.reader.asked} times, then no more")

    def close(self):
        self.reader.close()
        for page in self.pages:
            page.close()


def wait_for_calm(broadcaster, radio, verdict):
    """Until everybody is back, and stays."""
    wait_for_all(radio, "after the last fault")
    client.wait_until(lambda: all(one.back is None for one in broadcaster.stations),
                      "everybody is connected")
    time.sleep(5)
    wait_for_all(radio, "some seconds later")
    away = [one.number for one in broadcaster.stations if one.back is not None]
    verdict.check(not away, f"stations that nobody came back to: {away}")


def end(radio, verdict):
    """When it was asked to."""
    asked, factor = time.monotonic(), busy_factor()
    took = radio.end()
    print(f"ended {took:.2f} s after SIGTERM, {factor:.1f} waiting for each processor", flush=True)
    verdict.check(took <= 2 * factor + 1, f"SIGTERM took {took:.1f} s")
    return asked


def listen(broadcaster, n, minutes, haste, verdict):
    """One run of genre-radio; when it was asked to end."""
    with open("stations.txt", "w", encoding="ascii") as file:
        file.writelines(f"Station {i} = {broadcaster.url(i)}\n" for i in range(n))
    radio = client.Radio("--stations", "stations.txt", "--history", "radio.sqlite", haste=haste,
                         environment={"no_proxy": "127.0.0.1"})
    wait_for_all(radio, "at first")
    audience = Audience(radio)
    time.sleep(5 if haste > 1 else 20)  # until the first answers have been there
    before, dropped = settled_figures(radio.process.pid), radio.metric(DROPPED)
    samples = stir(broadcaster, radio, minutes)
    wait_for_calm(broadcaster, radio, verdict)
    after = settled_figures(radio.process.pid)
    print(f"dropped because the machine was too slow: {dropped:.1f} s of audio while all began, "
          f"{radio.metric(DROPPED) - dropped:.1f} s afterwards", flush=True)
    audience.check(verdict)
    audience.close()
    asked = end(radio, verdict)
    foul = sum(any(song.fouled for song in one.sent) for one in broadcaster.stations)
    share = next(share for most, share in SHARES if minutes < most)
    check_figures(verdict, before, after, samples, n, foul, share)
    return asked


def soak(options):
    """Faults, as texts."""
    songs.check_tools()
    n, minutes, haste = options.stations, options.minutes, 1 if options.minutes >= 2 else 5
    print(f"radio: {n} stations for {minutes:g} minutes, seed {options.seed}"
          + (f", everything waits 1/{haste}" if haste > 1 else ""), flush=True)
    verdict = Verdict()
    made = songs.make_songs(".", 30 if minutes >= 2 else 5, 3)
    broadcaster = Broadcaster(made, n, options.seed, minutes, haste)
    try:
        asked = listen(broadcaster, n, minutes, haste, verdict)
    finally:
        broadcaster.stop()
    if broadcaster.error:
        raise broadcaster.error
    print("faults: " + ", ".join(f"{n} {name}" for name, n in broadcaster.faults.items()))
    verdict.check(sum(broadcaster.faults.values()) > 0, f"none of {FAULTS} happened")
    busy = busy_factor()
    check_joins(verdict, broadcaster, BACK + busy - 1)
    sure = SURE if haste > 1 else SURE + busy - 1  # a few stations are read in time
    check_songs(verdict, broadcaster.stations, read_songs("radio.sqlite"), asked, sure)
    verdict.check("CRITICAL" not in (errors := client_errors()) and "WARNING" not in errors,
                  "GLib complains: " + errors[-500:])
    return verdict.faults


def client_errors():
    with open("radio.err", encoding="utf-8", errors="replace") as file:
        return file.read()
