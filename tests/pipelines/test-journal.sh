#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# genre-tag's journal: what was heard is not heard again, what was written is taken back byte for byte, and
# the report, the manual and the schema say what is.
. "$(dirname "$0")/common.sh"
tag=$GENRE_BUILD/pipelines/genre-tag
docs=$GENRE_PIPELINES/../docs
export LC_ALL=C.UTF-8
journal=$XDG_STATE_HOME/genreclassify/journal.sqlite

mkdir music
make_music 26 music/song.mp3
for ending in flac ogg wav; do
  make_music 12 "music/song.$ending"
done
cp music/song.flac $'music/\xff\n\e name.flac'
cp music/song.mp3 "music/$(printf 'l%.0s' $(seq 251)).mp3"
cp -a music untouched

# a look is remembered, only for its owner, and writing does not hear again
expect 0 "$tag" music
! grep "heard before" out || fail "it was never heard before"
[ "$(stat -c %a "$journal" "${journal%/*}" | tr '\n' ' ')" = "600 700 " ] || fail "others may read the journal"
expect 0 "$tag" --json music
[ "$(grep -c '"from":"journal"' out)" -eq 6 ] || fail "a file was heard again"
expect 0 "$tag" --rehear music
! grep "heard before" out || fail "--rehear does not"
expect 0 "$tag" --excerpts 2 music/song.mp3
! grep "heard before" out || fail "other excerpts are another hearing"
expect 0 "$tag" music/song.mp3
! grep "heard before" out || fail "the last hearing counts"
expect 0 "$tag" --threshold 1 music/song.mp3
matches out '^music/song\.mp3: unknown'
expect 0 "$tag" --threshold 0.01 music/song.mp3
matches out 'heard before'
touch music/song.ogg
expect 0 "$tag" music/song.ogg
! grep "heard before" out || fail "a file that has changed must be heard again"
GST_PLUGIN_PATH=/nowhere GST_REGISTRY=$PWD/none.bin expect 1 "$tag" --jobs 1 music/song.flac # no model, no answer
matches err 'genreclassify'
expect 0 "$tag" --write music
[ "$(grep -c 'heard before), written$' out)" -eq 6 ] || fail "not all from the journal"
[ "$(cd untouched && find . | sort)" = "$(cd music && find . | sort)" ] || fail "other files"
expect 0 "$tag" --write music
[ "$(grep -c ' already$' out)" -eq 6 ] || fail "written twice"

# back, byte for byte, and nothing is left after that
cp -a music written
expect 0 "$tag" --undo --dry-run music
[ "$(grep -c ': would have no genre again (is ' out)" -eq 6 ] || fail "not six that would be restored"
matches out '6 would be restored\. Nothing has been changed\.$'
diff -r written music || fail "a look at undoing has changed something"
expect 0 "$tag" --undo music/song.mp3
diff -q music/song.mp3 untouched/song.mp3 || fail "not what it was"
cmp music/song.flac written/song.flac || fail "another file was restored"
expect 0 "$tag" --undo
matches out '^5 of 5 files: 5 restored\.$'
diff -r untouched music || fail "not what it was"
for argument in "" music music/song.flac; do
  expect 0 "$tag" --undo $argument
  matches out '^Nothing is left to undo\.$'
done
for option in "" --json --dry-run; do
  # shellcheck disable=SC2086 # none, perhaps
  expect 1 "$tag" --undo $option elsewhere
  matches err "the journal knows of nothing written in elsewhere, nor of a file there that was moved since"
done
expect 1 "$tag" --undo --journal none.sqlite elsewhere
matches err '^genre-tag: nothing is known of what was written in elsewhere: there is no journal .*none\.sqlite$'
expect 0 "$tag" music
[ "$(grep -c 'heard before' out)" -eq 6 ] || fail "what was restored was heard again"

# a journal that is named is made, a folder for it is not: its path may be mistyped
for option in "" --json --write --force --undo "--undo --dry-run"; do
  # shellcheck disable=SC2086 # none, perhaps, or several
  expect 2 "$tag" --journal no/such/journal.sqlite $option music/song.mp3
  matches err '^genre-tag: --journal is no/such/journal\.sqlite, expected a file in a folder that is there, not in no/such$'
  matches err '^Try'
  [ "$(cat out err | wc -l)" -eq 2 ] || fail "it goes on without the journal that was named: $(cat out err)"
  [ ! -e no ] || fail "a folder was made for a journal"
done
# nor is what is no file, or has no name, a journal: what is written could not be undone
for option in "" --write --undo; do
  for place in "" /dev/null music; do
    # shellcheck disable=SC2086 # none, perhaps
    expect 2 "$tag" --journal "$place" $option music/song.mp3
    matches err '^genre-tag: --journal is (empty, expected the name of a file|.*, expected a file, not a folder)'
  done
done
diff -r untouched music || fail "it was written without a journal"
expect 0 "$tag" --journal :memory: music/song.mp3
[ -s :memory: ] || fail "the journal is in memory"
expect 0 "$tag" --journal named.sqlite music/song.mp3
[ -e named.sqlite ] || fail "no journal was made"
[ "$(stat -c %s named.sqlite-runs)" = 0 ] || fail "what the manual says of the locks is not so"

# several writes over each other; the time, where it was kept
touch -d 2001-02-03 music/song.mp3
cp -a music/song.mp3 first.mp3
genre=$(sed -n 's/^music\/song\.mp3: \([^,]*\), .*/\1/p' out)
printf '%s = Läuft\n' "${genre,,}" >names
expect 0 "$tag" --write --preserve music/song.mp3
expect 0 "$tag" --write --preserve --force --name-map names music/song.mp3
matches out "^music/song\.mp3: Läuft instead of $genre, "
expect 0 "$tag" --undo music/song.mp3
matches out 'no genre again \(was Läuft\)$'
cmp first.mp3 music/song.mp3 || fail "two writes are not taken back"
[ "$(stat -c %Y music/song.mp3)" = "$(stat -c %Y first.mp3)" ] || fail "it has not its time again"

# a genre that is there already is not written once more, and a look at undoing is no event
expect 0 "$tag" --journal own.sqlite --write first.mp3
inode=$(stat -c %i first.mp3)
expect 0 "$tag" --journal own.sqlite --write --force first.mp3
matches out "^first\.mp3: $genre already$"
[ "$(stat -c %i first.mp3)" = "$inode" ] || fail "it was written once more"
expect 0 "$tag" report --journal own.sqlite
matches out '^  have a genre already +1$'
! grep "not heard" out || fail "it was heard"
expect 0 "$tag" --journal own.sqlite --undo --dry-run first.mp3
expect 0 "$tag" report --json --journal own.sqlite
matches out '"has-genre":1[,}]'

# each file once, also behind a link in a folder
mkdir links
ln -s ../first.mp3 links/song.mp3
expect 0 "$tag" --journal own.sqlite --undo links links/song.mp3 first.mp3
[ "$(wc -l <out)" -eq 1 ] || fail "a file was undone twice"
cmp first.mp3 untouched/song.mp3 || fail "what is behind a link was not undone"
expect 0 "$tag" --journal own.sqlite --undo links
matches out '^Nothing is left to undo\.$'

# renamed, moved, and copied to another place (another inode and time): found by what is in them
mkdir moved
for ending in mp3 flac ogg wav; do
  cp untouched/song.$ending moved/song.$ending
done
expect 0 "$tag" --journal moved.sqlite --write moved
cp -a moved moved-written
mkdir -p far/away
mv moved/song.mp3 $'far/new\xff name.mp3'
cp moved/song.flac far/away/song.flac && rm moved/song.flac
cp moved/song.ogg far/copy.ogg # whose original stays
printf 'x' | cat moved/song.wav - >far/changed.wav && rm moved/song.wav
cp far/changed.wav changed.wav
expect 0 "$tag" --journal moved.sqlite --undo --dry-run far
[ "$(grep -c 'when it was written, it was /.*/moved/song\.\(mp3\|flac\)$' out)" -eq 2 ] || fail "not two that were moved"
cmp far/away/song.flac moved-written/song.flac || fail "a look at undoing has changed something"
expect 1 "$tag" --journal moved.sqlite --undo moved/song.mp3
matches err 'song\.mp3: it cannot be found'
expect 0 "$tag" --journal moved.sqlite --json --undo far far/away
[ "$(grep -c '"moved-from":"/.*/moved/song.*"action":"restored"' out)" -eq 2 ] || fail "not two that were moved"
cmp $'far/new\xff name.mp3' untouched/song.mp3 || fail "a renamed file is not what it was"
cmp far/away/song.flac untouched/song.flac || fail "a copied file is not what it was"
cmp far/copy.ogg moved-written/song.ogg || fail "a copy was undone"
cmp far/changed.wav changed.wav || fail "what somebody has changed was undone"
expect 0 "$tag" --journal moved.sqlite --undo far
matches out '^Nothing is left to undo\.$'
expect 1 "$tag" --journal moved.sqlite --undo far/copy.ogg
expect 1 "$tag" --journal moved.sqlite --undo far/changed.wav
expect 0 "$tag" --journal moved.sqlite --undo moved/song.ogg
cmp moved/song.ogg untouched/song.ogg || fail "the original is not what it was"

# a name that two songs had, one after the other: what undoes the first stays when the second is undone
mkdir turn kept
cp untouched/song.flac turn/01.flac
expect 0 "$tag" --journal turn.sqlite --write turn
mv turn/01.flac kept/first.flac
make_music 20 turn/01.flac
cp turn/01.flac second.flac
expect 0 "$tag" --journal turn.sqlite --write turn
mv turn/01.flac kept/second.flac
expect 0 "$tag" report --json --journal turn.sqlite turn/01.flac
matches out '"written":2,'
expect 0 "$tag" --journal turn.sqlite --undo kept
matches out '^2 of 2 files: 2 restored\.$'
cmp kept/second.flac second.flac || fail "the second song of that name is not what it was"
cmp kept/first.flac untouched/song.flac || fail "the first song of that name is not what it was"
expect 0 "$tag" --journal turn.sqlite --undo
matches out '^Nothing is left to undo\.$'

# renamed between two changes: both are taken back
mkdir between
cp untouched/song.flac between/a.flac
expect 0 "$tag" --journal between.sqlite --write between
mv between renamed && mv renamed/a.flac renamed/b.flac
expect 0 "$tag" --journal between.sqlite --write --force --name-map names renamed
cmp -s renamed/b.flac untouched/song.flac && fail "nothing was written"
expect 0 "$tag" --journal between.sqlite --undo renamed
cmp renamed/b.flac untouched/song.flac || fail "only the change since it was renamed was taken back"
expect 0 "$tag" --journal between.sqlite --undo
matches out '^Nothing is left to undo.$'

# names that were exchanged: each song gets its own tag back, whatever it is called, and one without a change stays
same() { # FAULT FILE FILE...: each two are the same
  local fault=$1
  shift
  while [ $# -gt 0 ]; do
    cmp "$1" "$2" || fail "$fault"
    shift 2
  done
}
mkdir swap
cp untouched/song.flac swap/a
cp untouched/song.ogg swap/b
cp untouched/song.wav swap/c
cp -a swap swap-untouched
expect 0 "$tag" --journal swap.sqlite --write swap/a swap/b
cp -a swap swap-written
mv swap/a third && mv swap/b swap/a && mv third swap/b
expect 0 "$tag" --journal swap.sqlite --json --undo swap
[ "$(grep -c '"moved-from":"/.*/swap/[ab]".*"action":"restored"' out)" -eq 2 ] || fail "exchanged names are not seen"
same "exchanged files are not what they were" swap/a swap-untouched/b swap/b swap-untouched/a
# also without a folder, beside a file that was not written, and where one has just another name
mv swap/a third && mv swap/b swap/a && mv third swap/b
expect 0 "$tag" --journal swap.sqlite --write swap/a swap/b
mv swap/a third && mv swap/b swap/a && mv third swap/b
expect 0 "$tag" --journal swap.sqlite --undo
same "exchanged files are not found without a folder" swap/a swap-untouched/b swap/b swap-untouched/a
expect 0 "$tag" --journal swap.sqlite --write swap/a swap/b
mv swap/a third && mv swap/c swap/a && mv third swap/c && mv swap/b swap/d.ogg
mv swap/c swap/c.ogg
expect 0 "$tag" --journal swap.sqlite --json --undo swap
[ "$(wc -l <out)" -eq 2 ] || fail "not the two that were written"
same "what was renamed, or what has its name now, is not what it was" \
  swap/a swap-untouched/c swap/c.ogg swap-untouched/b swap/d.ogg swap-untouched/a
# exchanged by copying, they cannot be told from copies: both are left alone
rm -r swap && cp -a swap-untouched swap
expect 0 "$tag" --journal swap.sqlite --write swap/a swap/b
cp -a swap/a third && cp swap/b swap/a && cp third swap/b
cp -a swap swap-copied
expect 1 "$tag" --journal swap.sqlite --undo swap
[ "$(grep -c ': another file has this name now: it is left alone\|: somebody has changed it since' err)" -eq 2 ] || fail "not both are refused"
same "a tag was written into the wrong file" swap/a swap-copied/a swap/b swap-copied/b

# what was renamed gets its tag back, and that a changed copy has its old name is said
mkdir copied
cp untouched/song.mp3 copied/a.mp3
expect 0 "$tag" --journal copied.sqlite --write copied
mv copied/a.mp3 copied/b.mp3
cp copied/b.mp3 copied/a.mp3
head -c 128 /dev/zero >>copied/a.mp3
cp copied/a.mp3 copied.mp3
expect 1 "$tag" --journal copied.sqlite --undo copied
matches err 'a.mp3: another file has this name now: it is left alone$'
same "what was renamed is not what it was, or its copy was changed" copied/b.mp3 untouched/song.mp3 copied/a.mp3 copied.mp3

# a copy of what is on a disk that is not there now is no moved file; what was renamed with its folder is
mkdir disk copies
cp untouched/song.mp3 disk/song.mp3
expect 0 "$tag" --journal disk.sqlite --write disk
cp disk/song.mp3 copies/a.mp3
cp copies/a.mp3 copy.mp3
mv disk taken-away
expect 1 "$tag" --journal disk.sqlite --undo copies
cmp copies/a.mp3 copy.mp3 || fail "a copy was undone whose original is on a disk that is not there"
matches err "^genre-tag: copies: 1 file has the bytes that were written in $PWD/disk, which is not there now: .* mount or make"
[ "$(wc -l <err)" -eq 1 ] || fail "more was said than which folder is missing"
mv taken-away copies/z
mkdir disk
expect 0 "$tag" --journal disk.sqlite --undo copies
cmp copies/z/song.mp3 untouched/song.mp3 || fail "what was renamed was not undone"
cmp copies/a.mp3 copy.mp3 || fail "a copy took the place of what was renamed"

# moved with its folders to another disk (other inodes and times): which folder is missing is said, and with it again
# all of it is found
mkdir -p shelf/one shelf/two/three
cp untouched/song.mp3 shelf/one/a.mp3
cp untouched/song.flac shelf/two/three/b.flac
cp -a shelf shelf-untouched
expect 0 "$tag" --journal shelf.sqlite --write shelf
cp -r shelf other-disk
rm -r shelf
expect 1 "$tag" --journal shelf.sqlite --undo other-disk
matches err "^genre-tag: other-disk: 2 files have the bytes that were written in $PWD/shelf, which is not there now: "
[ "$(wc -l <err)" -eq 1 ] || fail "more was said than which folder is missing"
[ ! -s out ] || fail "more was said than which folder is missing"
mkdir -p shelf/one
expect 1 "$tag" --journal shelf.sqlite --undo other-disk
matches err "^genre-tag: other-disk: 1 file has the bytes that were written in $PWD/shelf/two, "
cmp other-disk/one/a.mp3 shelf-untouched/one/a.mp3 || fail "what was moved is not found although its folder is there again"
mkdir -p shelf/two/three
expect 0 "$tag" --journal shelf.sqlite --undo other-disk
diff -r other-disk shelf-untouched || fail "what was moved to another disk is not what it was"
mkdir disks
for disk in 1 2 3 4; do
  mkdir disks/$disk
  head -c $disk /dev/zero | cat untouched/song.mp3 - >disks/$disk/song.mp3
done
expect 0 "$tag" --journal shelf.sqlite --write disks
cp -r disks other-disks
rm -r disks/?
expect 1 "$tag" --journal shelf.sqlite --undo other-disks
matches err ": 4 files have .* in $PWD/disks/1, $PWD/disks/2, $PWD/disks/3, \\.\\.\\., which"

# another song under the same name, with the same genre, keeps it
cp first.mp3 same.mp3
expect 0 "$tag" --journal own.sqlite --write same.mp3
gst-launch-1.0 -q audiotestsrc wave=pink-noise num-buffers=600 ! audioconvert ! \
  taginject tags="genre=\"$genre\"" ! lamemp3enc ! id3v2mux ! filesink location=noise.mp3
cp noise.mp3 same.mp3
expect 1 "$tag" --journal own.sqlite --undo same.mp3
matches err 'same\.mp3: another file has this name now'
cmp noise.mp3 same.mp3 || fail "another song's genre was taken away"

# somebody has changed it since: what they did stays
expect 0 "$tag" --write music/song.mp3 music/song.ogg music/song.flac
cat music/song.mp3 first.mp3 >longer && cp longer music/song.mp3
expect 0 "$tag" --undo --dry-run music/song.mp3
matches out 'would have no genre again .*somebody has changed it since$'
expect 0 "$tag" --undo music/song.mp3
matches out ': no genre again .*somebody has changed it since$'
tags music/song.mp3 >found
! grep -q "genre: $genre" found || fail "the genre is still there"
[ "$(stat -c %s music/song.mp3)" -gt "$(($(stat -c %s first.mp3) * 2 - 1))" ] || fail "what was added is gone"
# what cannot be written once more is written nevertheless: the report lists as refused what is not
cp untouched/song.flac linked.flac
cp untouched/song.ogg refused.ogg
expect 0 "$tag" --journal linked.sqlite --write linked.flac
ln linked.flac linked.copy
ln refused.ogg refused.copy
expect 1 "$tag" --journal linked.sqlite --write --force --name-map names linked.flac refused.ogg
matches out '^2 of 2 files: 2 cannot be written\.$'
expect 0 "$tag" report --json --journal linked.sqlite
matches out '"written":1,"refused":\[\{"obstacle":"it has several names[^}]*,"files":1,"uri":"[^"]*/refused\.ogg"\}\]'
expect 0 "$tag" report --journal linked.sqlite
matches out '^ +1  it has several names'
rm linked.copy refused.copy
expect 0 "$tag" --journal linked.sqlite --undo
expect 0 "$tag" report --journal linked.sqlite linked.flac
! grep "cannot be written" out || fail "what was undone is refused"

# what a person has taken back by hand, or out of a copy, is taken back: the journal is done with it
cp untouched/song.ogg hand.ogg
cp untouched/song.flac hand.flac
expect 0 "$tag" --journal hand.sqlite --write hand.ogg hand.flac
/usr/bin/python3 -c 'import mutagen
song = mutagen.File("hand.ogg")
del song["genre"]
song["comment"] = "mine"
song.save()' || skip "needs python3-mutagen"
cp untouched/song.flac hand.flac
cp hand.ogg mine.ogg
for option in --dry-run --json ""; do
  cp hand.sqlite "hand-$option.sqlite"
  # shellcheck disable=SC2086 # none, perhaps
  expect 0 "$tag" --journal "hand-$option.sqlite" --undo $option
  same "what was taken back by hand was changed" hand.ogg mine.ogg hand.flac untouched/song.flac
done
[ "$(grep -c '^/.*/hand\.\(ogg\|flac\): taken back already$' out)" -eq 2 ] || fail "not both are taken back already"
matches out '^2 of 2 files: 2 taken back already\.$'
expect 0 "$tag" --journal hand-.sqlite --undo
matches out '^Nothing is left to undo\.$'
expect 0 "$tag" --journal hand---dry-run.sqlite --undo hand.ogg
matches out 'hand\.ogg: taken back already$'
GENRE=Other /usr/bin/python3 - <<'PY' || skip "needs python3-mutagen"
import mutagen
song = mutagen.File("music/song.ogg")
song["genre"] = "Other"
song.save()
PY
cp music/song.ogg other.ogg
add_two() { # two values of a tag
  TAG=$1 /usr/bin/python3 -c 'import mutagen, os
song = mutagen.File("several.ogg")
song[os.environ["TAG"]] = ["One", "Two"]
song.save()'
}
cp untouched/song.ogg several.ogg
add_two genre
expect 0 "$tag" --journal own.sqlite --write --force several.ogg
add_two title
cp several.ogg expected.ogg
expect 1 "$tag" --journal own.sqlite --undo several.ogg
matches err 'several\.ogg: .*it had several genres before'
cmp several.ogg expected.ogg || fail "two genres have become one"
# what turned out when it was written a look says again, and the report goes on saying it, as long as the file is what it was
cp untouched/song.mp3 fleeting.mp3
/usr/bin/python3 -c 'import mutagen
song = mutagen.File("fleeting.mp3")
song.tags.add(mutagen.id3.AENC(owner="http://localhost/", preview_start=1, preview_length=2, data=b"x"))
song.save(v2_version=3)
content = bytearray(open("fleeting.mp3", "rb").read())
content[content.index(b"AENC") + 8] |= 0x80
open("fleeting.mp3", "wb").write(content)'
fault='the frame AENC of its ID3v2\.3 tag would be lost'
expect 0 "$tag" --journal fleeting.sqlite fleeting.mp3
matches out '^fleeting\.mp3: .*% sure$' # which nobody knows before it is tried
expect 1 "$tag" --journal fleeting.sqlite --write fleeting.mp3
matches err "$fault"
for look in "" "--threshold 0.1" "--force"; do
  # shellcheck disable=SC2086 # two words, or none
  expect 0 "$tag" --journal fleeting.sqlite $look fleeting.mp3
  matches out '^fleeting\.mp3: .*% sure \(heard before\), cannot be written$'
  matches err "$fault"
  expect 0 "$tag" report --journal fleeting.sqlite
  matches out "^ +1  $fault\$"
done
expect 0 "$tag" --journal fleeting.sqlite --json fleeting.mp3
matches out '"from":"journal",.*"action":"refused"'
! grep -q '"refused":' out || fail "what is for the journal alone is told"
echo "${genre,,} = Mine" >mine.names
expect 0 "$tag" --journal fleeting.sqlite --name-map mine.names fleeting.mp3
matches out '^fleeting\.mp3: Mine, .*% sure \(heard before\)$' # another name may do
expect 1 "$tag" --journal fleeting.sqlite --write fleeting.mp3 # and it is tried again each time
matches err "$fault"
/usr/bin/python3 -c 'import mutagen
song = mutagen.File("fleeting.mp3")
song.tags.delall("AENC")
song.save(v2_version=3)'
expect 0 "$tag" --journal fleeting.sqlite fleeting.mp3
matches out '^fleeting\.mp3: .*% sure$'
expect 0 "$tag" report --journal fleeting.sqlite
! grep -q AENC out || fail "the report says of a file what was wrong with another version of it"
# what TagLib would leave out without a word is not lost by undoing either
cp untouched/song.mp3 volume.mp3
cp untouched/song.wav volume.wav
expect 0 "$tag" --journal own.sqlite --write volume.mp3 volume.wav
/usr/bin/python3 -c 'import mutagen
for name in "volume.mp3", "volume.wav":
    song = mutagen.File(name)
    if song.tags is None:
        song.add_tags()
    song.tags.add(mutagen.id3.RVAD(adjustments=[1, 2]))
    song.save(v2_version=3)'
cp volume.mp3 before.mp3
cp volume.wav before.wav
# here with the flag by which a frame asks to be left out when the tag changes
/usr/bin/python3 -c 'content = bytearray(open("volume.wav", "rb").read())
content[content.index(b"RVAD") + 8] |= 0x80
open("volume.wav", "wb").write(content)'
cp volume.wav expected.wav
expect 0 "$tag" --journal own.sqlite --undo --dry-run volume.wav
matches err 'volume\.wav: the frame RVAD of its ID3v2\.3 tag would be lost'
expect 1 "$tag" --journal own.sqlite --undo volume.wav
matches err 'volume\.wav: the frame RVAD of its ID3v2\.3 tag would be lost'
cmp volume.wav expected.wav || fail "a frame is lost"
cp before.wav volume.wav
expect 0 "$tag" --journal own.sqlite --undo volume.mp3 volume.wav
matches out 'volume\.mp3: no genre again .*somebody has changed it since$'
matches out 'volume\.wav: no genre again .*somebody has changed it since$'
/usr/bin/python3 -c 'from mutagen.id3 import ID3
old, new = (ID3(name, translate=False) for name in ("before.mp3", "volume.mp3"))
old.delall("TCON")
assert list(new.values()) == list(old.values()) and "RVAD" in new, new.pprint()
def frame(name):
    content = open(name, "rb").read()
    at = content.index(b"RVAD")
    return content[at:at + 10 + int.from_bytes(content[at + 4:at + 8], "big")]
assert frame("volume.wav") == frame("before.wav") and b"TCON" not in open("volume.wav", "rb").read(), frame("volume.wav")'

# ours over somebody else's over ours: theirs comes back, with its time, which may be any
cp untouched/song.ogg partly.ogg
touch -d 2001-02-03 partly.ogg
expect 0 "$tag" --journal own.sqlite --write --preserve partly.ogg
/usr/bin/python3 -c 'import mutagen
song = mutagen.File("partly.ogg")
song["genre"] = "Other"
song.save()'
touch -d '1969-12-31 23:59:58.25 UTC' partly.ogg
cp -a partly.ogg theirs.ogg
expect 0 "$tag" --journal own.sqlite --write --force --preserve partly.ogg
expect 0 "$tag" --journal own.sqlite --undo partly.ogg
matches out "/partly\.ogg: Other again \(was $genre\)$"
cmp partly.ogg theirs.ogg || fail "not what somebody had made of it"
[ "$(stat -c %y partly.ogg)" = "$(stat -c %y theirs.ogg)" ] || fail "it has not the time that it had then"

# a name that two songs had, where the second one still has it: each gets back what is its own, at once or one after the other
two_songs() { # FOLDER: rip/01.flac, which was written, and kept/01.flac, which was before it was moved
  mkdir -p "$1/rip" "$1/kept"
  cp "${first:-untouched/song.flac}" "$1/rip/01.flac"
  expect 0 "$tag" --journal "$1.sqlite" --write ${first:+--force} "$1/rip"
  mv "$1/rip/01.flac" "$1/kept/01.flac"
  cp "${second:-quiet.flac}" "$1/rip/01.flac"
  # shellcheck disable=SC2086 # several words, or none
  expect 0 "$tag" --journal "$1.sqlite" --write $option "$1/rip"
  cmp -s "$1/rip/01.flac" "${second:-quiet.flac}" && fail "nothing was written"
  :
}
make_raw 12 part.raw
# shellcheck disable=SC2086 # several words
gst-launch-1.0 -q filesrc location=part.raw ! $parse_raw ! audioconvert ! volume volume=0.4 ! \
  taginject tags='title="Quiet"' ! flacenc ! filesink location=quiet.flac
first="" second="" option=""
for order in "." "kept rip" "rip kept"; do
  for both in at-once one-by-one; do
    name="two-$both-${order// /-}"
    name=${name//./all}
    two_songs "$name"
    expect 0 "$tag" report --json --journal "$name.sqlite"
    matches out '"written":2,'
    arguments=()
    for folder in $order; do arguments+=("$name/$folder"); done
    if [ $both = at-once ]; then
      expect 0 "$tag" --journal "$name.sqlite" --undo "${arguments[@]}"
      matches out '^2 of 2 files: 2 restored\.$'
    else
      for argument in "${arguments[@]}"; do expect 0 "$tag" --journal "$name.sqlite" --undo "$argument"; done
    fi
    same "two songs that had one name, $both, $order" "$name/kept/01.flac" untouched/song.flac "$name/rip/01.flac" quiet.flac
    expect 0 "$tag" --journal "$name.sqlite" --undo
    matches out '^Nothing is left to undo\.$'
  done
done
edit() { # FILE TAG VALUE: as a player does
  /usr/bin/python3 -c 'import mutagen, sys
song = mutagen.File(sys.argv[1])
song[sys.argv[2]] = sys.argv[3]
song.save()' "$@"
}
# the second song has not the genre back that the first had; its own title stays
cp untouched/song.flac jazz.flac
edit jazz.flac genre Jazz
first=jazz.flac
two_songs edited
edit edited/rip/01.flac title Mine
expect 0 "$tag" --journal edited.sqlite --undo edited/rip
matches out '01\.flac: no genre again .*somebody has changed it since$'
tags edited/rip/01.flac >found
! grep -q "genre" found || fail "a song has the genre of another"
grep -q "title: Mine" found || fail "what somebody has changed is lost"
expect 0 "$tag" --journal edited.sqlite --undo edited
same "the first song is not what it was" edited/kept/01.flac jazz.flac
# it had the genre that the first one got
cp quiet.flac like.flac
edit like.flac genre "$genre"
second=like.flac option="--force --name-map names"
two_songs like
expect 0 "$tag" --journal like.sqlite --undo like/rip
matches out "01\.flac: $genre again \(was Läuft\)$"
same "the second song is not what it was" like/rip/01.flac like.flac
expect 0 "$tag" --journal like.sqlite --undo like
same "the first song is not what it was" like/kept/01.flac jazz.flac
# the same bytes twice: the copy has its own change
first="" second=untouched/song.flac option=""
two_songs copied-again
expect 0 "$tag" --journal copied-again.sqlite --undo copied-again
matches out '^2 of 2 files: 2 restored\.$'
same "a copy is not what it was" copied-again/kept/01.flac untouched/song.flac copied-again/rip/01.flac untouched/song.flac

# of the same sound, but not the same bytes: neither takes the other one's way back, in whichever order, or when it comes back
cp untouched/song.flac titled.flac
edit titled.flac title Mine
second=titled.flac
for order in "." "rip kept" "kept rip" "rip" "kept"; do
  name="sound-${order// /-}"
  name=${name//./all}
  two_songs "$name"
  arguments=()
  for folder in $order; do arguments+=("$name/$folder"); done
  expect 0 "$tag" --journal "$name.sqlite" --jobs 1 --undo "${arguments[@]}"
  [ "$order" != kept ] || expect 0 "$tag" --journal "$name.sqlite" --undo "$name/rip"
  if [ "$order" = rip ]; then # what is passed over is not looked for where it was
    expect 0 "$tag" --journal "$name.sqlite" --undo "$name/rip"
    matches out '^Nothing is left to undo\.$'
    expect 0 "$tag" --journal "$name.sqlite" --undo "$name/kept"
  fi
  same "two songs of one sound that had one name, $order" "$name/kept/01.flac" untouched/song.flac "$name/rip/01.flac" titled.flac
  expect 0 "$tag" --journal "$name.sqlite" --undo
  matches out '^Nothing is left to undo\.$'
done
two_songs sound-back
expect 0 "$tag" --journal sound-back.sqlite --undo sound-back/rip
mv sound-back/kept/01.flac sound-back/rip/01.flac
expect 0 "$tag" --journal sound-back.sqlite --undo sound-back/rip
same "what came back is not what it was" sound-back/rip/01.flac untouched/song.flac

# edited in place, and written again, it is still one file
cp untouched/song.flac again.flac
expect 0 "$tag" --journal again.sqlite --write again.flac
/usr/bin/python3 -c 'import mutagen
song = mutagen.File("again.flac")
del song["genre"]
song["title"] = "Mine"
song.save()'
cp again.flac again-edited.flac
expect 0 "$tag" --journal again.sqlite --write again.flac
expect 0 "$tag" report --json --journal again.sqlite
matches out '"written":1,'
expect 0 "$tag" --journal again.sqlite --undo again.flac
same "not what somebody had made of it" again.flac again-edited.flac
expect 0 "$tag" --journal again.sqlite --undo
matches out '^Nothing is left to undo\.$'

# moved to another file system between two changes (another inode and time): both are taken back, one after the other
mkdir -p system/old system/new
cp untouched/song.ogg system/old/a.ogg
expect 0 "$tag" --journal system.sqlite --write system/old
cp system/old/a.ogg system/new/b.ogg
rm system/old/a.ogg
expect 0 "$tag" --journal system.sqlite --write --force --name-map names system/new
expect 1 "$tag" --journal system.sqlite --undo system # the name that it had is not there
matches err '/system/new/b\.ogg: it is what was written in .*/system/old/a\.ogg before; if it is that file, and no copy of it, another --undo'
expect 0 "$tag" --journal system.sqlite --undo system
same "only the change since it was moved was taken back" system/new/b.ogg untouched/song.ogg

# moved, written and moved back: what was written under its name first is taken back, too
mkdir thrice
cp untouched/song.ogg thrice/x.ogg
expect 0 "$tag" --journal thrice.sqlite --write thrice
mv thrice/x.ogg thrice/y.ogg && touch thrice/y.ogg
expect 0 "$tag" --journal thrice.sqlite --write --force --name-map names thrice
mv thrice/y.ogg thrice/x.ogg
expect 0 "$tag" --journal thrice.sqlite --undo thrice
same "only the change under its other name was taken back" thrice/x.ogg untouched/song.ogg
! grep 'of [^1]' out || fail "it counts for two"

# what has come to be what it was by being written again is taken back once, in a copy, too
mkdir circle
cp untouched/song.ogg circle/a.ogg
for kept in before circle; do
  [ "$kept" = before ] || expect 0 "$tag" --journal circle.sqlite --write --force --name-map names circle
  expect 0 "$tag" --journal "$kept.sqlite" --write --force circle
done
cp circle/a.ogg circle-written.ogg
cp -p circle/a.ogg third && mv third circle/a.ogg
expect 0 timeout 60 "$tag" --journal circle.sqlite --undo circle
same "what was written twice is not what it was" circle/a.ogg circle-written.ogg

# exchanged, and one of them not known by its time any more: that it stays what it is, is said
mkdir supplanted
cp untouched/song.ogg supplanted/a
cp untouched/song.flac supplanted/b
expect 0 "$tag" --journal supplanted.sqlite --write supplanted/a supplanted/b
mv supplanted/a third && mv supplanted/b supplanted/a && mv third supplanted/b
touch supplanted/a
expect 1 "$tag" --journal supplanted.sqlite --undo supplanted
matches err '/b: another file has this name now: it is left alone$'
[ "$(wc -l <err)" -eq 1 ] || fail "not one is left: $(cat err)"
same "what is known is not what it was" supplanted/b untouched/song.ogg

# a backup that a person has put there takes no way back from the file that was moved away
mkdir -p backup/old backup/new
cp untouched/song.ogg backup/old/a.ogg
expect 0 "$tag" --journal backup.sqlite --write backup
mv backup/old/a.ogg backup/new
cp untouched/song.ogg backup/old/a.ogg
expect 0 "$tag" --journal backup.sqlite --undo backup/old
expect 0 "$tag" --journal backup.sqlite --undo backup/new
same "a backup has taken the way back of what was moved" backup/new/a.ogg untouched/song.ogg

# nor one with another time, and if it was put there beside what was moved, there is nothing to say
backup_of() { # NAME: written, moved away, and a backup is there instead
  mkdir -p "$1/old" "$1/new"
  cp -p untouched/song.ogg "$1/old/a.ogg"
  expect 0 "$tag" --journal "$1.sqlite" --write --preserve "$1"
  mv "$1/old/a.ogg" "$1/new"
  cp untouched/song.ogg "$1/old/a.ogg"
}
backup_of preserved
expect 0 "$tag" --journal preserved.sqlite --undo preserved/old
expect 0 "$tag" --journal preserved.sqlite --undo preserved/new
same "a backup of another time has taken the way back of what was moved" preserved/new/a.ogg untouched/song.ogg
backup_of silent
expect 0 "$tag" --journal silent.sqlite --undo silent
[ ! -s err ] || fail "something is said of a file that is what it was: $(cat err)"
same "what was moved is not what it was" silent/new/a.ogg untouched/song.ogg
# what was passed over is followed to its new name when it is written again there
backup_of followed
expect 0 "$tag" --journal followed.sqlite --undo followed/old
expect 0 "$tag" --journal followed.sqlite --write --force --name-map names followed/new
expect 0 "$tag" --journal followed.sqlite --undo followed/new
same "only the last change was taken back" followed/new/a.ogg untouched/song.ogg
# a copy of what was written, found by its bytes, takes nothing from what was moved
backup_of copied-away
cp copied-away/new/a.ogg copied-away/copy.ogg
rm copied-away/old/a.ogg
mv copied-away/new away
expect 0 "$tag" --journal copied-away.sqlite --undo copied-away
same "what has the bytes that were written is not what it was" copied-away/copy.ogg untouched/song.ogg
mv away copied-away/new
expect 0 "$tag" --journal copied-away.sqlite --undo copied-away/new
same "a copy has taken the way back of what was moved" copied-away/new/a.ogg untouched/song.ogg
# nor if it is refused at first, for another program has it open
backup_of busy
cp -p busy/new/a.ogg busy/old/a.ogg
exec 9>>busy/old/a.ogg
expect 1 "$tag" --journal busy.sqlite --undo busy/old
exec 9>&-
expect 0 "$tag" --journal busy.sqlite --undo busy/old
expect 0 "$tag" --journal busy.sqlite --undo busy/new
same "a copy has taken the way back of what was moved, after it was refused" busy/new/a.ogg untouched/song.ogg
# and what was put away is put back where it was written
cp untouched/song.ogg back.ogg
expect 0 "$tag" --journal back.sqlite --write back.ogg
cp -p back.ogg back-written
cp untouched/song.ogg back.ogg
expect 0 "$tag" --journal back.sqlite --undo back.ogg
mv back-written back.ogg
expect 0 "$tag" --journal back.sqlite --undo back.ogg
same "what was put back is not known" back.ogg untouched/song.ogg

# a copy that is changed takes nothing from the original, though that has another name since
mkdir original
cp untouched/song.ogg original/a.ogg
expect 0 "$tag" --journal original.sqlite --write original
cp original/a.ogg original/copy.ogg
mv original/a.ogg original/moved.ogg
expect 0 "$tag" --journal original.sqlite --write --force --name-map names original/copy.ogg
expect 0 "$tag" --journal original.sqlite --undo original/moved.ogg
same "a copy has taken the way back of its original" original/moved.ogg untouched/song.ogg

# ours over somebody else's over ours, and changed once more: their genre comes back
cp untouched/song.ogg over.ogg
expect 0 "$tag" --journal over.sqlite --write over.ogg
edit over.ogg genre Theirs
expect 0 "$tag" --journal over.sqlite --write --force --name-map names over.ogg
edit over.ogg title Theirs
expect 0 "$tag" --journal over.sqlite --undo over.ogg
matches out 'over\.ogg: Theirs again \(was Läuft\); the rest stays, somebody has changed it since$'
expect 0 "$tag" --journal over.sqlite --undo
matches out '^Nothing is left to undo\.$'

# a run was killed at a file that was moved before the next run, or changed
leave_open() { # JOURNAL: as if its run had been killed before it noted what it has done
  /usr/bin/python3 -c 'import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as journal:
    journal.execute("UPDATE changes SET state = 0, concluded = NULL, after_mtime = 0, after_inode = 0")' "$1"
}
mkdir open
for ending in mp3 ogg; do
  cp untouched/song.$ending open/$ending
done
expect 0 "$tag" --journal open.sqlite --write open/mp3 open/ogg
leave_open open.sqlite
mv open/mp3 open/new.mp3
edit open/ogg title Mine
expect 0 "$tag" --journal open.sqlite --undo --dry-run open
matches out '/open/new\.mp3: would have no genre again'
matches err '/open/ogg: it was being written when genre-tag was killed, .* only its genre can be taken back'
expect 0 "$tag" --journal open.sqlite --undo open
same "what a killed run has written is not found" open/new.mp3 untouched/song.mp3
tags open/ogg >found
! grep -q "genre" found || fail "what a killed run has written into a changed file is still there"
grep -q "title: Mine" found || fail "what somebody has changed is lost"
# a genre that is not ours stays
cp untouched/song.ogg lost.ogg
expect 0 "$tag" --journal lost.sqlite --write lost.ogg
leave_open lost.sqlite
edit lost.ogg genre Theirs
cp lost.ogg theirs.ogg
expect 1 "$tag" --journal lost.sqlite --undo
matches err 'lost\.ogg: somebody has changed it since, and its genre'
same "somebody else's genre was taken away" lost.ogg theirs.ogg

# a write that has not come about hides none that has
leave_last_open() { # JOURNAL
  /usr/bin/python3 -c 'import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as journal:
    journal.execute("""UPDATE changes SET state = 0, concluded = NULL, after_mtime = 0, after_inode = 0
                       WHERE id = (SELECT max(id) FROM changes)""")' "$1"
}
for again in no yes; do
  cp untouched/song.ogg vain.ogg
  expect 0 "$tag" --journal vain-$again.sqlite --write vain.ogg
  cp vain.ogg vain-written.ogg
  expect 0 "$tag" --journal vain-$again.sqlite --write --force --name-map names vain.ogg
  leave_last_open vain-$again.sqlite
  cp vain-written.ogg vain.ogg
  edit vain.ogg title Mine
  if [ $again = yes ]; then
    expect 0 "$tag" --journal vain-$again.sqlite --write --force --name-map names vain.ogg
    edit vain.ogg title Yours
  fi
  expect 0 "$tag" --journal vain-$again.sqlite --undo vain.ogg
  [ $again = yes ] || matches out "vain\.ogg: no genre again \(was $genre\)"
  tags vain.ogg >found
  ! grep -q genre found || fail "a genre of ours is left, because a later one has not come about"
  expect 0 "$tag" --journal vain-$again.sqlite --undo
  matches out '^Nothing is left to undo\.$'
done

# what a killed run was at is found behind links, and where it has the name of a song that was moved
mkdir behind before-it
cp untouched/song.ogg behind/a.ogg
ln -s ../behind/a.ogg before-it/a.ogg
expect 0 "$tag" --journal behind.sqlite --write behind
leave_open behind.sqlite
edit behind/a.ogg title Mine
expect 0 "$tag" --journal behind.sqlite --undo before-it
matches out '/behind/a\.ogg: no genre again'
first="" second="" option=""
two_songs killed
leave_last_open killed.sqlite
edit killed/rip/01.flac title Mine
expect 0 "$tag" --journal killed.sqlite --undo killed
matches out '/kept/01\.flac: no genre again'
matches out '/rip/01\.flac: no genre again'

# a time that one of several writes did not keep does not come back: who has read the file by then
# would not see that it is another
cp untouched/song.ogg unkept.ogg
touch -d 2001-02-03 unkept.ogg
expect 0 "$tag" --journal unkept.sqlite --write --preserve unkept.ogg
expect 0 "$tag" --journal unkept.sqlite --write --force --name-map names unkept.ogg
matches out "^unkept\.ogg: Läuft instead of $genre, "
expect 0 "$tag" --journal unkept.sqlite --undo unkept.ogg
same "not what it was" unkept.ogg untouched/song.ogg
[ "$(stat -c %Y unkept.ogg)" -gt "$(date -d 2001-02-04 +%s)" ] || fail "it has the time of the first write"

# times that the journal's number cannot hold are kept nevertheless
cp untouched/song.ogg future.ogg
for time in '2400-01-02 03:04:05.25' '1500-01-02 03:04:05.25'; do
  touch -d "$time UTC" future.ogg
  kept=$(TZ=UTC stat -c %y future.ogg)
  case $kept in "$time"*) ;; *) continue ;; esac # the file system cannot hold it
  expect 0 "$tag" --journal future.sqlite --write --preserve future.ogg
  [ "$(TZ=UTC stat -c %y future.ogg)" = "$kept" ] || fail "--preserve does not keep $time"
  expect 0 "$tag" --journal future.sqlite --json future.ogg
  matches out "\"tagged\":\"$genre\""
  expect 0 "$tag" --journal future.sqlite --undo future.ogg
  same "not what it was" future.ogg untouched/song.ogg
  [ "$(TZ=UTC stat -c %y future.ogg)" = "$kept" ] || fail "undoing does not keep $time: $(stat -c %y future.ogg)"
  expect 0 "$tag" --journal future.sqlite --write --preserve future.ogg
  touch -d '2001-02-03 UTC' future.ogg
  expect 0 "$tag" --journal future.sqlite --undo future.ogg
  [ "$(stat -c %Y future.ogg)" -eq "$(date -d '2001-02-03 UTC' +%s)" ] || fail "a time was set that it never had"
done

# what is gone is found through a link as it was written, also when the link leads nowhere
mkdir -p far/Bach
cp untouched/song.mp3 far/Bach/a.mp3
ln -s far near
expect 0 "$tag" --journal gone.sqlite --write near/Bach
mv far/Bach taken
for i in 1 2; do
  for place in near/Bach near/none/../Bach/a.mp3 near; do
    expect 0 "$tag" report --journal gone.sqlite $place
    matches out '^1 file in the journal$'
  done
  expect 1 "$tag" --journal gone.sqlite --undo near/Bach/a.mp3
  matches err "$PWD/far/Bach/a\.mp3: it cannot be found"
  rm -rf far
done
mkdir far
mv taken far/Bach
expect 0 "$tag" --journal gone.sqlite --undo near/Bach/a.mp3
same "not what it was" far/Bach/a.mp3 untouched/song.mp3

rm music/song.flac
expect 1 "$tag" --undo
matches out 'song\.ogg: cannot be restored$'
matches out '^2 of 2 files: 2 cannot be restored\.$'
! grep -q "written" out || fail "what cannot be restored is said not to be written"
matches err 'song\.ogg: somebody has changed it since, and its genre'
matches err 'song\.flac: it cannot be found'
cmp other.ogg music/song.ogg || fail "somebody else's genre was taken away"

# what JSON calls a file may be given: its URI, also of a folder
mkdir "a b"
cp first.mp3 $'a b/%\xff.mp3'
expect 0 "$tag" --journal uri.sqlite --json "a b"
uri=$(sed 's/.*"uri":"\([^"]*\)".*/\1/' out)
case $uri in file:///*/a%20b/%25%FF.mp3) ;; *) fail "not what the file is called: $uri" ;; esac
expect 0 "$tag" --journal uri.sqlite --output "a copy.mp3" "$uri"
expect 0 "$tag" --journal uri.sqlite --write "${uri/file:/FILE:}"
matches out 'b/%\\xff\.mp3: .*\(heard before\), written$'
cmp -s first.mp3 $'a b/%\xff.mp3' && fail "it was not written"
expect 0 "$tag" report --journal uri.sqlite "file://localhost${uri#file://}"
matches out '^1 file in the journal$'
expect 0 "$tag" --journal uri.sqlite --undo "${uri%/*}"
cmp first.mp3 $'a b/%\xff.mp3' || fail "not what it was"
expect 2 "$tag" "file://elsewhere${uri#file://}"
matches err '^genre-tag: file://elsewhere/.*: it is no file of this machine$'
expect 2 "$tag" file:///%zz
matches err '^genre-tag: .*file:///%zz'

# the report, as text and as JSON
cp untouched/song.flac music/song.flac
echo "no audio" >music/broken.ogg
expect 1 "$tag" music
expect 0 "$tag" report music
matches out '^7 files in the journal$'
matches out "^  $genre +6 "
matches out '^failed:$'
matches out 'music/broken\.ogg$'
expect 0 "$tag" report music/broken.ogg
matches out '^1 file in the journal$'
expect 0 "$tag" report --json
/usr/bin/python3 -c 'import json, sys
report = json.load(open("out", encoding="utf-8"))
[genre] = report["genres"]
assert report["files"] == 7 and genre["files"] == 6 and report["failed"][0]["files"] == 1, report
assert 0 <= genre["confidence"]["least"] <= genre["confidence"]["most"] <= 1, report' || fail "the report is odd"
# also where nothing can be written, neither into the journal nor beside it
mkdir medium
cp "$journal" medium/journal.sqlite
if read_only medium true 2>/dev/null; then
  expect 0 read_only medium "$tag" report --journal medium/journal.sqlite
  matches out '^7 files in the journal$'
  chmod -R u+w medium
fi
mkdir nothing
expect 0 "$tag" report nothing
matches out '^0 files'
# what is mistyped is said, and is no file that has failed; what is gone and known is reported nevertheless
for option in "" --json; do
  # shellcheck disable=SC2086 # none, perhaps
  expect 1 "$tag" report $option elsewhere
  matches err '^genre-tag: the journal knows of nothing in elsewhere, and there is no such file or folder$'
done
expect 1 "$tag" --write elsewhere music/gone.mp3 music/song.flac/none.mp3
[ "$(grep -c ': it cannot be examined: ' err)" -eq 3 ] || fail "not each is named"
for command in "" --undo report enqueue; do
  # shellcheck disable=SC2086 # none, perhaps
  expect 2 "$tag" $command ""
  matches err '^genre-tag: an empty name is that of no file or folder$'
done
expect 0 "$tag" report --json
matches out '^\{"files":7,'
mv music unmounted
expect 0 "$tag" report music
matches out '^7 files in the journal$'
mv unmounted music
expect 1 "$tag" report --journal $'none\e.sqlite'
matches err '^genre-tag: none\\x1b\.sqlite: there is no journal yet$'
head -c 10000 /dev/urandom >$'random\e.sqlite'
expect 1 "$tag" report --journal $'random\e.sqlite'
[ "$(grep -o 'random\\x1b\.sqlite' err | wc -l)" -eq 1 ] || fail "the journal is not named once, printably"
[ ! -e $'none\e.sqlite' ] || fail "a report has made a journal"

# without a journal nothing is written, unless that is what one wants; a look goes on
: >file
XDG_STATE_HOME=$PWD/file expect 1 "$tag" --write music/song.flac
matches err 'nothing has been changed'
cmp untouched/song.flac music/song.flac || fail "it was written"
XDG_STATE_HOME=$PWD/file expect 0 "$tag" music/song.flac
matches err 'going on without it'
expect 2 "$tag" --journal file/journal.sqlite music/song.flac # of which somebody thinks that it is there
matches err '^genre-tag: --journal is file/journal\.sqlite, expected a file in a folder that is there, not in file$'
head -c 10000 /dev/urandom >random.sqlite
expect 1 "$tag" --journal random.sqlite --write music/song.flac
matches err '; nothing has been changed \(--no-journal does without, but then nothing can be undone\)$'
expect 1 "$tag" --journal random.sqlite --undo music/song.flac
matches err '; nothing has been changed$'
expect 0 "$tag" --no-journal --write music/song.flac
expect 0 "$tag" --journal of-its-own --undo
matches out '^Nothing is left to undo: there is no journal of-its-own\.$'
[ ! -e of-its-own ] || fail "undoing has made a journal"
expect 0 "$tag" --journal of-its-own --write --force music/song.wav
expect 0 "$tag" --journal of-its-own --undo
matches out '1 restored|no genre again'
for wrong in "--undo --write x" "--undo --no-journal" "report --write" "report a b" "--dry-run --write x" \
  "--journal x --no-journal y" "--undo --force"; do
  # shellcheck disable=SC2086 # several words
  expect 2 "$tag" $wrong
done

# a folder that is not absolute counts as none: wherever one is, it is the same journal, or none
mkdir -p relative/deep
cp untouched/song.flac relative/song.flac
(cd relative && XDG_STATE_HOME=state expect 0 "$tag" --write song.flac)
(cd relative/deep && XDG_STATE_HOME=state expect 0 "$tag" --undo)
cmp relative/song.flac untouched/song.flac || fail "undoing elsewhere looks for another journal"
[ -e home/.local/state/genreclassify/journal.sqlite ] || fail "no journal in ~/.local/state"
[ ! -e relative/state ] || fail "a journal where somebody happened to be"
for home in "" home; do
  HOME=$home XDG_STATE_HOME=$home expect 1 "$tag" --write relative/song.flac
  matches err "^genre-tag: HOME is \"$home\", expected an absolute path: the journal is below it; nothing has been changed"
  HOME=$home XDG_STATE_HOME=$home expect 1 "$tag" --undo
  HOME=$home XDG_STATE_HOME=$home expect 1 "$tag" report
  matches err "^genre-tag: HOME is \"$home\", expected an absolute path: the journal is below it$"
  HOME=$home XDG_STATE_HOME=$home expect 0 "$tag" relative/song.flac
  matches err 'going on without it$'
done
cmp relative/song.flac untouched/song.flac || fail "it was written without a journal"
[ ! -e .local ] || fail "a journal where somebody happened to be"
XDG_STATE_HOME=$PWD/none expect 0 "$tag" --undo
matches out "^Nothing is left to undo: there is no journal $PWD/none/genreclassify/journal\.sqlite\.$"

# several runs at once with one journal, on one collection
rm -rf music && cp -a untouched music
pids=()
for i in 1 2 3 4; do
  "$tag" --write --force --preserve music >"out$i" 2>&1 &
  pids+=($!)
done
for i in 1 2 3 4; do
  code=0
  wait "${pids[i - 1]}" || code=$? # some may find a file that another is at
  [ $code -le 1 ] || fail "one of four runs at once ends with $code: $(cat "out$i")"
done
for file in music/*; do
  ! cmp -s "$file" "untouched/${file#music/}" || fail "four runs at once, and none has written $file: $(cat out[1-4])"
done
expect 0 "$tag" report music
! grep -q "cannot be written" out || fail "what one of four runs has written is reported as what cannot be"
expect 0 "$tag" report --json music
matches out '"written":6,"refused":\[\],'
# nor is it a fault of one that another has taken something back
pids=()
for i in 1 2 3; do
  "$tag" --undo >"out$i" 2>&1 &
  pids+=($!)
done
for i in 1 2 3; do
  wait "${pids[i - 1]}" || fail "one of three that undo at once fails: $(cat "out$i")"
done
diff -r untouched music || fail "four runs at once, undone: not what it was"
expect 0 "$tag" --undo
matches out '^Nothing is left to undo\.$'
! find . -name '.genre-tag-*' | grep . || fail "leftovers"

# every line is as the schema says
if /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
  {
    "$tag" --json --min-music 1 music/song.wav
    "$tag" --json music nothing.flac || :
    "$tag" --json --write music
    "$tag" --json --write music
    "$tag" --json --write --force --name-map names music
    printf '%s =\n' "${genre,,}" >silence
    "$tag" --json --force --name-map silence music
    ln music/song.wav linked.wav
    "$tag" --json --force linked.wav
    rm linked.wav
    "$tag" --json --undo --dry-run
    mv music/song.flac moved.flac
    "$tag" --json --undo moved.flac
    cp untouched/song.ogg music/song.ogg
    mv moved.flac music/song.flac
    "$tag" --json --undo
  } >lines 2>err
  /usr/bin/python3 - "$docs/genre-tag.schema.json" <<'PY' || fail "not as the schema says"
import json, sys, jsonschema
schema = json.load(open(sys.argv[1], encoding="utf-8"))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
actions = set()
for line in open("lines", encoding="utf-8"):
    entry = json.loads(line)
    validator.validate(entry)
    actions.add(entry.get("action", "error"))
assert actions >= {"error", "has-genre", "unknown", "unwanted", "would-write", "written", "refused", "restored",
                   "restored-already", "would-restore"}, actions
for wrong in ({}, {"time": "now", "source": "x", "error": "e"}, {"time": "2026-01-01T00:00:00Z", "source": "x"},
              {"time": "2026-01-01T00:00:00Z", "source": "x", "action": "written"}):
    assert not validator.is_valid(wrong), wrong
PY
fi

# every option has its place in the manual
expect 0 "$tag" --help
options=$(grep -oE -- '^  (-., )?--[a-z-]+' out | grep -oE -- '--[a-z-]+' | grep -vE -- '--help|--gst|--version')
[ "$(wc -l <<<"$options")" -gt 20 ] || fail "the help has lost its options"
for option in $options; do
  grep -qF -- "\\-\\-${option#--}" "$docs/genre-tag.1" || fail "the manual lacks $option"
done
! man --warnings -l "$docs/genre-tag.1" 2>&1 >/dev/null | grep . || fail "the manual has faults"
