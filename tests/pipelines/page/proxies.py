#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""proxies.py SERVER: the example configuration of nginx passes on genre-radio's page, its events
as they come."""
import base64
import os
import shutil
import socket
import ssl
import subprocess
import sys

from client import PATIENCE, Radio, check, wait_until

server = sys.argv[1]
example = os.path.join(os.environ["GENRE_PIPELINES"], "radio", "operations", "nginx.conf")
nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
PASSWORD = "geheim"


def configure(radio):
    """The example with this test's paths and ports; a socket with a file has no port to collide."""
    with open(example, encoding="utf-8") as file:
        text = file.read()
    folder = os.getcwd()
    for old, new in (("listen 443 ssl", f"listen unix:{folder}/socket ssl"),
                     ("  listen [::]:443 ssl;\n", ""),
                     ("/etc/ssl/certs/radio.example.pem", folder + "/certificate.pem"),
                     ("/etc/ssl/private/radio.example.key", folder + "/key.pem"),
                     ("/etc/nginx/genre-radio.htpasswd", folder + "/passwords"),
                     ("127.0.0.1:8321", radio.host)):
        check(old in text, f"{old} is not in the example")
        text = text.replace(old, new)
    paths = "".join(f"{name}_temp_path {folder}/temporary;\n" for name in
                    ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    with open("nginx.conf", "w", encoding="utf-8") as file:
        file.write(f"daemon off; master_process off; pid {folder}/nginx.pid; events {{}}\n"
                   f"http {{ access_log off; {paths} {text} }}\n")
    with open("passwords", "w", encoding="ascii") as file:
        file.write("somebody:{PLAIN}" + PASSWORD + "\n")


def connect():
    context = ssl.create_default_context(cafile="certificate.pem")
    plain = socket.socket(socket.AF_UNIX)
    plain.settimeout(PATIENCE)
    plain.connect("socket")
    return context.wrap_socket(plain, server_hostname="radio.example")


def ask(path, password=PASSWORD):
    secret = base64.b64encode(f"somebody:{password}".encode()).decode()
    connection = connect()
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: radio.example\r\nConnection: close\r\n"
                       f"Authorization: Basic {secret}\r\n\r\n".encode())
    return connection


def get(path, password=PASSWORD):
    with ask(path, password) as connection:
        return b"".join(iter(lambda: connection.recv(65536), b""))


def read_until(connection, wanted):
    received = b""
    while wanted not in received:
        chunk = connection.recv(65536)
        check(chunk, f"the end before {wanted}: {received[-200:]}")
        received += chunk


def check_page(radio):
    page = get("/")
    check(page.startswith(b"HTTP/1.1 200 "), str(page[:100]))
    for header in (b"Strict-Transport-Security: ", b"Content-Security-Policy: default-src 'none'"):
        check(header in page, f"no {header}")
    check(get("/", "wrong").startswith(b"HTTP/1.1 401 "), "a wrong password")
    check(get("/metrics").startswith(b"HTTP/1.1 404 "), "metrics for everybody")
    station = radio.stations()[0]["id"]
    with ask(f"/api/events?stations={station}&spectrogram=1") as connection:
        for wanted in (b"event: station\n", b"event: spectrogram\n", b"event: spectrogram\n"):
            read_until(connection, wanted)


def main():
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
                    "key.pem", "-out",
                    "certificate.pem", "-days", "2", "-subj", "/CN=radio.example", "-addext",
                    "subjectAltName=DNS:radio.example"], check=True, capture_output=True)
    radio = Radio(server + "/good.mp3")
    configure(radio)
    with open("nginx.err", "wb") as errors, \
            subprocess.Popen([nginx, "-p", os.getcwd(), "-c", "nginx.conf", "-e", "stderr"],
                             stderr=errors) as proxy:
        try:
            wait_until(lambda: os.path.exists("socket") or proxy.poll() is not None, "nginx")
            with open("nginx.err", encoding="utf-8") as file:
                check(proxy.poll() is None, f"nginx has ended: {file.read()}")
            check_page(radio)
        finally:
            proxy.terminate()
    radio.end()


if not nginx or not shutil.which("openssl"):
    print("SKIP: no nginx or no openssl")
    sys.exit(77)
main()
