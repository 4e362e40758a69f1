#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The page of genre-radio in Chromium: page/browser/*.mjs drive it against the real program, which listens to stations.py.
# What they need of npm is installed into the build folder; pictures of the page are left in there, too; how npm gets it is written in the home of who tests.
. "$(dirname "$0")/common.sh"
python=/usr/bin/python3
here=$(dirname "$(readlink -f "$0")")
export GENRE_RADIO=$GENRE_BUILD/pipelines/genre-radio GST_REGISTRY=$PWD/registry.bin no_proxy=127.0.0.1
export CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
for program in node npm; do
  command -v $program >/dev/null || skip "no $program"
done
[ -x "$CHROMIUM" ] || skip "no $CHROMIUM"
for element in lamemp3enc icydemux; do
  gst-inspect-1.0 $element >/dev/null || skip "no $element"
done

# node_modules as package-lock.json has them; a second run finds them there
export GENRE_PAGE_MODULES=$GENRE_BUILD/tests/pipelines/page-modules GENRE_PAGE_PICTURES=$GENRE_BUILD/tests/pipelines/page-pictures
mkdir -p "$GENRE_PAGE_MODULES" "$GENRE_PAGE_PICTURES"
if ! cmp -s "$here/page/browser/package-lock.json" "$GENRE_PAGE_MODULES/installed"; then
  cp "$here/page/browser/package.json" "$here/page/browser/package-lock.json" "$GENRE_PAGE_MODULES"
  (cd "$GENRE_PAGE_MODULES" && HOME=$users_home timeout 300 npm ci --fetch-retries=1 --fetch-timeout=60000 --ignore-scripts --no-audit --no-fund) >npm.log 2>&1 || {
    cat npm.log >&2
    skip "npm cannot install playwright-core and axe-core"
  }
  cp "$here/page/browser/package-lock.json" "$GENRE_PAGE_MODULES/installed"
fi

make_broadcast 30
start_stations
export GENRE_STATIONS=$server GENRE_OTHER_MODEL=$GENRE_BUILD/tests/gst/test-model.safetensors

# a day that was heard before: an hour of each genre but for a quarter of talk, and a song every five minutes
expect 1 timeout 60 "$GENRE_RADIO" --quiet --history history.sqlite no-such-file.mp3
GENRE_SEEDED=$(($(date +%s) / 60)) # the minute that it ends with
export GENRE_SEEDED
"$python" - "$GENRE_STATIONS/good.mp3" "$GENRE_SEEDED" <<'PY'
import sqlite3, sys
genres = "blues classical country disco hiphop jazz metal pop reggae rock".split()
now = 60 * int(sys.argv[2])
with sqlite3.connect("history.sqlite") as database:
    station = database.execute("INSERT INTO station (uri, name) VALUES (?, 'Good')", sys.argv[1:2]).lastrowid
    for minute in range(5, 23 * 60):
        at = now - 60 * minute
        genre = genres[minute // 60 % 10]
        verdict = "no music" if minute % 60 < 15 else "music"
        database.execute("INSERT INTO minute VALUES (?, ?, ?, ?, 0.9, ?)",
                         (at, station, verdict, genre if verdict == "music" else "unknown", verdict == "music"))
        if minute % 5 == 0:
            database.execute("INSERT INTO song VALUES (?, ?, ?, ?, 'music', ?, 0.9, 1)",
                             (station, at - 240, at, "Song %d" % minute, genre))
PY

node "$here/page/browser/main.mjs"
