#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench_radio.py BROADCAST GENRE-RADIO[,ANOTHER...] [--stations=50,100,200] [--seconds=60] [--sounds=mp3,ogg]:
how many stations a core carries. Stations at 128 kbit/s, MP3 and Ogg Vorbis in turn, are served in real time by one
small process, whose CPU does not count; genre-radio hears them all, with a history, and its own CPU time and memory
are read from /proc. With --visible=N a page is open that shows N of them, with spectrograms. Several programs (an old and a new one) take turns. GST_PLUGIN_PATH says where the element is:
PROGRAM@FOLDER says it for one program alone. Where much was dropped the machine was too busy for a measurement: what is
not heard costs nothing."""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import measure  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
RATE = 44100
RAW = f"audio/x-raw,format=S16LE,rate={RATE},channels=2"
# Tones that come and go over noise, four minutes.
SOUND = " ".join(f"audiotestsrc num-buffers=2400 samplesperbuffer=4410 {what} ! {RAW} ! m."
                 for what in ("wave=ticks freq=300", "wave=pink-noise volume=0.3", "wave=saw freq=147 volume=0.2"))
ENCODERS = {"mp3": "lamemp3enc target=bitrate bitrate=128 cbr=true",
            "ogg": "vorbisenc quality=0.4 ! oggmux",
            "opus": "audioresample ! opusenc bitrate=128000 ! oggmux"}


def launch(*words):
    subprocess.run(["gst-launch-1.0", "-q"] + [part for word in words for part in word.split(" ")], check=True)


def encode(folder, kinds, music):
    """FILE=BYTES-A-SECOND of each kind; what is in the folder already is not made again."""
    raw = os.path.join(folder, "sound.raw")
    if not os.path.exists(raw) and music:
        subprocess.run(["gst-launch-1.0", "-q", "filesrc", f"location={music}", "!", "decodebin", "!", "audioconvert",
                        "!", "audioresample", "!", RAW, "!", "filesink", f"location={raw}"], check=True)
    elif not os.path.exists(raw):
        launch(f"audiomixer name=m ! audioconvert ! {RAW} ! filesink location={raw}", SOUND)
    for kind in kinds:
        path = os.path.join(folder, f"sound.{kind}")
        if not os.path.exists(path):
            launch(f"filesrc location={raw} ! rawaudioparse sample-rate={RATE} num-channels=2 ! audioconvert !",
                   f"{ENCODERS[kind]} ! filesink location={path}")
        yield f"{path}={os.path.getsize(path) * RATE * 4 / os.path.getsize(raw):.1f}"


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS, int(fields[11]) / TICKS


def megabytes(pid, name):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return int(re.search(rf"^{name}:\s+(\d+) kB", file.read(), re.MULTILINE).group(1)) / 1024


def count_switches(pid):
    """Context switches of all threads, and how many threads there are."""
    total = threads = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/status") as file:
                total += sum(int(n) for n in re.findall(r"^\w*ctxt_switches:\s+(\d+)", file.read(), re.MULTILINE))
        except OSError:
            continue
        threads += 1
    return total, threads


def share_dropped(lines):
    """Without a page to ask, of made sounds, which are answered at even steps: of the audio between the first and the
    last answer of each station what passes between two answers, less what passes where nothing is dropped, which is
    the least that does anywhere."""
    ends = {}
    for line in lines:
        if line.get("genre") and not line["final"]:
            ends.setdefault(line["source"], []).append(line["position"] + line["duration"])
    steps = [b - a for of_one in ends.values() for a, b in zip(of_one, of_one[1:])]
    return 1 - min(steps) * len(steps) / sum(steps) if steps else 1


class Page:
    """What a browser asks for, until genre-radio ends."""

    def __init__(self, radio, visible):
        self.uri = re.search(r"listening on (\S+)/", radio.stderr.readline()).group(1)
        self.directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self.n_bytes = 0
        with self.directly.open(f"{self.uri}/api/stations") as answer:
            ids = [station["id"] for station in json.load(answer)["stations"]][:visible]
        self.events = self.directly.open(f"{self.uri}/api/events?stations={','.join(ids)}&spectrogram=1")
        threading.Thread(target=self.follow, daemon=True).start()

    def follow(self):
        while part := self.events.read1(1 << 16):
            self.n_bytes += len(part)

    def dropped_seconds(self):
        with self.directly.open(f"{self.uri}/metrics") as answer:
            return float(re.search(r"^genre_radio_dropped_audio_seconds_total (\S+)$", answer.read().decode(),
                                   re.MULTILINE).group(1))


def listen(program, port, n, options, folder):
    """One run: what genre-radio took."""
    program, _, plugins = program.partition("@")
    stations, history = os.path.join(folder, "stations.txt"), os.path.join(folder, "history.sqlite")
    with open(stations, "w") as file:
        file.writelines(f"Station {i} = http://127.0.0.1:{port}/{i}\n" for i in range(n))
    if os.path.exists(history):
        os.remove(history)
    environment = dict(os.environ, no_proxy="127.0.0.1")
    if plugins:
        environment["GST_PLUGIN_PATH"] = plugins
        environment["GST_REGISTRY"] = os.path.join(folder, plugins.strip("/").replace("/", "-"))
    listening = ["--listen", "127.0.0.1:0"] if options.visible else []
    radio = subprocess.Popen([program, "--stations", stations, "--json", "--history", history] + listening,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE if listening else None, text=True,
                             env=environment)
    page = Page(radio, options.visible) if options.visible else None
    answers = os.path.join(folder, "answers.jsonl")
    with open(answers, "w") as file:
        writer = subprocess.Popen(["cat"], stdin=radio.stdout, stdout=file)
    time.sleep(options.warm_up)
    bytes_before, dropped_before = (page.n_bytes, page.dropped_seconds()) if page else (0, 0)
    begin, (before, user_before) = time.monotonic(), cpu_seconds(radio.pid)
    switches, _ = count_switches(radio.pid)
    time.sleep(options.seconds)
    wall, (after, user_after) = time.monotonic() - begin, cpu_seconds(radio.pid)
    now, threads = count_switches(radio.pid)
    row = {"stations": n, "cores": (after - before) / wall, "user": (user_after - user_before) / wall,
           "page": (page.n_bytes - bytes_before) / wall / 1e6 if page else 0, "switches": (now - switches) / wall / n, "threads": threads / n,
           "resident": megabytes(radio.pid, "Rss"), "proportional": megabytes(radio.pid, "Pss")}
    if page:
        row["dropped"] = (page.dropped_seconds() - dropped_before) / (wall * n)
    radio.terminate()
    radio.wait(30)
    writer.wait(30)
    with open(answers) as file:
        lines = [json.loads(line) for line in file]
    heard = {line["source"] for line in lines if line.get("genre")}
    faults = [line for line in lines if line.get("error")]
    row.update(heard=len(heard), faults=len(faults))
    row.setdefault("dropped", share_dropped(lines))
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("broadcast")
    parser.add_argument("programs")
    parser.add_argument("--stations", default="50,100,200")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--warm-up", type=float, default=25)
    parser.add_argument("--visible", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--sounds", default="mp3,ogg")
    parser.add_argument("--music", help="a recording to encode, instead of made sounds")
    parser.add_argument("--folder", help="where the sounds are kept, for the next run")
    options = parser.parse_args()
    print(f"stations in real time, with a history\non {measure.processor()}\n")
    print(f"{'stations':>8} {'cores':>7} {'user':>5} {'stations/core':>13} {'resident':>9} {'PSS':>8} {'per station':>11} "
          f"{'switches/s':>10} {'threads':>7} {'dropped':>7} {'heard':>6} {'faults':>6} {'page':>9}")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        sounds = list(encode(options.folder or folder, options.sounds.split(","), options.music))
        server = subprocess.Popen([options.broadcast] + sounds, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        port = int(server.stdout.readline())
        for n in (int(text) for text in options.stations.split(",")):
            for _ in range(options.rounds):
                for program in options.programs.split(","):
                    row = listen(program, port, n, options, folder)
                    row["program"] = program
                    rows.append(row)
                    print(f"{n:8} {row['cores']:7.3f} {row['user'] / row['cores']:5.2f} {n / row['cores']:13.0f} "
                          f"{row['resident']:6.0f} MB {row['proportional']:5.0f} MB {row['resident'] / n:8.2f} MB "
                          f"{row['switches']:10.1f} {row['threads']:7.1f} {row['dropped']:7.1%} {row['heard']:6} {row['faults']:6} "
                          f"{row['page']:4.2f} MB/s  {program}",
                          flush=True)
        server.stdin.close()
        server.wait(30)
    path = os.path.abspath("radio.json")
    with open(path, "w") as file:
        json.dump({"benchmark": "radio", "processor": measure.processor(), "rows": rows}, file, indent=2)
    print(f"({path})")


main()
