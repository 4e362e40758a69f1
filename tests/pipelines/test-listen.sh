#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# genre-listen: files, folders, faults.
. "$(dirname "$0")/common.sh"
listen=$GENRE_BUILD/pipelines/genre-listen
tab=$'\t'

make_music 24 song.ogg 'title="A\ Title",artist="An\ Artist",genre="Tagged\ Genre"'
mkdir -p "folder/it's a \"sub\" folder ! 100%"
make_music 12 "folder/it's a \"sub\" folder ! 100%/ü b.wav"
make_music 12 folder/a.flac
echo "no audio" >folder/notes.txt
echo "no audio" >broken.ogg

# a file is answered along the way and as a whole
expect 0 "$listen" --interval 5 song.ogg
matches out '^song\.ogg \(An Artist - A Title, tagged Tagged Genre\)$'
matches out '^ +0:1[0-9]  [a-z-]+ +[0-9]+ %'
matches out '^ +0:2[1-4]  [a-z-]+ +[0-9]+ %.*\(the whole song\)$'
[ "$(grep -c '(the whole song)' out)" -eq 1 ] || fail "not exactly one final answer"

# a window makes it the answer of the last seconds
expect 0 "$listen" --window 10 song.ogg
matches out '\(the end\)$'

# terse is one line a song, folders are walked in order, other files are left alone
expect 0 "$listen" --terse folder
[ "$(wc -l <out)" -eq 2 ] || fail "not two lines"
matches out "^[a-z-]+${tab}[01]\.[0-9]{3}${tab}folder/a\.flac$"
matches out "^[a-z-]+${tab}[01]\.[0-9]{3}${tab}folder/it's a \"sub\" folder ! 100%/ü b\.wav$"

# where `..` goes up from behind a link, the kernel's file is heard and named
mkdir -p real/inner home
ln -s ../real/inner home/link
cp folder/a.flac real/song.flac
cp broken.ogg home/song.flac
expect 0 "$listen" --json home/link/../song.flac
matches out "\"source\":\"home/link/\.\./song\.flac\",\"uri\":\"file://$PWD/real/song\.flac\""
! grep -q '"error"' out || fail "another file was heard"

# links to folders are named, and nothing is wrong with them
mkdir linked
ln -s ../folder linked/folder
ln -s ../folder/a.flac linked/a.flac
expect 0 "$listen" --json linked
[ "$(wc -l <err)" -eq 1 ] || fail "not one line for the link"
matches err '^genre-listen: linked/folder: a link to a folder, not followed; what is there can be named, too$'
! grep -q '"error"' out || fail "a link to a folder is an error in JSON"

# of which none is lost without a word
if [ -c /dev/full ]; then
  status=0
  "$listen" --terse folder >/dev/full 2>err || status=$?
  [ "$status" -eq 1 ] || fail "exit status $status on a full disk"
  matches err '^genre-listen: not everything could be printed'
fi

# whose reader leaves ends without more ado
rm -f status
{ "$listen" --terse folder folder folder || echo $? >status; } | head -n 1 >out
[ "$(wc -l <out)" -eq 1 ] || fail "no line for who reads one"
[ ! -e status ] || [ "$(cat status)" -eq 130 ] || fail "exit status $(cat status) without a reader"

# pipes in folders, into which nobody may ever write, are named and passed over; one that is named itself is heard
mkdir piped
mkfifo piped/a.mp3 piped/notes
ln -s ../folder/a.flac piped/b.flac
expect 1 timeout 120 "$listen" --json piped
matches err '^genre-listen: piped/a\.mp3: a pipe or device, not a file$'
[ "$(wc -l <err)" -eq 1 ] || fail "more than the pipe is named: $(cat err)"
matches out '"source":"piped/a\.mp3",.*"error":"a pipe or device, not a file"'
matches out '"source":"piped/b\.flac",.*"final":true'
pour piped/a.mp3 song.ogg
"$listen" --interval 5 piped/a.mp3 >out 2>err &
listener=$!
tries=1200
until grep -qE '^ +0:1[0-9]  [a-z-]+ +[0-9]+ %' out; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || fail "a pipe that is named is not heard: $(cat out err)"
  sleep 0.1
done
kill -INT "$listener"
wait "$listener" || :

# decimal points are points in every locale
LC_ALL=de_DE.UTF-8 expect 0 "$listen" --terse folder/a.flac
matches out "${tab}[01]\.[0-9]{3}${tab}"

# the threshold is the element's
expect 0 "$listen" --terse --threshold 1 folder/a.flac
matches out "^unknown$tab"

# a URI is as good as a path
expect 0 "$listen" --terse "file://$PWD/folder/a.flac"
matches out "file://$PWD/folder/a\.flac$"

# a name with a colon in it is that of the file or folder that is there
mkdir AC:DC
cp folder/a.flac AC:DC/Re:Stacks.flac
echo Re:Stacks.flac >AC:DC/list.m3u
for source in AC:DC AC:DC/Re:Stacks.flac AC:DC/list.m3u; do
  expect 0 "$listen" --json "$source"
  matches out "\"uri\":\"file://$PWD/AC:DC/Re:Stacks\.flac\".*\"final\":true"
done

# pictures that nothing can decode keep nobody from hearing the sound beside them; without sound, what is missing is named
no_pictures=GST_PLUGIN_FEATURE_RANK=jpegdec:NONE,avdec_mjpeg:NONE
pictures="videotestsrc num-buffers=30 ! video/x-raw,framerate=5/1 ! jpegenc"
# shellcheck disable=SC2086 # a word each
gst-launch-1.0 -q $pictures ! matroskamux name=mux ! filesink location=film.mkv filesrc location=folder/a.flac ! flacparse ! mux.
expect 0 env $no_pictures "$listen" film.mkv
matches out 'the whole song'
# shellcheck disable=SC2086
gst-launch-1.0 -q $pictures ! matroskamux ! filesink location=silent.mkv
expect 1 env $no_pictures "$listen" silent.mkv
matches err '^genre-listen: silent\.mkv: GStreamer lacks a plugin: .*JPEG'

# what fails is named, what does not fail is still classified
expect 1 "$listen" --terse nothing.ogg broken.ogg folder/a.flac
matches err '^genre-listen: nothing\.ogg: No such file'
matches err '^genre-listen: broken\.ogg: '
matches out 'folder/a\.flac$'
[ "$(wc -l <err)" -eq 2 ] || fail "not one line a fault"
expect 1 "$listen" http://127.0.0.1:9/nothing
matches err '^genre-listen: http://127\.0\.0\.1:9/nothing: '
mkdir empty
expect 1 "$listen" empty song.ogg
matches err 'empty: no audio files'
matches out 'the whole song'

# genres are called as their model calls them, for people
expect 0 "$listen" --model "$GENRE_BUILD/tests/gst/test-model.safetensors" song.ogg
matches out '^ +0:2[1-4]  (Low|High-Pitched) +[0-9]+ %.*\(the whole song\)$'
expect 0 "$listen" --terse --model "$GENRE_BUILD/tests/gst/test-model.safetensors" song.ogg
matches out "^(low|high-pitched)${tab}"

# what is wrong with all of it is said once, whatever was to be heard
echo "no weights" >broken.safetensors
for model in broken.safetensors missing.safetensors; do
  for option in "" --json --terse; do
    # shellcheck disable=SC2086 # none, perhaps
    expect 1 "$listen" $option --model $model song.ogg folder http://127.0.0.1:9/nothing
    matches err "^genre-listen: ${model/./\\.}: "
    [ "$(wc -l <err)" -eq 1 ] || fail "a wrong model is not said once: $(cat err)"
    [ ! -s out ] || fail "something is answered without a model"
  done
done
GST_PLUGIN_PATH=/nowhere GST_REGISTRY=$PWD/none.bin expect 1 "$listen" song.ogg folder
matches err '^genre-listen: GStreamer has no element "genreclassify": is GST_PLUGIN_PATH '
[ "$(wc -l <err)" -eq 1 ] || fail "a missing plugin is not said once: $(cat err)"

# wrong command lines
expect 2 "$listen"
expect 2 "$listen" --no-such-option song.ogg
expect 2 "$listen" --interval 0 song.ogg
for option in --interval --threshold --window --excerpt-length; do
  expect 2 "$listen" $option nan song.ogg
done
expect 2 "$listen" --threshold 2 song.ogg
expect 2 "$listen" --window inf song.ogg
radio=$GENRE_BUILD/pipelines/genre-radio
for wrong in "listen --window -5" "radio --window -5" "listen --window -inf" "listen --interval -1" "radio --interval -1" \
  "radio --min-window -1" "listen --threshold -1" "radio --threshold -1" "tag --threshold -1" "tag --threshold -0.001"; do
  read -r program option value <<<"$wrong"
  expect 2 timeout 60 "$GENRE_BUILD/pipelines/genre-$program" "$option" "$value" song.ogg
  matches err "^genre-$program: $option is $value, expected [0-9.]+ to [0-9]+$"
done

# times may be what the element takes, and no more: it would say so, and hear as if nobody had asked
for option in window interval min-window; do
  longest=$(gst-inspect-1.0 genreclassify | sed -n "/^  $option  *:/,/Range/s/.* - \([0-9]*\)000000000 Default.*/\1/p")
  [ "$longest" -gt 0 ] || fail "no range of $option in the element"
  for program in "$listen" "$radio"; do
    [ "${program##*/} $option" != "genre-listen min-window" ] || continue
    expect 0 timeout 120 "$program" --$option "$longest" folder/a.flac
    [ ! -s err ] || fail "${program##*/} --$option $longest: $(cat err)"
    expect 2 timeout 60 "$program" --$option $((longest + 1)) folder/a.flac
    matches err "^${program##*/}: --$option is $((longest + 1)), expected 0(\.1)? to $longest$"
  done
done
expect 0 "$listen" --version
expect 0 "$listen" --help
