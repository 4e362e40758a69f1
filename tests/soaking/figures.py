# SPDX-License-Identifier: GPL-2.0-or-later
"""What a process holds: memory, threads, descriptors; and whether that grows."""
import os
import statistics
import threading
import time


def busy_factor():
    """How many waited for each processor lately: what takes a second alone takes so many."""
    return max(1.0, max(os.getloadavg()) / (os.cpu_count() or 1))


class Figures:
    """Of one process, now. OSError or IndexError when it has gone."""

    def __init__(self, pid):
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            self.resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2 ** 20
        self.threads = len(os.listdir(f"/proc/{pid}/task"))
        self.descriptors = len(os.listdir(f"/proc/{pid}/fd"))
        self.time = time.monotonic()

    @classmethod
    def of(cls, values):
        """As another process has taken them."""
        self = cls.__new__(cls)
        vars(self).update(values)
        return self

    def __str__(self):
        return f"{self.resident:.1f} MB, {self.threads} threads, {self.descriptors} descriptors"


def settled_figures(pid, samples=5):
    """The median of some seconds, so that what comes and goes counts for nothing."""
    taken = []
    for _ in range(samples):
        taken.append(Figures(pid))
        time.sleep(1)
    result = taken[-1]
    for name in "resident", "threads", "descriptors":
        setattr(result, name, statistics.median_low([getattr(one, name) for one in taken]))
    return result


def rise(points):
    """What a straight line through (time, value) rises by a minute; least squares."""
    if len(points) < 3:
        return 0.0
    mean_time = statistics.fmean(time for time, _ in points)
    mean = statistics.fmean(value for _, value in points)
    spread = sum((time - mean_time) ** 2 for time, _ in points)
    return 60 * sum((time - mean_time) * (value - mean) for time, value in points) / spread


def second_half(samples):
    return samples[len(samples) // 2:]


def memory_rise(samples):
    """MB a minute over the second half of Figures."""
    return rise([(one.time, one.resident) for one in second_half(samples)])


def describe_rise(samples):
    """Resident MB at each tenth of the time, so that a slope is told apart from a beginning."""
    tenths = [samples[(len(samples) - 1) * i // 10] for i in range(11)]
    return "resident, by tenths of the time: " + " ".join(f"{one.resident:.0f}" for one in tenths)


class Watch:
    """Takes Figures of a process until it is closed or the process has ended."""

    def __init__(self, pid, interval=1):
        self.pid, self.interval = pid, interval
        self.samples = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.over.wait(self.interval):
            try:
                self.samples.append(Figures(self.pid))
            except (OSError, IndexError):
                return

    def close(self):
        self.over.set()
        self.thread.join()
        return self.samples


class Verdict:
    """Everything that is wrong is said, not only the first."""

    def __init__(self):
        self.faults = []

    def check(self, truth, text):
        if not truth:
            self.faults.append(text)
            print(f"FAIL: {text}", flush=True)
        return truth

    def check_flat(self, what, samples, share):
        """Over the second half memory may rise by @share of itself, and by 2 MB anyway."""
        half = second_half(samples)
        if len(half) < 3:
            return
        slope = memory_rise(samples)
        grown = slope * (half[-1].time - half[0].time) / 60
        allowed = 2 + share * half[0].resident
        print(f"{what}: {half[-1].resident:.1f} MB resident, {slope:+.3f} MB a minute over the "
              f"last {half[-1].time - half[0].time:.0f} s", flush=True)
        self.check(grown <= allowed, f"{what}: memory has grown by {grown:.1f} MB in the second "
                                     f"half; at most {allowed:.1f} MB are nothing")
