# SPDX-License-Identifier: GPL-2.0-or-later
"""What the benchmarks in Python share: runs that take turns, a table, and JSON beside it."""
import json
import os
import platform
import resource
import statistics
import subprocess

SONG = "/usr/share/games/dink/dink/Sound/1.ogg"  # Debian: freedink-data


def processor():
    """The CPU's name, and the widest vectors that it has."""
    try:
        with open("/proc/cpuinfo") as file:
            lines = [line.split(":", 1) for line in file if ":" in line]
    except OSError:
        return platform.processor()
    fields = {key.strip(): value.strip() for key, value in reversed(lines)}
    flags = fields.get("flags", "").split()
    widest = next((flag for flag in ("avx512f", "avx2", "sse2") if flag in flags), "")
    cache = fields.get("cache size", "")
    return f"{fields.get('model name', platform.machine())}, {widest}, cache {cache}"


def children_cpu():
    """Seconds of CPU that children which have ended took."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run_cpu(command, **options):
    """Runs a command and returns the seconds of CPU that it took."""
    before = children_cpu()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed with status {done.returncode}")
    return children_cpu() - before


def make_songs(folder, n, seconds):
    """MP3s of a free recording, over and over, from another place for each song; their paths."""
    songs = []
    for i in range(n):
        path = os.path.join(folder, f"song {i:03}.mp3")
        subprocess.run(["ffmpeg", "-v", "error", "-stream_loop", "20", "-ss", str(7 * i % 90), "-i", SONG, "-t",
                        str(seconds), "-map_metadata", "-1", "-map_metadata:s", "-1", "-b:a", "128k", path], check=True)
        songs.append(path)
    return songs


def take_turns(contenders, rounds):
    """Calls every contender once in each round; {name: [what it returned]}."""
    figures = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            figures[name].append(contender())
    return figures


def ratio(figures, name, reference):
    """Median over the rounds of a contender against the reference in the same round."""
    return statistics.median(a / b for a, b in zip(figures[name], figures[reference]))


def report(benchmark, what, figures, reference, unit, scale=1.0, **facts):
    """Prints a table of the least and the median figure of each contender and its ratio to the
    reference, and writes all of it to BENCHMARK.json in the working directory."""
    print(f"{what}\non {processor()}, {len(figures[reference])} alternating runs\n")
    print(f"{'':44} {'least':>10} {'median':>10} {'ratio':>7}")
    rows = {}
    for name, values in figures.items():
        least, median = min(values) * scale, statistics.median(values) * scale
        against = ratio(figures, name, reference)
        rows[name] = {"least": least, "median": median, "ratio": against}
        print(f"{name:44} {least:10.3f} {median:10.3f} {against:7.2f}  {unit}")
    for name, value in facts.items():
        print(f"{name.replace('_', ' ')}: {value}")
    result = {"benchmark": benchmark, "what": what, "processor": processor(), "unit": unit,
              "reference": reference, "rows": rows, "facts": facts}
    path = os.path.abspath(f"{benchmark}.json")
    with open(path, "w") as file:
        json.dump(result, file, indent=2)
    print(f"({path})")
