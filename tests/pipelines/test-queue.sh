#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# genre-tag over a queue, with a Redis of its own. $1: what queue_faults.py does.
. "$(dirname "$0")/common.sh"
here=$(dirname "$(readlink -f "$0")")
command -v redis-server >/dev/null || skip "needs the package redis-server"
export LC_ALL=C.UTF-8 no_proxy=127.0.0.1
export GST_PLUGIN_PATH=$GST_PLUGIN_PATH:$GENRE_BUILD/tests/pipelines GST_REGISTRY=$PWD/registry.bin

mkdir songs
make_music 12 songs/a.ogg
make_music 14 songs/b.mp3
make_music 26 songs/c.flac
mv songs/c.flac $'songs/c \xff.flac'
rm music.raw
/usr/bin/python3 "$here/queue_faults.py" "$GENRE_BUILD/pipelines/genre-tag" "$PWD" "$1"
