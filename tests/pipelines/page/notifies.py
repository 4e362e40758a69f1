#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""notifies.py SERVER: what systemd is told (sd_notify), by a socket with a file and without, with a page and
without."""
import os
import signal
import socket
import sys
import time

from client import PATIENCE, Radio, check, fail

server = sys.argv[1]


def expect(listener, wanted):
    """The next messages, up to one that begins so."""
    seen = []
    end = time.monotonic() + PATIENCE
    while not seen or not seen[-1].startswith(wanted):
        if time.monotonic() > end:
            fail(f"no {wanted} within {PATIENCE} s, but {seen}")
        seen.append(listener.recv(4096).decode())
    return seen


def main(address, page):
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.settimeout(PATIENCE)
    listener.bind(address.replace("@", "\0", 1) if address.startswith("@") else address)
    with open("stations.txt", "w", encoding="ascii") as file:
        file.write(server + "/good.mp3\n")
    radio = Radio("--stations", "stations.txt", page=page,
                  environment={"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "2000000"})
    check(expect(listener, "READY=1") == ["READY=1"], "something before it is ready")
    for _ in range(3):
        expect(listener, "WATCHDOG=1")
    expect(listener, "STATUS=1 of 1 station is heard")
    radio.process.send_signal(signal.SIGHUP)
    check("MONOTONIC_USEC=" in expect(listener, "RELOADING=1")[-1], "when it reloads")
    expect(listener, "READY=1")
    expect(listener, "WATCHDOG=1")
    radio.process.send_signal(signal.SIGTERM)
    expect(listener, "STOPPING=1")
    check(radio.process.wait(PATIENCE) == 0, "exit status")


main(os.path.abspath("notify"), page=True)
main(f"@genre-radio-test-{os.getpid()}", page=False)
