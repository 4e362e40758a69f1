#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# genre-radio --history and genre-radio report: what was heard is written, survives kill -9, goes when it is old;
# the figures of a report are those of its rows.
. "$(dirname "$0")/common.sh"
python=/usr/bin/python3
radio=$GENRE_BUILD/pipelines/genre-radio
export TZ=UTC

sql() {
  "$python" - "$@" <<'PY'
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=30)
for query in sys.argv[2:]:
    for row in database.execute(query):
        print("|".join(str(value) for value in row))
database.commit()
PY
}

# a song is a row, and so is its minute, wherever in it a minute ends; control characters are no trouble
make_music 48 song.ogg 'title="A\ \"Title\",\ =1+1"'
make_music 12 other.flac 'title="Other"'
expect 0 timeout 100 "$radio" --quiet --history radio.sqlite song.ogg other.flac
[ ! -s out ] || fail "--quiet is not quiet"
sql radio.sqlite "SELECT title, verdict, genre FROM song ORDER BY title" >rows
matches rows '^A "Title", =1\+1\|music\|classical$'
matches rows '^Other\|(music|no music)\|'
[ "$(wc -l <rows)" -eq 2 ] || fail "not two songs"
[ "$(sql radio.sqlite "SELECT count(*) FROM minute JOIN station ON id=station WHERE uri LIKE 'file:%/song.ogg'")" -ge 1 ] ||
  fail "no minute"
[ "$(sql radio.sqlite "PRAGMA journal_mode")" = wal ] || fail "no WAL"

# a file is a song without a title, too
make_music 12 untitled.flac 'artist="Nobody"'
expect 0 timeout 100 "$radio" --quiet --history untitled.sqlite untitled.flac
[ "$(sql untitled.sqlite "SELECT count(*), max(title) FROM song")" = "1|None" ] || fail "a file without a title is no song"

# once more: the stations are those that are known
expect 0 timeout 100 "$radio" --quiet --history radio.sqlite song.ogg
[ "$(sql radio.sqlite "SELECT count(*) FROM station")" -eq 2 ] || fail "not two stations"
[ "$(sql radio.sqlite "SELECT count(*) FROM song")" -eq 3 ] || fail "not three songs"

# killed in the midst of it: whole, and readable while it is written
mkfifo endless
pour endless song.ogg
"$radio" --quiet --history killed.sqlite endless &
listener=$!
tries=600
# shellcheck disable=SC2094 # two files
until [ -e killed.sqlite ] && timeout 20 "$radio" report --history killed.sqlite >report 2>&1 && grep -q 'h heard' report; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || {
    cat report
    fail "nothing is heard from a FIFO"
  }
  sleep 0.1
done
kill -9 "$listener"
wait "$listener" 2>/dev/null || :
[ "$(sql killed.sqlite "PRAGMA integrity_check")" = ok ] || fail "kill -9 breaks the history"
[ "$(sql killed.sqlite "SELECT count(*) FROM minute")" -ge 1 ] || fail "kill -9 loses what was heard"

# old rows go
now=$(date +%s)
sql radio.sqlite "INSERT INTO minute VALUES ($((now - 9 * 86400)), 1, 'music', 'jazz', 1, 1)" \
  "INSERT INTO song VALUES (1, $((now - 9 * 86400)), $((now - 9 * 86400)), 'Old', 'music', 'jazz', 1, 1)"
expect 0 timeout 20 "$radio" report --history radio.sqlite
matches out ' jazz '
expect 0 timeout 100 "$radio" --quiet --history radio.sqlite --keep 8 other.flac
expect 0 timeout 20 "$radio" report --history radio.sqlite
! grep -qE 'jazz|Old' out || fail "--keep keeps too much"

# figures: 3 hours of rock, 1 of talk, on two days
sql radio.sqlite "DELETE FROM minute" "DELETE FROM song" "DELETE FROM station" \
  "INSERT INTO station VALUES (1, 'http://a/', 'Radio A'), (2, 'http://b/', 'Radio B')" \
  "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i<179) INSERT INTO minute
   SELECT strftime('%s','2026-03-01 22:00')+60*i, 1, 'music', 'rock', 0.9, 0.9 FROM n" \
  "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i<59) INSERT INTO minute
   SELECT strftime('%s','2026-03-01 22:00')+60*i, 2, 'no music', 'unknown', 0.1, 0.1 FROM n" \
  "INSERT INTO song VALUES (1, strftime('%s','2026-03-01 22:00'), strftime('%s','2026-03-01 22:04'),
   '=cmd()\"x'||char(27), 'music', 'rock', 0.9, 0.95),
  (2, strftime('%s','2026-03-01 22:00'), strftime('%s','2026-03-01 22:01'), 'Short', 'unknown', 'unknown', 0.1, 0),
  (2, strftime('%s','2026-03-01 22:01'), strftime('%s','2026-03-01 22:02'), 'Any', 'music', 'unknown', 0.3, 1),
  (2, strftime('%s','2026-03-01 22:02'), strftime('%s','2026-03-01 22:03'), 'Mute', 'silence', 'unknown', 0.1, 1),
  (2, strftime('%s','2026-03-01 22:03'), strftime('%s','2026-03-01 22:04'), 'News', 'no music', 'unknown', 0.1, 0.05)"
expect 0 timeout 20 "$radio" report --history radio.sqlite
matches out '^2 stations, 2026-03-01 to 2026-03-02: 4:00 h heard$'
matches out '^  rock +75 % +3:00 h$'
matches out '^  no music +25 % +1:00 h$'
matches out '^  22:00 +50 +50$'
matches out '^  00:00 +100 +\.$'
matches out '^  2026-03-01 +67 +33$'
matches out '^  2026-03-01 22:00  rock +90 %  =cmd\(\)"x\\x1b  \(Radio A\)$'
matches out '^  2026-03-01 22:00  unknown +Short  \(Radio B\)$' # nothing that anybody could be sure of
matches out '^  2026-03-01 22:01  unknown +Any  \(Radio B\)$'
matches out '^  2026-03-01 22:02  silence +100 %  Mute  \(Radio B\)$'
matches out '^  2026-03-01 22:03  no music +95 %  News  \(Radio B\)$'
expect 0 timeout 20 "$radio" report --history radio.sqlite --station "Radio B"
matches out '^Radio B, 2026-03-01 to 2026-03-01: 1:00 h heard$'
expect 0 timeout 20 "$radio" report --history radio.sqlite --station icy://b/
matches out '^Radio B, 2026-03-01 to 2026-03-01: 1:00 h heard$'
expect 1 timeout 20 "$radio" report --history radio.sqlite --station "Radio C"
matches err 'radio\.sqlite: no station is called Radio C$'
expect 0 timeout 20 "$radio" report --history radio.sqlite --from 2026-03-02 --to 2026-03-02
matches out ': 1:00 h heard$'
expect 0 timeout 20 "$radio" report --history radio.sqlite --from 2026-03-03
matches out '^Nothing was heard'
expect 0 timeout 20 "$radio" report --history radio.sqlite --csv songs
matches out "^2026-03-01T22:00:00\+00:00,2026-03-01T22:04:00\+00:00,\"Radio A\",\"'=cmd\(\)\"\"x\\\\x1b\",music,rock,0\.9000,0\.9500$"
expect 0 timeout 20 "$radio" report --history radio.sqlite --csv days
matches out '^2026-03-01,120,60$'
matches out '^2026-03-02,60,0$'
expect 0 timeout 20 "$radio" report --history radio.sqlite --csv hours
matches out '^22,60,60$'
expect 0 timeout 20 "$radio" report --history radio.sqlite --picture report.svg
matches report.svg '^<svg '
expect 0 timeout 20 "$radio" report --history radio.sqlite --picture report.png
[ "$(head -c 4 report.png | tail -c 3)" = PNG ] || fail "no PNG"

# one that nobody writes, where nothing can be written: a copy, another one's, a medium that is read only
mkdir -p "copies/a #1?"
sql radio.sqlite "VACUUM INTO 'copies/a #1?/copy.sqlite'"
sql "copies/a #1?/copy.sqlite" "PRAGMA journal_mode=WAL" >mode
if read_only copies true 2>/dev/null; then
  expect 0 read_only copies timeout 20 "$radio" report --history "copies/a #1?/copy.sqlite"
  matches out '^2 stations, 2026-03-01 to 2026-03-02: 4:00 h heard$'
  # nor can its lock be made there, which is why nothing is written into it
  expect 1 read_only copies timeout 20 "$radio" --history "copies/a #1?/copy.sqlite" other.flac
  matches err ': its lock /.*/copy\.sqlite-lock: (Read-only file system|Permission denied)$'
  # by a link, too; one in such a folder to a history that is written elsewhere is none at rest
  ln -s "copies/a #1?/copy.sqlite" link.sqlite
  expect 0 read_only copies timeout 20 "$radio" report --history link.sqlite
  matches out '^2 stations, 2026-03-01 to 2026-03-02: 4:00 h heard$'
  chmod -R u+w copies
  cp "copies/a #1?/copy.sqlite" live.sqlite
  ln -s ../../live.sqlite "copies/a #1?/live.sqlite"
  mkfifo stop
  "$python" - <<'PY' &
import sqlite3
database = sqlite3.connect("live.sqlite")
database.execute("PRAGMA journal_mode=WAL")
database.execute("INSERT INTO minute SELECT time + 7*86400, station, verdict, genre, confidence, music FROM minute")
database.commit()
open("stop").read()
PY
  writer=$!
  until [ -s live.sqlite-wal ]; do sleep 0.1; done
  expect 0 read_only copies timeout 20 "$radio" report --history "copies/a #1?/live.sqlite"
  matches out '^2 stations, 2026-03-01 to 2026-03-09: 8:00 h heard$'
  echo >stop
  wait "$writer"
  chmod -R u+w copies
fi

# a disk that is full is not passed over in silence
if [ -c /dev/full ]; then
  for arguments in "report --history radio.sqlite" "report --history radio.sqlite --csv songs" "--json song.ogg" \
    "song.ogg other.flac"; do
    status=0
    # shellcheck disable=SC2086 # several words
    timeout 100 "$radio" $arguments >/dev/full 2>err || status=$?
    [ "$status" -eq 1 ] || fail "exit status $status on a full disk: $arguments"
    [ "$(grep -c 'not everything could be printed' err)" -eq 1 ] || fail "a full disk is not said once: $arguments"
  done
fi

# a day ends at midnight, also where the clocks have changed
sql radio.sqlite "DELETE FROM minute" "INSERT INTO minute SELECT strftime('%s', column1), 1, 'music', 'rock', 1, 1
  FROM (VALUES ('2026-03-29 21:30'), ('2026-03-29 22:30'), ('2026-10-25 22:30'), ('2026-10-25 23:30'))"
for day in 2026-03-29 2026-10-25; do # of 23 hours, of 25
  expect 0 env TZ=CET-1CEST,M3.5.0,M10.5.0/3 timeout 20 "$radio" report --history radio.sqlite --from $day --to $day
  matches out ", $day to $day: 0:01 h heard$"
done
# and begins where it has no midnight, or two
sql radio.sqlite "DELETE FROM minute" "INSERT INTO minute SELECT strftime('%s', column1), 1, 'music', 'rock', 1, 1
  FROM (VALUES ('2026-03-08 04:30'), ('2026-03-08 05:00'), ('2026-03-09 03:30'), ('2026-03-09 04:30'),
    ('2026-11-01 03:30'), ('2026-11-01 04:30'), ('2026-11-01 05:30'), ('2026-11-02 05:00'))"
for day in 2026-03-08 2026-11-01; do
  expect 0 env TZ=CST5CDT,M3.2.0/0,M11.1.0/1 timeout 20 "$radio" report --history radio.sqlite --from $day --to $day
  matches out ", $day to $day: 0:02 h heard$"
done
# an hour that comes twice says which of the two it is
sql radio.sqlite "DELETE FROM minute" "DELETE FROM song" "INSERT INTO minute SELECT strftime('%s', column1), 1, 'music', 'rock', 1, 1
  FROM (VALUES ('2026-10-25 00:30'))" "INSERT INTO song SELECT 1, strftime('%s', column1), strftime('%s', column1) + 60, 'S', 'music', 'rock', 1, 1
  FROM (VALUES ('2026-10-24 23:59'), ('2026-10-25 00:00'), ('2026-10-25 00:59'), ('2026-10-25 01:00'), ('2026-10-25 01:59'), ('2026-10-25 02:00'),
    ('2026-03-29 00:59'), ('2026-03-29 01:00'))"
expect 0 env TZ=CET-1CEST,M3.5.0,M10.5.0/3 timeout 20 "$radio" report --history radio.sqlite --from 2026-03-01 --to 2026-10-31
sed -n 's/^  \(2026-[^ ]* [^ ]*\)  rock .*/\1/p' out >begins
printf '%s\n' "2026-03-29 01:59" "2026-03-29 03:00" "2026-10-25 01:59" "2026-10-25 02:00+02:00" "2026-10-25 02:59+02:00" "2026-10-25 02:00+01:00" \
  "2026-10-25 02:59+01:00" "2026-10-25 03:00" | cmp - begins || fail "the report does not tell an hour that comes twice: $(cat begins)"
expect 2 timeout 20 "$radio" report --history radio.sqlite --from 2026-02-29

# genres of one's own, of which two begin with the same letters
sql radio.sqlite "DELETE FROM minute" "INSERT INTO minute VALUES (0, 1, 'music', 'progressive-metal', 1, 1),
  (60, 1, 'music', 'progressive-rock', 1, 1)"
expect 0 timeout 20 "$radio" report --history radio.sqlite
matches out '^By hour .* progressive-metal( .*)? progressive-rock | progressive-rock( .*)? progressive-metal '

# faults are named
expect 2 timeout 20 "$radio" report
expect 2 timeout 20 "$radio" report --history radio.sqlite --csv nothing
matches err '^genre-radio report: --csv is nothing, expected songs, hours or days$'
for option in --from --to; do
  expect 2 timeout 20 "$radio" report --history radio.sqlite $option $'yesterday\e'
  matches err "^genre-radio report: $option is yesterday\\\\x1b, expected a day like 2026-11-28$"
done
expect 2 timeout 20 "$radio" report --history radio.sqlite --from 2026-03-02 --to 2026-03-01
for days in 0 -1 -2147483648; do
  expect 2 timeout 20 "$radio" report --history radio.sqlite --days=$days
  matches err "^genre-radio report: --days is $days, expected 1 to 2147483647$"
done
expect 2 timeout 20 "$radio" report --history radio.sqlite --days 7 --to 2000-01-01
matches err '^genre-radio report: --to lies before'
expect 2 timeout 20 "$radio" report --history radio.sqlite --picture report.jpeg
matches err '^genre-radio report: --picture is report\.jpeg, expected a name that ends in \.svg or \.png$'
expect 1 timeout 20 "$radio" report --history missing.sqlite
matches err '^genre-radio report: missing.sqlite: No such file or directory$'
# what is no file, or has no name, would keep nothing
for place in "" . /dev/null; do
  expect 2 timeout 20 "$radio" --history "$place" song.ogg
  matches err '^genre-radio: --history is (empty, expected the name of a file|.*, expected a file, not a folder, pipe or device)$'
  expect 2 timeout 20 "$radio" report --history "$place"
  matches err '^genre-radio report: --history is (empty, expected the name of a file|.*, expected a file, not a folder, pipe or device)$'
done
for name in :memory: "file:mine?mode=memory"; do
  expect 0 timeout 100 "$radio" --quiet --history "$name" other.flac
  [ -s "$name" ] || fail "the history $name is in memory"
  expect 0 timeout 20 "$radio" report --history "$name"
done
[ ! -e missing.sqlite ] || fail "a report makes a file"
sql other.sqlite "CREATE TABLE mine (x)"
expect 1 timeout 20 "$radio" --history other.sqlite song.ogg
matches err 'other\.sqlite: the database of another program'
cp radio.sqlite version.sqlite
for version in "2, expected 1: a newer genre-radio has written it" "0, expected 1"; do
  sql version.sqlite "PRAGMA user_version=${version%%,*}"
  expect 1 timeout 20 "$radio" report --history version.sqlite
  matches err "version\.sqlite: a history of version $version\$"
  expect 1 timeout 20 "$radio" --history version.sqlite song.ogg
  matches err "version\.sqlite: a history of version $version\$"
done
expect 1 timeout 20 "$radio" --history song.ogg song.ogg
matches err 'song\.ogg: file is not a database'
expect 1 timeout 20 "$radio" --history missing/radio.sqlite song.ogg
expect 2 timeout 20 "$radio" --keep 3 song.ogg
expect 2 timeout 20 "$radio" --keep -1 --history radio.sqlite song.ogg
matches err '^genre-radio: --keep is -1, expected 0 to 2147483647$'
