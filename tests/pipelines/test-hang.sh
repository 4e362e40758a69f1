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
expect 1 timeout 60 "$tag" --jobs 2 --patience 4 music
[ $((SECONDS - begin)) -lt 20 ] || fail "it took $((SECONDS - begin)) s"
matches err '1 STATE\.mp3: nothing has come from it for 4 s, given up$'
matches err '1 DATA\.mp3: nothing has come from it for 4 s, given up$'
matches err '1 CRASH\.mp3: its decoder crashed'
matches out '^music/2 good\.flac: [A-Z].* sure$'
expect 1 timeout 60 "$tag" --json --patience 2 "music/1 STATE.mp3"
matches out '^\{"time":"20[^"]*Z","source":"music/1 STATE\.mp3","uri":"file:[^"]*","error":"nothing has come'

# genre-listen has no other process to kill, and ends nevertheless
begin=$SECONDS
expect 1 timeout 100 "$listen" --terse --excerpts 3 "music/1 STATE.mp3" "music/2 good.flac"
[ $((SECONDS - begin)) -lt 50 ] || fail "it took $((SECONDS - begin)) s"
matches err '1 STATE\.mp3: nothing has come from it for 30 s, given up$'
matches out 'good\.flac$'

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
