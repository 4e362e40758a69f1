#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench_page.py GENRE-RADIO [--stations=1000] [--heard=100] [--seconds=20]: genre-radio's page with
so many stations, of which some are heard (the others are refused): time to the whole answer on a
new connection, and bytes a second of a page that shows 100 of those that are heard, with and
without spectrograms."""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
PIPELINES = os.path.join(HERE, os.pardir, "pipelines")
sys.path.insert(0, os.path.join(PIPELINES, "page"))
from client import Events, Radio, wait_until  # noqa: E402

SONG = "/usr/share/games/dink/dink/Sound/1.ogg"
BURST = 40  # s: what a station sends at first is heard at once


def make_music():
    if not os.path.exists(SONG):
        print("SKIP: needs the package freedink-data")
        sys.exit(77)
    subprocess.run(["gst-launch-1.0", "-q", "filesrc", "location=" + SONG, "!", "decodebin", "!",
                    "audioconvert", "!",
                    "audioresample", "!", "lamemp3enc", "target=bitrate", "bitrate=128",
                    "cbr=true", "!", "filesink",
                    "location=music.mp3"], check=True)


def time_answers(radio, path, rounds=20, **headers):
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        answer = radio.get(path, **headers)
        times.append(1000 * (time.perf_counter() - begin))
    print(f"{path:16} {statistics.median(times):6.1f} ms median, {max(times):6.1f} ms most, "
          f"{len(answer.body):8} bytes{' (gzip)' if headers else ''}")


def count_bytes(radio, ids, seconds, more):
    """Of the response's body."""
    events = Events(radio, ids, more)
    time.sleep(BURST)
    before, begin = events.bytes, time.monotonic()
    time.sleep(seconds)
    rate = (events.bytes - before) / (time.monotonic() - begin)
    print(f"{len(ids)} visible{' with spectrograms' if more else '':18} {rate / 1e6:.3f} MB/s")
    events.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--stations", type=int, default=1000)
    parser.add_argument("--heard", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    os.environ["GENRE_BUILD"] = os.path.dirname(os.path.dirname(os.path.abspath(options.program)))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        make_music()
        with subprocess.Popen([sys.executable, os.path.join(PIPELINES, "stations.py"), "port",
                               "."]) as server:
            try:
                wait_until(lambda: os.path.exists("port"), "a server")
                with open("port", encoding="ascii") as file:
                    source = f"http://127.0.0.1:{file.read()}"
                measure(options, source)
            finally:
                server.terminate()


def measure(options, source):
    with open("stations.txt", "w", encoding="ascii") as file:
        for i in range(options.stations):
            uri = f"{source}/good.mp3?{i}" if i < options.heard else f"http://127.0.0.1:9/{i}"
            file.write(f"A station called number {i} = {uri}\n")
    radio = Radio("--stations", "stations.txt", "--history", "history.sqlite",
                  environment={"no_proxy": "127.0.0.1"})
    wait_until(lambda: sum(station["genre"] is not None
                           for station in radio.stations()) >= options.heard, "answers")
    time.sleep(BURST)
    for path, headers in (("/", {}), ("/api/stations", {}),
                          ("/api/stations", {"Accept_Encoding": "gzip"}),
                          ("/metrics", {})):
        time_answers(radio, path, **headers)
    ids = [station["id"] for station in radio.stations()[:min(100, options.heard)]]
    count_bytes(radio, ids, options.seconds, "")
    count_bytes(radio, ids, options.seconds, "&spectrogram=1")
    print(f"{radio.metric('process_resident_memory_bytes') / 1e6:.0f} MB resident, "
          f"{radio.metric('genre_radio_dropped_audio_seconds_total'):.0f} s of audio dropped")
    radio.end()


main()
