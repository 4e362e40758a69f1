#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# test-radio-faults.sh descriptors|history|model|pause|threads|world: what genre-radio does to its history fails, or is what it is killed at; it
# stands still for longer than its patience, and its list of stations goes away; its model is replaced; no thread can be
# made; too few files may be open; the disk is full, the history is moved, the clock is set.
. "$(dirname "$0")/common.sh"
python=/usr/bin/python3
radio=$GENRE_BUILD/pipelines/genre-radio
library=$GENRE_BUILD/tests/faults/libfault.so
here=$(dirname "$(readlink -f "$0")")
export TZ=UTC no_proxy=127.0.0.1
# A FIFO that was given up is not heard again, and a station that stalls asks for its model again: on a busy machine
# neither may happen for want of patience.
case $1 in
  pause) export GENRE_RADIO_HASTE=5 ;;
  model) export GENRE_RADIO_HASTE=2 ;;
esac
LD_PRELOAD=$library "$radio" --version >preload 2>&1 || skip "no LD_PRELOAD"
! grep -q preload preload || skip "no LD_PRELOAD: $(head -n 1 preload)" # a sanitizer wants to be first

make_music 6 song.ogg 'title="One"'
make_music 6 other.ogg 'title="Two"'

if [ "$1" = history ]; then
  mkdir faults
  cp song.ogg third.ogg
  "$python" "$here/radio_faults.py" "$radio" "$library" "$PWD/faults" song.ogg other.ogg third.ogg
  exit
fi

sql() {
  "$python" -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1], timeout=60).execute(sys.argv[2]):
    print("|".join(str(value) for value in row))' "$@"
}

# wait_for WHAT COMMAND...
wait_for() {
  local tries=3000 what=$1
  shift
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ] || ! kill -0 "$listener" 2>/dev/null; then
      cat ./*.err >&2
      fail "$what"
    fi
    sleep 0.1
  done
}

# has N: so many songs are in the history
has() { [ "$(sql state/radio.sqlite "SELECT count(*) FROM song")" -ge "$1" ]; }
count() { sql state/radio.sqlite "SELECT count(*) FROM song"; }
is_intact() { [ "$(sql state/radio.sqlite "PRAGMA integrity_check")" = ok ] || fail "the history is damaged: $*"; }

# end: by SIGTERM, within a time
end() {
  kill -TERM "$listener"
  timeout 60 tail --pid="$listener" -f /dev/null || fail "it does not end"
  local status=0
  wait "$listener" || status=$?
  [ "$status" -eq 0 ] || fail "exit status $status after SIGTERM: $(cat ./*.err)"
}

# doubled: songs of a station that play at once
doubled() {
  sql "$1" "SELECT a.rowid, a.start, a.end, a.title, b.rowid, b.start, b.end, b.title FROM song a JOIN song b
    ON a.station = b.station AND a.rowid < b.rowid AND b.start < a.end"
}

mkdir state
if [ "$1" = model ]; then
  gst-inspect-1.0 lamemp3enc >/dev/null || skip "no lamemp3enc"
  make_broadcast 30
  start_stations
  cp "$GENRE_PIPELINES/../models/default.safetensors" my.safetensors
  cp my.safetensors good.safetensors
  echo broken >broken.safetensors
  # one station breaks off again and again, and each time its model is asked for
  "$radio" --json --model my.safetensors --interval 1 --min-window 5 "$server/plain.mp3" "$server/short" \
    >radio.out 2>radio.err &
  listener=$!
  # shellcheck disable=SC2317 # wait_for calls it
  answers() { [ "$(grep -c "$1\".*\"genre\"" radio.out)" -gt "$2" ]; }
  wait_for "nothing is heard" answers plain.mp3 1
  wait_for "nothing is heard" grep -q '/short".*"listening"' radio.out

  # cut in place, as a disk that is full leaves it: who has read it hears on, nobody is killed by it
  : >my.safetensors
  heard=$(grep -c 'plain.mp3".*"genre"' radio.out)
  wait_for "it does not hear on with the model that it has read" answers plain.mp3 $((heard + 8))
  ! grep 'plain.mp3".*"error".*my.safetensors' radio.out || fail "a model that was cut disturbs who has read it"

  # replaced by what is none, while nobody has read it: the file is named, and a good one is taken when it is there
  kill -TERM "$listener"
  wait "$listener"
  cp broken.safetensors new && mv new my.safetensors
  expect 1 timeout 60 "$radio" --model my.safetensors "$server/short"
  matches err 'my.safetensors: '
  cp good.safetensors my.safetensors
  : >radio.out # what the last one said is not to be taken for this one's
  "$radio" --json --model my.safetensors "$server/short" >radio.out 2>radio.err &
  listener=$!
  wait_for "nothing is heard" grep -q '"listening"' radio.out
  cp broken.safetensors new && mv new my.safetensors
  wait_for "a broken model is not named" grep -q '"error":"[^"]*my.safetensors: ' radio.out
  heard=$(grep -c '"listening"' radio.out)
  cp good.safetensors new && mv new my.safetensors
  wait_for "a good model is not taken" sh -c "[ \$(grep -c '\"listening\"' radio.out) -gt $heard ]"
  end

  # replaced all the time, by renaming and in place: the old one, the new one, or an error, and never a mixture
  "$GENRE_BUILD/pipelines/genre-listen" --model good.safetensors song.ogg >expected
  (while [ ! -e enough ]; do
    cp good.safetensors my.safetensors
    cp broken.safetensors new && mv new my.safetensors
    head -c 800000 good.safetensors >my.safetensors
    cp good.safetensors new && mv new my.safetensors
  done) &
  writer=$!
  heard=0
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
    status=0
    "$GENRE_BUILD/pipelines/genre-listen" --model my.safetensors song.ogg >out 2>err || status=$?
    case $status in
      0)
        cmp out expected || fail "it hears with a mixture of models"
        heard=$((heard + 1))
        ;;
      1) matches err 'my.safetensors: ' ;;
      *) fail "exit status $status with a model that is being replaced: $(cat err)" ;;
    esac
  done
  echo "$heard of 12 found a whole model"
  touch enough
  wait "$writer"
  exit
fi

if [ "$1" = threads ]; then
  gst-inspect-1.0 lamemp3enc >/dev/null || skip "no lamemp3enc"
  make_broadcast 30
  start_stations
  # one station breaks off again and again, and each time needs a thread
  LD_PRELOAD=$library FAULT_THREADS=$PWD/none "$radio" --json --interval 1 --min-window 5 "$server/plain.mp3" \
    "$server/short" >radio.out 2>radio.err &
  listener=$!
  # shellcheck disable=SC2317 # wait_for calls it
  says() { [ "$(grep -cE "$1" radio.out)" -gt "$2" ]; }
  wait_for "nothing is heard" says 'plain.mp3".*"genre"' 1
  wait_for "nothing is heard" says '/short".*"listening"' 0
  touch none
  wait_for "threads that cannot be made are not said" says \
    '/short".*"state":"waiting","error":"[^"]*thread' 1
  heard=$(grep -c 'plain.mp3".*"genre"' radio.out)
  wait_for "who has its threads is not heard on" says 'plain.mp3".*"genre"' $((heard + 3))
  heard=$(grep -c '/short".*"listening"' radio.out)
  rm none
  wait_for "it does not go on when there are threads" says '/short".*"listening"' $((heard + 1))
  end
  exit
fi

if [ "$1" = descriptors ]; then
  gst-inspect-1.0 lamemp3enc >/dev/null || skip "no lamemp3enc"
  make_broadcast 30
  start_stations
  for i in $(seq 60); do
    echo "Station $i = $server/plain.mp3?$i"
  done >stations.txt
  (
    ulimit -n 68
    exec "$radio" --json --stations stations.txt --history state/radio.sqlite --listen 127.0.0.1:0 >radio.out 2>radio.err
  ) &
  listener=$!
  # shellcheck disable=SC2317 # wait_for calls it
  says() { [ "$(grep -cE "$1" radio.out)" -ge "$2" ]; }
  wait_for "what there is room for is not heard" says '"genre"' 4
  wait_for "what there is no room for is not said" says '"state":"broken","error":"not begun: too few files' 58
  [ "$(grep -c '"listening"' radio.out)" -eq 2 ] || fail "not two stations with 68 open files"
  matches radio.err '^genre-radio: the limit of 68 open files .*LimitNOFILE=.* has room for 2 stations, not for 60$'
  # more visitors than it has descriptors are turned away, or wait
  "$python" - "$(sed -nE 's|.*listening on http://(.*)/$|\1|p' radio.err)" <<'PY'
import socket, sys, urllib.request
host, port = sys.argv[1].split(":")
visitors = [socket.create_connection((host, int(port)), timeout=60) for _ in range(100)]
del visitors[:]
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
if opener.open("http://%s:%s/healthz" % (host, port), timeout=60).read().strip() != b"ok":
    sys.exit("FAIL: it is not healthy")
PY
  # one goes, another begins
  sed -i 1d stations.txt
  kill -HUP "$listener"
  wait_for "a station does not begin when there is room" says 'plain.mp3\?3".*"listening"' 1
  [ "$(wc -l <radio.err)" -eq 2 ] || fail "not two lines on standard error: $(head -n 20 radio.err)"
  end
  exit
fi

if [ "$1" = pause ]; then
  for element in lamemp3enc icydemux; do
    gst-inspect-1.0 $element >/dev/null || skip "no $element"
  done
  make_broadcast 30
  start_stations
  echo "Good = $server/good.mp3" >stations.txt
  "$radio" --json --history state/radio.sqlite --stations stations.txt >radio.out 2>radio.err &
  listener=$!
  wait_for "no song is written" has 1

  # a list that is gone changes nothing
  mv stations.txt gone.txt
  kill -HUP "$listener"
  wait_for "a list that is gone is not named" grep -q 'stations.txt' radio.err
  wait_for "what becomes of its stations is not said" grep -q 'stations.txt: the stations of before play on$' radio.err
  mv gone.txt stations.txt
  kill -HUP "$listener"
  before=$(count)
  wait_for "it does not play on without its list" has $((before + 1))
  ! grep -q '"state":"ended"' radio.out || fail "its list was gone, and so was the station"

  # four times its patience
  kill -STOP "$listener"
  sleep 12
  kill -CONT "$listener"
  before=$(count)
  wait_for "it does not hear on after it stood still" has $((before + 2))
  end
  is_intact "after it stood still"
  [ -z "$(doubled state/radio.sqlite)" ] || fail "songs at once: $(doubled state/radio.sqlite)"
  exit
fi

mkfifo endless
pour endless song.ogg other.ogg
echo 0 >clock
LD_PRELOAD=$library FAULT_UNDER=$PWD/state FAULT_FULL=$PWD/full FAULT_CLOCK=$PWD/clock \
  "$radio" --json --history state/radio.sqlite endless >radio.out 2>radio.err &
listener=$!
wait_for "no song is written" has 2

# a disk without room: said, once, and it goes on by itself
touch full
wait_for "a full disk is not named" grep -q 'state/radio.sqlite: not written: ' radio.err
is_intact "on a full disk"
full=$(count)
told=$(grep -c '"final":true' radio.out)
wait_for "it does not listen on" sh -c "[ \$(grep -c '\"final\":true' radio.out) -gt $((told + 2)) ]"
[ "$(grep -c 'not written' radio.err)" -eq 1 ] || fail "a full disk is named more than once: $(cat radio.err)"
rm full
wait_for "it does not go on when there is room" has $((full + 2))
is_intact "after a full disk"

# the file is gone, and its folder with it: said, and another one is begun once that can be
mv state gone
wait_for "a history that is gone is not named" grep -q 'state/radio.sqlite: not written: .*moved or removed' radio.err
wait_for "why there is no new history is not said" grep -q 'not written: .*No such file or directory' radio.err
mkdir state
wait_for "no new history is begun" has 2
is_intact "a new one"

# the clock is set: three hours on, then five back; songs stay as long as they are
[ -z "$(doubled state/radio.sqlite)" ] || fail "songs at once: $(doubled state/radio.sqlite)"
# shellcheck disable=SC2317 # wait_for calls it
is_there() { [ "$(sql state/radio.sqlite "SELECT count(*) FROM song WHERE $1")" -ge 3 ]; }
echo 10800 >clock
wait_for "nothing is written after the clock was set" is_there "end > $(date +%s) + 9000"
echo -7200 >clock
wait_for "nothing is written after the clock was set back" is_there "end < $(date +%s) - 5400"
end
is_intact "after its end"
longest=$(sql state/radio.sqlite "SELECT max(end - start) FROM song")
[ "$longest" -lt 3000 ] || fail "a song of $longest s"
[ "$(sql state/radio.sqlite "SELECT min(end - start) FROM song")" -ge 0 ] || fail "a song ends before it begins"
[ "$(sql state/radio.sqlite "SELECT max(end) - min(end) FROM song")" -gt 10800 ] || fail "the clock was not set"
expect 0 timeout 60 "$radio" report --history state/radio.sqlite

# a folder for the history that is read-only, or not there
expect 1 timeout 60 "$radio" --history missing/radio.sqlite song.ogg
matches err 'missing/radio.sqlite: No such file or directory$'
if unshare --user --map-root-user --mount sh -c 'mount -t tmpfs -o ro tmpfs gone' 2>/dev/null; then
  # shellcheck disable=SC2016 # for the shell inside
  expect 1 unshare --user --map-root-user --mount sh -c 'mount -t tmpfs -o ro tmpfs gone &&
    exec timeout 60 "$1" --history gone/radio.sqlite song.ogg' sh "$radio"
  matches err 'gone/radio.sqlite: '
fi
