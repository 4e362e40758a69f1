#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench_queue.py GENRE-TAG BENCH-QUEUE [--songs=48] [--rounds=5] [--workers=1000] [--seconds=20] [--tracks=100000] [--wait=1]:
genre-tag over a queue, with a redis-server of its own (Debian; appendonly, everysec) on this machine.

overhead   one worker against genre-tag on the same folder, in turns: wall clock, CPU with Redis's
two        two workers with a job and a processor each against one with one, in turns; with two, one uses more than one of them, for
           a file is decoded while it is heard
enqueue    so many tracks, from a list: how long, memory of genre-tag and of Redis
memory     a worker where 1,000 tracks are left, and where all of them are
redis      bench-queue: workers that take, wait and finish, without a pause and with one; what is finished, Redis's CPU and memory,
           how long a take and a finish last"""
import argparse
import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import measure  # noqa: E402

SECONDS = 240  # of a song
RECORDINGS = 12  # of which all others are copies
TICK = os.sysconf("SC_CLK_TCK")
FEW = 1000
N_HEARD = 300  # tracks after which a worker's memory is looked at


class Redis:
    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--dir", folder, "--save", "",
             "--appendonly", "yes", "--appendfsync", "everysec"], stdout=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while self.run("ping", check=False) != "PONG":
            if time.monotonic() > end or self.process.poll() is not None:
                raise RuntimeError("redis-server does not start")
            time.sleep(0.1)

    def run(self, *words, check=True):
        return subprocess.run(["redis-cli", "-p", str(self.port), *words], capture_output=True, text=True,
                              check=check).stdout.strip()

    def cpu(self):
        """Seconds so far, its threads and what it has forked included."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return sum(map(int, fields[11:15])) / TICK

    def memory(self):
        """Bytes of what it holds, and of its connections."""
        fields = dict(line.split(":", 1) for line in self.run("info", "memory").splitlines() if ":" in line)
        return int(fields["used_memory"])

    def queue(self, name):
        return ["--queue", f"redis://127.0.0.1:{self.port}/{name}"]


class Bench:
    def __init__(self, options, redis, folder):
        self.options, self.redis, self.folder = options, redis, folder
        self.number = 0
        self.facts = {}

    def say(self, name, value, text):
        self.facts[name] = value
        print(text, flush=True)

    def enqueue(self, *what):
        return self.enqueue_watched(*what)[0]

    def enqueue_list(self, n):
        """The queue, and what it has taken: s, and the most memory that it has had, KiB."""
        path = os.path.join(self.folder, "list")
        with open(path, "w", encoding="ascii") as file:
            file.writelines(f"/srv/music/an artist of some name/a long player of theirs/{i:07} a title.flac\n" for i in range(n))
        begin = time.monotonic()
        name, most = self.enqueue_watched("--list", path)
        return name, time.monotonic() - begin, most

    def enqueue_watched(self, *what):
        """The queue, and the most memory, KiB: not that of wait4, in which this program's own is until it has become the other."""
        self.number += 1
        name, most = f"queue-{self.number}", 0
        with subprocess.Popen([self.options.tag, "enqueue", "--quiet", *self.redis.queue(name), *what]) as process:
            while process.poll() is None:
                most = max(most, peak(process.pid))
                time.sleep(0.01)
        if process.returncode != 0:
            raise RuntimeError("genre-tag enqueue failed")
        return name, most

    def run_workers(self, name, n, has_one=False):
        """Wall clock, and CPU of workers and Redis; each @has_one processor of its own, or all of them."""
        cpu, redis_cpu, begin = measure.children_cpu(), self.redis.cpu(), time.monotonic()
        command = [self.options.tag, "work", "--quiet", "--no-journal", "--jobs", "1", *self.redis.queue(name)]
        processors = sorted(os.sched_getaffinity(0))

        def place(i):
            return ["taskset", "--cpu-list", str(processors[i % len(processors)])] if has_one else []

        workers = [subprocess.Popen([*place(i), *command], stdout=subprocess.DEVNULL) for i in range(n)]
        if any([worker.wait() for worker in workers]):
            raise RuntimeError("a worker failed")
        wall = time.monotonic() - begin
        return wall, measure.children_cpu() - cpu + self.redis.cpu() - redis_cpu

    def run_alone(self, songs):
        begin = time.monotonic()
        cpu = measure.run_cpu([self.options.tag, "--quiet", "--json", "--no-journal", "--jobs", "1", songs])
        return time.monotonic() - begin, cpu

    # ---- the parts ----

    def overhead_and_two(self, songs):
        contenders = {"alone": lambda: self.run_alone(songs),
                      "one": lambda: self.run_workers(self.enqueue(songs), 1),
                      "one, with one processor": lambda: self.run_workers(self.enqueue(songs), 1, True),
                      "two, with one each": lambda: self.run_workers(self.enqueue(songs), 2, True)}
        figures = measure.take_turns(contenders, self.options.rounds)
        n = self.options.songs
        for name, runs in figures.items():
            self.say(name, runs, f"{name:24} {statistics.median(run[0] for run in runs) / n:8.3f} s a track, "
                     f"{statistics.median(run[1] for run in runs) / n:8.3f} s of CPU a track (medians of {len(runs)})")
        wall, cpu = (measure.ratio({name: [run[i] for run in runs] for name, runs in figures.items()}, "one", "alone")
                     for i in range(2))
        self.say("overhead", [wall, cpu], f"overhead of the queue: {100 * (wall - 1):+.1f} % of time, "
                 f"{100 * (cpu - 1):+.1f} % of CPU, Redis's included (wanted: at most 5)")
        speedup = 1 / measure.ratio({name: [run[0] for run in runs] for name, runs in figures.items()},
                                    "two, with one each", "one, with one processor")
        self.say("speedup", speedup, f"two workers with a processor each are {speedup:.2f} times one with one "
                 "(wanted: 1.8, with two free processors)")

    def enqueue_many(self):
        before, n = self.redis.memory(), self.options.tracks
        name, seconds, most = self.enqueue_list(n)
        self.say("enqueue", seconds, f"{n} tracks enqueued in {seconds:.2f} s (wanted: 10 for 100,000)")
        self.say("enqueue-memory", most, f"{most} KiB at most, of genre-tag enqueue")
        each = (self.redis.memory() - before) / n
        self.say("bytes-queued", each, f"a track in the queue has {each:.0f} bytes in Redis")
        return name

    def memory(self, name):
        """KiB of a worker and of the process that hears, the most that each has had."""
        with subprocess.Popen([self.options.tag, "work", "--quiet", "--no-journal", "--jobs", "1",
                               *self.redis.queue(name)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as worker:
            goal = int(self.redis.run("xlen", f"genre:{{{name}}}:results")) + N_HEARD
            while int(self.redis.run("xlen", f"genre:{{{name}}}:results")) < goal:
                if worker.poll() is not None:
                    raise RuntimeError("a worker ended too early")
                time.sleep(0.05)
            with open(f"/proc/{worker.pid}/task/{worker.pid}/children", encoding="ascii") as file:
                children = file.read().split()
            peaks = [peak(pid) for pid in (worker.pid, *children)]
            worker.terminate()
        return peaks

    def memories(self, many):
        few, _, most = self.enqueue_list(FEW)
        self.say("enqueue-memory-few", most, f"{most} KiB at most, of genre-tag enqueue with {FEW} tracks")
        for name, what in ((few, FEW), (many, self.options.tracks)):
            left = self.redis.run("xlen", f"genre:{{{name}}}:tasks")
            peaks = self.memory(name)
            self.say(f"memory-{what}", peaks, f"a worker with {left} tracks left: {peaks[0]} KiB at most, "
                     f"the process that hears: {', '.join(map(str, peaks[1:]))} KiB")

    def get_result(self, songs):
        name = self.enqueue(os.path.join(songs, sorted(os.listdir(songs))[0]))
        self.run_workers(name, 1)
        line = subprocess.run([self.options.tag, "collect", "--quiet", *self.redis.queue(name), "--json", "-"],
                              capture_output=True, text=True, check=True).stdout.strip()
        result = json.loads(line)
        del result["entry"]
        return json.dumps(result, ensure_ascii=False, separators=(",", ":"))

    def simulate(self, name, wait, result):
        """What bench-queue says, and Redis's CPU beside it."""
        options = self.options
        url, before = self.redis.queue(name)[1], self.redis.memory()
        with subprocess.Popen([options.bench, url, str(options.workers), str(options.seconds), str(wait), result],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as bench:
            if bench.stdout.readline() != "ready\n":
                raise RuntimeError("bench-queue does not begin")
            cpu = self.redis.cpu()
            bench.stdin.write("\n")
            bench.stdin.flush()
            line = bench.stdout.readline()
            cpu = self.redis.cpu() - cpu
        said = json.loads(line)
        said["tracks/s"] = said["finished"] / said["seconds"]
        said["redis-cpu-ms"] = 1000 * cpu / said["finished"]
        said["bytes"] = (self.redis.memory() - before) / said["finished"]
        self.say(f"redis-{wait:g}", said,
                 f"{options.workers} workers, {f'{wait:g} s for a track' if wait else 'no pause'}: {said['finished']} tracks in "
                 f"{said['seconds']:.1f} s, {said['tracks/s']:.0f}/s, "
                 f"{said['redis-cpu-ms']:.3f} ms of Redis's CPU each ({100 * cpu / said['seconds']:.0f} % of a processor); "
                 f"{said['bytes']:+.0f} bytes each in Redis, where a result takes the place of a track; {said['faults']} faults\n"
                 + "\n".join(f"    a {what} lasts {said[what]['median']:.2f} ms, 99 of 100 at most {said[what]['p99']:.2f} ms, "
                             f"the longest {said[what]['most']:.2f} ms" for what in ("take", "finish")))


def peak(pid):
    """KiB; 0: it has ended."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        return next((int(line.split()[1]) for line in file if line.startswith("VmHWM")), 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tag")
    parser.add_argument("bench")
    parser.add_argument("--songs", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--tracks", type=int, default=100000)
    parser.add_argument("--wait", type=float, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        redis = Redis(folder)
        stack.callback(redis.process.wait)
        stack.callback(redis.process.kill)
        bench = Bench(options, redis, folder)
        load = os.getloadavg()[0]
        bench.say("processor", measure.processor(), f"on {measure.processor()}, {os.cpu_count()} processors")
        songs = os.path.join(folder, "songs")
        os.mkdir(songs)
        made = measure.make_songs(songs, min(options.songs, RECORDINGS), SECONDS)
        for i in range(len(made), options.songs):
            shutil.copy(made[i % len(made)], os.path.join(songs, f"song {i:03}.mp3"))
        bench.overhead_and_two(songs)
        many = bench.enqueue_many()
        bench.memories(many)
        result = bench.get_result(songs)
        bench.simulate(many, options.wait, result)
        bench.simulate(many, 0, result)
        bench.say("load", [load, os.getloadavg()[0]], f"load: {load:.1f} before, {os.getloadavg()[0]:.1f} after")
    with open("queue.json", "w", encoding="utf-8") as file:
        json.dump({"benchmark": "queue", **bench.facts}, file, indent=2)
    print(f"({os.path.abspath('queue.json')})")


main()
