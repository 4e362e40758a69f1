#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# genre-tag and encode-ogg: the copy carries the genre that was heard, and the other tags.
. "$(dirname "$0")/common.sh"
tag=$GENRE_BUILD/pipelines/genre-tag
export LC_ALL=C.UTF-8

for ending in ogg flac mp3; do
  make_music 12 "song.$ending" 'title="A\ Title"'
  expect 0 "$tag" "song.$ending" "copy.$ending"
  genre=$(sed -n "s/^copy\.$ending: //p" out)
  [ "$genre" ] || fail "no genre for $ending"
  tags "copy.$ending" >found
  matches found "genre: $genre$"
  matches found 'title: A Title$'
  [ "$(decoded_audio "song.$ending")" = "$(decoded_audio "copy.$ending")" ] || fail "other audio"

  # a genre that is there stays, unless --force
  expect 1 "$tag" "copy.$ending" "third.$ending"
  matches err "its genre is $genre already"
  [ ! -e "third.$ending" ] || fail "it has been written nevertheless"
  make_music 12 "other.$ending" 'genre="Other"'
  expect 0 "$tag" --force "other.$ending" # in its place
  tags "other.$ending" >found
  matches found "genre: $genre$"
  ! grep -q Other found || fail "the old genre is still there"
done

# nothing is written where something is wrong, and the file at fault is named
expect 1 "$tag" nothing.ogg copy.ogg
matches err 'nothing\.ogg: '
expect 1 "$tag" song.ogg no/such/folder/copy.ogg
matches err 'no/such/folder/copy\.ogg'
echo "no audio" >broken.ogg
expect 1 "$tag" broken.ogg new.ogg
matches err 'broken\.ogg: '
expect 1 "$tag" --model broken.ogg song.ogg new.ogg
matches err 'broken\.ogg'
! ls new.ogg ./*.part* 2>/dev/null || fail "left something behind"
expect 2 "$tag"

# encode-ogg: another format, and the genre in front
expect 0 "$GENRE_PIPELINES/encode-ogg" song.flac "encoded song.ogg"
tags "encoded song.ogg" >found
matches found "genre: $genre$"
matches found 'title: A Title$'
expect 2 "$GENRE_PIPELINES/encode-ogg" song.flac
