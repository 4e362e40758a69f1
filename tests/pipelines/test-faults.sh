#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# test-faults.sh fail|kill: every write, sync, rename and other call with which genre-tag changes files and its
# journal fails once, or is where it is killed, or where somebody else writes into a file; and a disk that is full.
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
if [ "$how" = kill ]; then
  faults kill-before 2
  faults kill-after 4
  ! find tmp -name 'genre-tag-*' | grep . || fail "what the killed ones have left is still there"
  exit
fi
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
