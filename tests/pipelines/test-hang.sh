#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Decoders that hang or crash: the file is named and given up, the next one is heard, the program ends.
. "$(dirname "$0")/common.sh"
listen=$GENRE_BUILD/pipelines/genre-listen
tag=$GENRE_BUILD/pipelines/genre-tag
export GST_PLUGIN_PATH=$GST_PLUGIN_PATH:$GENRE_BUILD/tests/pipelines GST_REGISTRY=$PWD/registry.bin

mkdir music
for how in STATE DATA CRASH; do
  { echo "HANG$how" && head -c 100000 /dev/zero; } >"music/1 $how.mp3"
done
make_music 12 "music/2 good.flac"
begin=$SECONDS
expect 1 timeout 60 "$tag" --jobs 2 --patience 6 music
[ $((SECONDS - begin)) -lt 24 ] || fail "it took $((SECONDS - begin)) s"
matches err '1 STATE\.mp3: nothing has come from it for 6 s, given up$'
matches err '1 DATA\.mp3: nothing has come from it for 6 s, given up$'
matches err '1 CRASH\.mp3: its decoder crashed'
matches out '^music/2 good\.flac: [A-Z].* sure$'
expect 1 timeout 60 "$tag" --json --patience 5 "music/1 STATE.mp3"
matches out '^\{"time":"20[^"]*Z","source":"music/1 STATE\.mp3","uri":"file:[^"]*","error":"nothing has come'

# genre-listen has no other process to kill, and ends nevertheless
begin=$SECONDS
expect 1 timeout 100 "$listen" --terse --excerpts 3 "music/1 STATE.mp3" "music/2 good.flac"
[ $((SECONDS - begin)) -lt 50 ] || fail "it took $((SECONDS - begin)) s"
matches err '1 STATE\.mp3: nothing has come from it for 30 s, given up$'
matches out 'good\.flac$'

# what comes slowly, but comes, is no file that hangs: for longer than an attempt at one may be silent
if gst-inspect-1.0 souphttpsrc >/dev/null; then
  make_music 20 slow.wav
  /usr/bin/python3 - 16 >/dev/null 2>&1 <<'EOF' &
import http.server, os, sys, time
with open("slow.wav", "rb") as file:
    CONTENT = file.read()
STEPS = 10 * int(sys.argv[1])


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "audio/x-wav")
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        for step in range(STEPS):
            self.wfile.write(CONTENT[len(CONTENT) * step // STEPS:len(CONTENT) * (step + 1) // STEPS])
            time.sleep(0.1)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open("port.new", "w") as file:
    file.write(str(server.server_port))
os.rename("port.new", "port")
server.serve_forever()
EOF
  tries=0
  until [ -e port ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 3000 ] || fail "no server"
    sleep 0.1
  done
  no_proxy=127.0.0.1 expect 0 timeout 100 "$tag" --no-journal --patience 14 "http://127.0.0.1:$(cat port)/slow.wav"
  matches out 'slow\.wav: [A-Z].* sure'
fi

# a film under the name of a song is heard, and nothing is shown: nothing decodes its pictures
for element in theoraenc matroskamux; do
  gst-inspect-1.0 $element >/dev/null || skip "no $element for a film"
done
make_raw 20 part.raw
# shellcheck disable=SC2086 # several words
gst-launch-1.0 -q filesrc location=part.raw ! $parse_raw ! audioconvert ! vorbisenc ! queue ! \
  matroskamux name=mux ! filesink location=film.mp3 \
  videotestsrc num-buffers=200 ! video/x-raw,framerate=10/1 ! theoraenc ! queue ! mux.
for program in "$listen --terse" "$tag"; do
  # shellcheck disable=SC2086 # several words
  GST_DEBUG_NO_COLOR=1 GST_DEBUG=GST_ELEMENT_FACTORY:4 expect 0 timeout 60 $program film.mp3
  matches err 'creating element "vorbisdec"'
  ! grep -E 'creating element "(theoradec|[a-z0-9]*videosink|kmssink|ximagesink)"' err || fail "$program: pictures"
done
