#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The recordings that pipelines/listen plays without arguments are heard as what their own packages
# say that they are.
. "$(dirname "$0")/common.sh"
dink=/usr/share/games/dink/dink/Sound
muldjord=/usr/share/games/fretsonfire/data/songs/muldjord
{ [ -e $dink/1.ogg ] && [ -e $muldjord/armygeddon/song.ogg ]; } ||
  skip "needs the packages freedink-data and fretsonfire-songs-muldjord"

expect 0 "$GENRE_BUILD/pipelines/genre-listen" --terse $dink/1.ogg $dink/106.ogg \
  $muldjord/armygeddon/song.ogg $muldjord/internal_degeneration/song.ogg
cat out
matches out '^classical.*/1\.ogg$'
matches out '^classical.*/106\.ogg$'
matches out '^metal.*armygeddon'
matches out '^metal.*internal_degeneration'
