#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The recordings that pipelines/listen plays without arguments are heard as what their own packages
# say that they are.
. "$(dirname "$0")/common.sh"
if ! [ -e /usr/share/games/dink/dink/Sound/1.ogg ] ||
  ! [ -e /usr/share/games/fretsonfire/data/songs/muldjord/chaos_god/song.ogg ]; then
  skip "needs the packages freedink-data and fretsonfire-songs-muldjord"
fi

"$GENRE_PIPELINES/samples" songs
expect 0 "$GENRE_BUILD/pipelines/genre-listen" --terse songs
cat out
matches out '^classical.*/John Michel - Ave Maria'
matches out '^classical.*/Fulda Symphonic Orchestra - Violin Concerto'
matches out '^metal.*/Muldjord - Chaos God'
matches out '^metal.*/Muldjord - Internal Degeneration'
[ "$(wc -l <out)" -eq 4 ] || fail "not four recordings"
