#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Genres are seen and written where other programs keep them: in every format that can be made here ffprobe,
# mutagen and genre-tag itself read the same, the sound stays, everything else in the tags stays or the file is left
# alone, and undoing gives the very bytes back.
. "$(dirname "$0")/common.sh"
tests=$(dirname "$(readlink -f "$0")")
tag=$GENRE_BUILD/pipelines/genre-tag
export LC_ALL=C.UTF-8
for program in ffmpeg ffprobe; do
  command -v $program >/dev/null || skip "needs $program"
done
/usr/bin/python3 -c 'import mutagen' 2>/dev/null || skip "needs python3-mutagen"
make_music 12 song.wav
/usr/bin/python3 "$tests/formats.py" "$tag" song.wav
/usr/bin/python3 "$tests/tagitems.py" "$tag" song.wav
