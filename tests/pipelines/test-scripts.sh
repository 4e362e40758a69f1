#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# player and microphone: the lines run, their properties arrive, the answers come out.
. "$(dirname "$0")/common.sh"

make_music 12 "it's a song.ogg"
GENRE_SINK="fakesink sync=false" expect 0 "$GENRE_PIPELINES/player" "it's a song.ogg" threshold=1
matches out '^genreclassify, .*genre=\(string\)unknown,.*final=\(boolean\)true'

GENRE_MICROPHONE="audiotestsrc is-live=true wave=pink-noise num-buffers=300" \
  expect 0 "$GENRE_PIPELINES/microphone" min-window=3000000000 interval=1000000000
matches out '^genreclassify, .*probabilities=.*final=\(boolean\)false'
matches out '^genreclassify, .*final=\(boolean\)true'
