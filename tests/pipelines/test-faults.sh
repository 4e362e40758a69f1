#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# test-faults.sh fail|kill|interrupt: every write, sync, rename and other call with which genre-tag changes files and its
# journal fails once, or is where it is killed or told to end, or where somebody else writes into a file; what is synced before what; and
# a disk that is full.
. "$(dirname "$0")/common.sh"
tests=$(dirname "$(readlink -f "$0")")
how=$1
tag=$GENRE_BUILD/pipelines/genre-tag
library=$GENRE_BUILD/tests/faults/libfault.so
export LC_ALL=C.UTF-8

mkdir -p faults/old
make_music 12 faults/old/song.mp3
make_music 12 faults/old/song.wav
LD_PRELOAD=$library /usr/bin/python3 -c '' 2>preload || skip "no LD_PRELOAD"
[ ! -s preload ] || skip "no LD_PRELOAD: $(head -n 1 preload)" # a sanitizer wants to be first

faults() { /usr/bin/python3 "$tests/faults.py" "$tag" "$library" "$PWD/faults" "$@"; }

mkdir tmp
export TMPDIR=$PWD/tmp
if [ "$how" = interrupt ]; then
  faults interrupt 3
  faults hang-up 7
  exit
fi
if [ "$how" = kill ]; then
  faults kill-before 2
  faults kill-after 4
  ! find tmp -name 'genre-tag-*' | grep . || fail "what the killed ones have left is still there"
  exit
fi
faults order
faults fail
faults change

# what has been written sounds the same
for song in song.mp3 song.wav; do
  [ "$(decoded_audio faults/old/$song)" = "$(decoded_audio faults/new/$song)" ] || fail "$song sounds otherwise"
done

# where renames are plain ones nothing is lost either, and a copy replaces nothing
cp -r faults/old plain
faulty=(env "LD_PRELOAD=$library" "FAULT_UNDER=$PWD" FAULT_FLAGS=none)
expect 0 "${faulty[@]}" "$tag" --write plain
cmp plain/song.wav faults/new/song.wav || fail "it was not written"
expect 0 "${faulty[@]}" "$tag" --output copy.wav faults/old/song.wav
cmp copy.wav faults/new/song.wav || fail "no copy was made"
echo precious >there.wav
expect 1 "${faulty[@]}" "$tag" --output there.wav faults/old/song.wav
[ "$(cat there.wav)" = precious ] || fail "a copy has replaced something"
expect 0 "${faulty[@]}" "$tag" --undo plain
diff -r plain faults/old || fail "not what it was"
! find . -name '.genre-tag-*' | grep . || fail "leftovers"

# a disk that is slow is no reason to give a file up: it takes longer than a file may be silent
make_music 26 slow.wav
expect 0 "$tag" slow.wav
expect 0 env "LD_PRELOAD=$library" "FAULT_UNDER=$PWD/slow.wav:$PWD/.genre-tag-" FAULT_SLOW=3 "$tag" --patience 20 --write slow.wav
matches out ', written$'

# a journal that fails in the midst of a run ends it, and that is said once; what was not written is heard in the next
mkdir songs
for i in 1 2 3 4; do
  cp faults/old/song.mp3 songs/$i.mp3
done
cp -r songs songs-before
write_failing() { # AT: at this moment of the journal's, from 1; 0: never
  rm -rf songs failing counter
  cp -r songs-before songs
  mkdir failing
  head -c 8 /dev/zero >counter
  code=0
  env "LD_PRELOAD=$library" "FAULT_UNDER=$PWD/failing" "FAULT_COUNT=$PWD/counter" FAULT_HOW=fail "FAULT_AT=$1" \
    "$tag" --jobs 1 --journal failing/journal.sqlite --write songs >out 2>err || code=$?
}
write_failing 0
moments=$(/usr/bin/python3 -c 'import struct; print(struct.unpack("Q", open("counter", "rb").read())[0])')
[ "$moments" -gt 30 ] || fail "only $moments moments: nothing was counted"
ended=
for ((at = moments / 2; at < moments && ${#ended} < 2; at++)); do
  write_failing "$at"
  if ! grep -q "no more files are changed" err; then
    [ $code -eq 0 ] || fail "at $at of $moments: exit status $code, and $(cat err)"
    continue
  fi
  [ $code -eq 1 ] || fail "at $at of $moments: a journal that fails ends with $code"
  [ "$(wc -l <err)" -eq 1 ] || fail "at $at of $moments: more was said than that the journal fails: $(cat err)"
  [ "$(grep -c '^songs/' out)" -lt 4 ] || fail "at $at of $moments: files are heard in vain: $(cat out)"
  expect 0 "$tag" --journal failing/journal.sqlite --write songs
  expect 0 "$tag" --journal failing/journal.sqlite --undo songs
  diff -r songs songs-before || fail "at $at of $moments: not what it was"
  ended+=x
done
[ "$ended" ] || fail "no fault of the journal's has ended a run"
# one that has no room from the beginning ends it before anything is heard
: >full
rm -rf songs failing
cp -r songs-before songs
mkdir failing
expect 0 "$tag" --journal failing/journal.sqlite songs/1.mp3
mkfifo hold # somebody else has it open: it can be opened without room
/usr/bin/python3 -c 'import sqlite3
journal = sqlite3.connect("failing/journal.sqlite")
journal.execute("SELECT * FROM files").fetchall()
open("held", "w").close()
open("hold").read()' &
until [ -e held ]; do
  kill -0 $! || fail "nobody holds the journal"
  sleep 0.1
done
for option in --write --undo; do
  expect 1 env "LD_PRELOAD=$library" "FAULT_UNDER=$PWD/failing" "FAULT_FULL=$PWD/full" "$tag" --journal failing/journal.sqlite $option songs
  matches err '^genre-tag: the journal .*; nothing has been changed'
  [ "$(wc -l <err)" -eq 1 ] || fail "more was said than that the journal has no room"
  [ ! -s out ] || fail "files are heard although the journal has no room"
done
: >hold
wait

# a journal that has no room: nothing is written, and everything is once there is room
mkdir disk
cp -r faults/old music
# shellcheck disable=SC2016 # for the shell inside
full='mount -t tmpfs -o size=200k tmpfs disk || exit 77
  export XDG_STATE_HOME=$PWD/disk
  "$1" music >/dev/null && head -c 1M /dev/zero >disk/full
  code=0
  "$1" --write --force music || code=$?
  diff -r faults/old music || exit 66
  rm -f disk/full
  "$1" --write music && "$1" --undo music && diff -r faults/old music || exit 67
  exit $code'
code=0
unshare --user --map-root-user --mount sh -c "$full" sh "$tag" >out 2>err || code=$?
if grep -Eq 'unshare|mount' err; then
  echo "a full disk: skipped, $(head -n 1 err)"
else
  [ $code -eq 1 ] || fail "a full disk ends with $code: $(cat out err)"
  matches err 'the journal .*(full|I/O error|No space)'
fi
