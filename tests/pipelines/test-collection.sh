#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# genre-tag on a collection in which everything is found that people have: the audio is the same before
# and after, what must not be written is not, and a run that is killed at any moment loses nothing.
. "$(dirname "$0")/common.sh"
tag=$GENRE_BUILD/pipelines/genre-tag
export LC_ALL=C.UTF-8

long=$(printf 'l%.0s' $(seq 250)).flac
[ ${#long} -eq 255 ] || fail "not 255 bytes"
mkdir -p music/deep/er elsewhere
make_music 26 song.flac
for ending in mp3 ogg wav; do
  make_music 26 "music/song.$ending"
done
cp song.flac "music/$long"
cp song.flac $'music/deep/er/ -n $(touch hacked) \n\e[31m%s.flac'
cp song.flac $'music/deep/\xff\xfe.flac'
cp song.flac "music/deep/wrong suffix.mp3"
cp song.flac elsewhere/target.flac
ln -s ../elsewhere/target.flac music/link.flac
cp song.flac music/hard.flac
ln music/hard.flac elsewhere/hard.flac
cp song.flac music/read-only.flac && chmod 444 music/read-only.flac
cp song.flac music/mode.flac && chmod 640 music/mode.flac && touch -d 2001-02-03 music/mode.flac
head -c 150000 music/song.mp3 >music/truncated.mp3
: >music/empty.ogg
mkfifo music/pipe.mp3
ln -s /dev/zero music/zero.ogg
ln -s nowhere music/dangling.mp3
cat music/song.ogg music/song.ogg >music/chained.ogg
if [ "$(id -u)" -eq 0 ]; then chown 1234:1235 music/mode.flac; fi
/usr/bin/python3 -c 'import os; os.setxattr("music/mode.flac", "user.rating", b"5")' 2>/dev/null || xattr=no

# what is heard in each file
audio() {
  find music elsewhere -type f -size +0 ! -name '.genre-tag-*' ! -name chained.ogg -print0 | sort -z |
    while IFS= read -r -d '' file; do
      ln -sf "$PWD/$file" decode
      decoded_audio decode
    done
}
audio >before
cp -a music untouched

# the special ones are reported, not opened: nobody writes into the pipe, and /dev/zero has no end
expect 1 timeout 60 "$tag" --write music/pipe.mp3 music/zero.ogg /dev/null music/dangling.mp3 music/empty.ogg
[ "$(wc -l <err)" -eq 5 ] || fail "not one line for each"
[ "$(grep -c ': a pipe or device, not a file$' err)" -eq 3 ] || fail "not each is called what it is: $(cat err)"

# a look changes nothing
expect 1 "$tag" music
diff -r untouched/deep music/deep || fail "a look wrote"
cmp untouched/song.mp3 music/song.mp3 || fail "a look wrote"

# a link to a folder is named, once, and what is behind it is heard only if that is given
mkdir -p shelf/album behind
cp song.flac shelf/album/song.flac
cp song.flac behind/song.flac
ln -s ../behind shelf/link
ln -s . shelf/circle
expect 0 "$tag" shelf
[ "$(grep -c '^shelf/.*song\.flac: ' out)" -eq 1 ] || fail "a link to a folder was followed"
for link in link circle; do
  [ "$(grep -c "^genre-tag: shelf/$link: a link to a folder, not followed; what is there can be named, too$" err)" -eq 1 ] ||
    fail "a link to a folder is not named once"
done
[ "$(wc -l <err)" -eq 2 ] || fail "more is said than two links"
expect 0 "$tag" --quiet shelf
[ ! -s err ] || fail "--quiet says something"
expect 0 "$tag" --undo --dry-run
[ ! -s err ] || fail "undoing speaks of links"
expect 1 "$tag" enqueue --queue redis://127.0.0.1:9/nobody shelf
grep -q 'built without queues' err || matches err '^genre-tag: shelf/link: a link to a folder, not followed'
expect 1 "$tag" enqueue --quiet --queue redis://127.0.0.1:9/nobody shelf
! grep 'a link to a folder' err || fail "--quiet says something"
expect 0 "$tag" shelf/link
matches out '^shelf/link/song\.flac: '
[ ! -s err ] || fail "a link that is given itself is not followed"

# a folder that cannot be examined is named; this one's path is longer than programs may have
mkdir far
cp song.flac far/song.flac
(cd far && /usr/bin/python3 -c 'import os
for _ in range(18):
    os.mkdir("f" * 250)
    os.chdir("f" * 250)')
for program in "$tag" "$GENRE_BUILD/pipelines/genre-listen --terse"; do
  # shellcheck disable=SC2086 # a program and an option
  expect 1 $program far
  matches err '^genre-(tag|listen): far/[f/]*: it cannot be examined: File name too long$'
  [ "$(wc -l <err)" -eq 1 ] || fail "more is said than one folder"
  matches out 'far/song\.flac'
done
rm -r far

# nor more than one that can be listed but not entered, nor of links to what nobody calls music
bounded=
if [ "$(id -u)" -eq 0 ]; then bounded='setpriv --bounding-set=-dac_override,-dac_read_search'; fi
mkdir shut linked
touch shut/{1,2,3}.jpg
cp song.flac linked/song.flac
ln -s ../shut/1.jpg linked/notes.txt
ln -s song.flac/notes linked/astray.txt
chmod 444 shut
for program in "$tag" "$GENRE_BUILD/pipelines/genre-listen --terse"; do
  # shellcheck disable=SC2086 # programs and options
  expect 1 $bounded $program shut
  matches err '^genre-(tag|listen): shut: it cannot be examined: Permission denied$'
  [ "$(wc -l <err)" -eq 1 ] || fail "more is said than one folder"
  # shellcheck disable=SC2086
  expect 0 $bounded $program linked
  [ ! -s err ] || fail "a link is named that is no music"
done
chmod 755 shut
rm -r shut linked

# killed at random moments, with its workers: every file is the old one or the new one
mkdir tmp
export TMPDIR=$PWD/tmp
for _ in $(seq 12); do
  "$tag" --write --force music &>/dev/null &
  pid=$!
  sleep "0.$((RANDOM % 60 + 10))"
  kill -9 $pid 2>/dev/null || :
  wait $pid 2>/dev/null || :
  sleep 0.05 # until the kernel has ended the workers as well
  audio >after
  cmp before after || fail "killed, and a file has other audio"
done
touch music/.genre-tag-0123456789 # whether or not one of them was hit at the right moment
mkdir tmp/genre-tag-alias-ABC123
ln -s /proc/self/fd/9 tmp/genre-tag-alias-ABC123/song.mp3
expect 1 "$tag" --write --force --preserve music
! find . -name '.genre-tag-*' -o -name 'genre-tag-*' | grep . || fail "leftovers"
audio >after
cmp before after || fail "other audio"
matches out '^music/link\.flac: .*(, written| already)$' # by the run that was killed, perhaps
[ -L music/link.flac ] || fail "the link has become a file"
genre=$(sed -n 's/^music\/link\.flac: \([^ ,]*\).*/\1/p' out)
for file in "music/$long" $'music/deep/\xff\xfe.flac' "music/deep/wrong suffix.mp3" elsewhere/target.flac music/song.mp3 music/song.ogg; do
  ln -sf "$PWD/$file" decode
  tags decode >found
  matches found "genre: $genre$"
done
matches err 'music/hard\.flac: .*--break-links'
matches err 'music/read-only\.flac: it is read-only'
matches err 'music/chained\.ogg: several streams'
matches out '^music/chained\.ogg: cannot be written$'
cmp song.flac music/hard.flac || fail "the hard link was written"
cmp song.flac music/read-only.flac || fail "the read-only file was written"
cmp music/chained.ogg untouched/chained.ogg || fail "the chained file was written"
[ ! -e hacked ] || fail "a name was executed"
[ "$(stat -c '%a %u %g %Y' music/mode.flac)" = "$(stat -c '%a %u %g %Y' untouched/mode.flac | sed "s/ [0-9]*$/ $(stat -c %Y music/mode.flac)/")" ] ||
  fail "other owner or mode"
[ "${xattr-}" ] || [ "$(/usr/bin/python3 -c 'import os; print(os.getxattr("music/mode.flac", "user.rating"))')" = "b'5'" ] ||
  fail "the extended attribute is gone"

# all of it is taken back, whatever was killed when
expect 0 "$tag" --undo
cmp song.flac elsewhere/target.flac || fail "the link's target is not what it was"
[ -L music/link.flac ] || fail "the link has become a file"
find untouched -type f -print0 | while IFS= read -r -d '' file; do
  cmp "$file" "music/${file#untouched/}" || fail "not what it was"
done
expect 0 "$tag" --undo
matches out '^Nothing is left to undo\.$'

# the time of modification, and hard links where they may be broken
touch -d 2001-02-03 music/mode.flac
expect 0 "$tag" --write --force --preserve music/mode.flac
[ "$(stat -c %Y music/mode.flac)" = "$(date -d 2001-02-03 +%s)" ] || fail "--preserve does not"
expect 0 "$tag" --write --break-links music/hard.flac
tags music/hard.flac >found
matches found "genre: $genre$"
cmp song.flac elsewhere/hard.flac || fail "the other name was written"

# a file that changes while it is heard is left alone; one that is named twice is written once
cp song.flac changing.flac
while [ ! -e heard ]; do
  printf x >>changing.flac
  sleep 0.02
done &
writer=$!
expect 1 "$tag" --write --whole changing.flac
matches err 'has changed meanwhile'
: >heard
wait $writer
expect 0 "$tag" --write --force music/song.mp3 music/../music/song.mp3
[ "$(wc -l <out)" -eq 1 ] || fail "written twice"

# one that somebody has open for writing is left to them: they would go on writing into what is no longer there
if /usr/bin/python3 -c 'import fcntl, os
fcntl.fcntl(os.open("song.flac", os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_RDLCK)' 2>/dev/null; then
  cp song.flac open.flac
  exec 9>>open.flac
  expect 1 "$tag" --write open.flac
  matches err 'open\.flac: another program has it open for writing$'
  printf more >&9
  exec 9>&-
  { cat song.flac && printf more; } | cmp - open.flac || fail "what was written meanwhile is lost"
  expect 0 "$tag" --write open.flac
  exec 9>>open.flac
  expect 1 "$tag" --undo open.flac
  matches err 'open\.flac: another program has it open for writing$'
  exec 9>&-
  expect 0 "$tag" --undo open.flac
  { cat song.flac && printf more; } | cmp - open.flac || fail "not what it was"
  ! find . -name '.genre-tag-*' | grep . || fail "leftovers"
else
  echo "files that are open for writing: skipped, no leases here"
fi

# what could not be printed is said, and the exit status says so
if [ -c /dev/full ]; then
  for arguments in "--json music/song.mp3" "music/song.mp3" "report" "--version"; do
    code=0
    # shellcheck disable=SC2086 # several words
    "$tag" $arguments >/dev/full 2>err || code=$?
    [ $code -eq 1 ] || fail "exit status $code on a full disk: $arguments"
    [ "$(grep -c '^genre-tag: not everything could be printed: No space left on device$' err)" -eq 1 ] || fail "a full disk is not said once: $arguments"
  done
fi

# on a disk that has room for two files of this size, but not for a tag more, the song stays whole
size=$(($(stat -c %s untouched/song.mp3) / 4096 * 4096 - 6))
head -c $size untouched/song.mp3 >exact.mp3
mkdir disk
# shellcheck disable=SC2016 # for the shell inside
full='mount -t tmpfs -o size=$((2 * ($1 + 6) / 1024))k tmpfs disk && cp exact.mp3 disk/song.mp3 || exit 77
  code=0
  "$2" --write --threshold 0.01 disk/song.mp3 || code=$?
  cmp exact.mp3 disk/song.mp3 && [ "$(ls -A disk)" = song.mp3 ] || exit 66
  exit $code'
code=0
unshare --user --map-root-user --mount sh -c "$full" sh $size "$tag" >out 2>err || code=$?
if grep -Eq 'unshare|mount' err; then
  echo "a full disk: skipped, $(head -n 1 err)"
else
  [ $code -eq 1 ] || fail "a full disk ends with $code"
  matches err 'No space left on device'
fi
