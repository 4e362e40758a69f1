#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# genre-tag and encode-ogg: what is heard is shown, or written; the audio and the other tags stay.
. "$(dirname "$0")/common.sh"
tag=$GENRE_BUILD/pipelines/genre-tag
export LC_ALL=C.UTF-8

# heard FILE: the genre that is named in out.
heard() {
  sed -n "s/^$1: \(.*\), [0-9]* % sure.*/\1/p" out
}

for ending in ogg flac mp3; do
  make_music 12 "song.$ending" 'title="A\ Title"'
  cp "song.$ending" before
  expect 0 "$tag" "song.$ending"
  genre=$(heard "song.$ending")
  [ "$genre" ] || fail "no genre for $ending"
  cmp before "song.$ending" || fail "a look has changed it"

  expect 0 "$tag" --output "copy.$ending" "song.$ending"
  cmp before "song.$ending" || fail "--output has changed it"
  tags "copy.$ending" >found
  matches found "genre: $genre$"
  matches found 'title: A Title$'
  [ "$(decoded_audio "song.$ending")" = "$(decoded_audio "copy.$ending")" ] || fail "other audio"
  expect 1 "$tag" --output "copy.$ending" "song.$ending" # is there already
  matches err "^genre-tag: copy\.$ending: it exists already$"

  # a copy is made in any case: the song is not lost for a script that goes on with it
  expect 0 "$tag" --threshold 1 --output "unknown.$ending" "song.$ending"
  matches out "^song\.$ending: unknown .*; the copy is the file as it is$"
  cmp "song.$ending" "unknown.$ending" || fail "what is unknown is not copied as it is"
  expect 0 "$tag" --json --output "has.$ending" "copy.$ending"
  matches out '"action":"has-genre"}$'
  cmp "copy.$ending" "has.$ending" || fail "what has a genre is not copied as it is"

  # a genre that is there stays, unless --force
  cp "copy.$ending" before
  expect 0 "$tag" --write "copy.$ending"
  matches out "^copy\.$ending: $genre already$"
  cmp before "copy.$ending" || fail "it has been written nevertheless"
  make_music 12 "other.$ending" 'genre="Other"'
  expect 0 "$tag" --write --force "other.$ending"
  matches out "^other\.$ending: $genre instead of Other, [0-9]+ % sure, written$"
  tags "other.$ending" >found
  matches found "genre: $genre$"
  ! grep -q Other found || fail "the old genre is still there"
done

# a copy is in the file's format, whatever it is called; names of formats that have several are right
expect 2 "$tag" --output copy.WAV song.flac
matches err '^genre-tag: copy\.WAV: song\.flac is FLAC, and so is its copy: a name that ends in \.wav says otherwise$'
expect 2 "$tag" --output vorbis.opus song.ogg
for ending in 3gp asf m4p m4r mkv mp4 ogx wave webm; do
  expect 2 "$tag" --output copy.$ending song.flac
  matches err "a name that ends in \\.$ending says otherwise$"
done
expect 0 "$tag" --output copy.ogx song.ogg
[ ! -e copy.WAV ] || fail "a copy was made under a wrong name"
[ ! -e vorbis.opus ] || fail "a copy was made under a wrong name"
cp song.flac wrong.mp3
for copy in "copy.oga song.ogg" "copy.FLAC song.flac" "copy song.flac" "copy.v2 song.flac" "wrong-copy.MP3 wrong.mp3" "copy.mp2 song.mp3"; do
  # shellcheck disable=SC2086 # two words
  expect 0 "$tag" --output $copy
done

# a blank is no genre; it comes back when all is undone
make_music 12 blank.flac 'genre="\ "'
tags blank.flac >found
matches found 'genre:  $'
cp blank.flac before
expect 0 "$tag" --journal blank.sqlite --write blank.flac
matches out "^blank\.flac: $genre, [0-9]+ % sure, written$"
expect 0 "$tag" --journal blank.sqlite --undo blank.flac
cmp before blank.flac || fail "a blank has not come back"

# where `..` goes up from behind a link, one file is looked at, heard, named and written: the kernel's
mkdir -p real/inner home
ln -s ../real/inner home/link
make_music 12 real/song.flac
make_music 12 real/has.flac 'genre="Jazz"'
make_music 12 home/has.flac
echo "no audio" >home/song.flac
cp -a home home-untouched
behind_link() { (cd home/link && export PWD && exec "$@"); }
expect 0 behind_link "$tag" --journal "$PWD/link.sqlite" --json --jobs 1 --write ../song.flac ../has.flac
matches out "\"source\":\"\.\./song\.flac\",\"uri\":\"file://$PWD/real/song\.flac\".*\"action\":\"written\"}$"
matches out '"source":"\.\./has\.flac".*"tagged":"Jazz",.*"action":"has-genre"}$'
cmp home-untouched/song.flac home/song.flac || fail "a file was written that was not named"
expect 0 "$tag" --journal link.sqlite --undo home/link/../song.flac
matches out "^$PWD/real/song\.flac: no genre again "
expect 0 "$tag" --journal link.sqlite --json real/song.flac
matches out '"from":"journal"' # what was heard belongs to it
rm home/song.flac
expect 0 "$tag" --no-journal --write home/link/../song.flac
matches out '^home/link/\.\./song\.flac: .*, written$'
expect 0 behind_link "$tag" --no-journal --output ../copy.flac ../song.flac
cmp real/song.flac real/copy.flac || fail "the copy is not where it was wanted"
[ ! -e home/copy.flac ] || fail "a copy is where nobody wanted it"

# two songs are two songs
mkdir two
make_music 12 two/a.mp3 'title="A"'
make_music 14 two/b.mp3 'title="B"'
a=$(decoded_audio two/a.mp3) b=$(decoded_audio two/b.mp3)
expect 0 "$tag" --write two/*.mp3
matches out '^2 of 2 files: 2 written\.$'
[ "$a" = "$(decoded_audio two/a.mp3)" ] || fail "a.mp3 is another song now"
[ "$b" = "$(decoded_audio two/b.mp3)" ] || fail "b.mp3 is another song now"
for title in A B; do
  tags "two/${title,}.mp3" >found
  matches found "title: $title$"
  matches found "genre: $genre$"
done

# a person's own words, and how sure it must be
echo "# mine
${genre,,} = Läuft" >names
expect 0 "$tag" --name-map names song.flac
matches out '^song\.flac: Läuft, '
echo "$genre =" >names
expect 0 "$tag" --name-map names song.flac
matches out "^song\.flac: ${genre,,}, [0-9]+ % sure.*, not written: the name map says so$"
[ ! -s err ] || fail "what the name map asks for is a fault"
cp song.flac before
expect 0 "$tag" --write --quiet --name-map names song.flac
[ -z "$(cat out err)" ] || fail "what the name map asks for is said in spite of --quiet"
cmp before song.flac || fail "it was written in spite of the name map"
expect 0 "$tag" --write --json --name-map names song.flac
matches out "\"genre\":\"${genre,,}\".*\"name\":\"\",\"action\":\"unwanted\"}$"
expect 0 "$tag" --write --name-map names song.flac song.ogg
matches out '^2 of 2 files: 2 left out by the name map\.$'
# what is not seen belongs to no name, whatever its script and width
for blank in '\xe3\x80\x80' '\xc2\xa0 ' '\xe2\x80\x8b' '\xe2\x81\xa0\xef\xbb\xbf' '\xe2\x80\xae' '\xc2\xad' \
  '\xe3\x85\xa4' '\xe2\x81\xa2' '\xe1\xa0\x8e' '\xe1\x85\x9f\xe1\x85\xa0' '\xef\xbe\xa0' '\xe2\xa0\x80'; do
  printf '%s =%b\n%b\n' "${genre,,}" "$blank" "$blank" >names
  expect 0 "$tag" --name-map names song.flac
  matches out 'not written: the name map says so$'
  printf '%b%s%b=%bLäuft %bgut%b\n' "$blank" "${genre,,}" "$blank" "$blank" "$blank" "$blank" >names
  expect 0 "$tag" --json --name-map names song.flac
  grep -qF "\"name\":\"Läuft $(printf %b "$blank")gut\"" out || fail "what is not seen is a part of the name: $(cat out)"
done
# what belongs to a sign is a part of the name: a family, the flag of Wales, the sign of a year
for name in '\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7' '\xd8\x81' \
  '\xf0\x9f\x8f\xb4\xf3\xa0\x81\xa7\xf3\xa0\x81\xa2\xf3\xa0\x81\xb7\xf3\xa0\x81\xac\xf3\xa0\x81\xb3\xf3\xa0\x81\xbf'; do
  printf '%s = %b\n' "${genre,,}" "$name" >names
  expect 0 "$tag" --json --name-map names song.flac
  grep -qF "\"name\":\"$(printf %b "$name")\"" out || fail "a part of a sign is cut off: $(cat out)"
done
for name in 'Rock\x01' '\x7f' '\xc2\x85Rock'; do
  printf '%s = %b\n' "${genre,,}" "$name" >names
  expect 2 "$tag" --name-map names song.flac
  matches err 'names: line 1: a control character in a name$'
done
echo "what" >names
expect 2 "$tag" --name-map names song.flac
matches err 'names: line 1: '
# remarks, another editor's way to begin a text, and spellings that differ in what is no letter
printf '\xef\xbb\xbf%s = My word # a remark\r\nHIP HOP = # never\r\n' "${genre^^}" >names
expect 0 "$tag" --name-map names song.flac
matches out '^song\.flac: My word, '
for space in '\t' '\xc2\xa0' '\xe3\x80\x80'; do
  printf '%s = C#%b# a remark\n' "${genre,,}" "$space" >names
  expect 0 "$tag" --name-map names song.flac
  matches out '^song\.flac: C#, '
done
echo "${genre,,} = # never" >names
expect 0 "$tag" --name-map names song.flac
matches out 'not written: the name map says so$'
# what the model does not know is said before anything is heard
printf '%s = Mine\n\nClasical = Klassik # \nhip hop = Rap\nPunk =\n' "${genre,,}" >names
expect 2 "$tag" --journal names.sqlite --write --name-map names song.flac
matches err '^genre-tag: names: line 3: the model has no genre "Clasical", it has blues, classical, country, '
matches err '^genre-tag: names: line 5: the model has no genre "Punk", it has blues, '
[ "$(wc -l <err)" -eq 2 ] || fail "more than the two lines was said, or it was heard"
[ ! -s out ] || fail "more than the two lines was said, or it was heard"
[ ! -e names.sqlite ] || fail "more than the two lines was said, or it was heard"
expect 1 "$tag" report --journal names.sqlite
expect 0 "$tag" --undo --name-map names
# one genre has one name, under whichever of its own it stands there; the same may be said twice
printf 'METAL = 1st\n\nmetal = 2nd\n' >names
expect 2 "$tag" --name-map names song.flac
matches err '^genre-tag: names: line 3: line 1 says otherwise: "METAL = 1st"$'
printf 'METAL = Mine\nmetal = Mine\n' >names
expect 0 "$tag" --name-map names song.flac
rename_genre() { # NAME of 7 letters, instead of Hip-Hop
  NAME=$1 /usr/bin/python3 - "$GENRE_PIPELINES/../models/default.safetensors" <<'PY'
import os, sys
model = open(sys.argv[1], "rb").read()
assert model.count(b"Hip-Hop") == 1 and len(os.environ["NAME"]) == 7
with open("renamed.safetensors", "wb") as file:
    file.write(model.replace(b"Hip-Hop", os.environ["NAME"].encode()))
PY
}
rename_genre "My Rap!"
printf 'my rap = One\nhip hop = Two\n' >names
expect 2 "$tag" --model renamed.safetensors --name-map names song.flac
matches err '^genre-tag: names: line 2: line 1 says otherwise: "my rap = One"$'
# names that programs take for others where a genre stands in ID3; those of a model matter where something is written
for name in 80 2 1999 +5 "(Heavy) Metal" "(17)" "(RX)" RX cr; do
  printf '%s = Mine\n\nmetal = %s\n' "${genre,,}" "$name" >names
  expect 2 "$tag" --name-map names song.flac
  grep -qF "genre-tag: names: line 3: \"$name\" is no name in ID3 (MP3, AIFF, WAV)" err || fail "$name is a name: $(cat err)"
done
printf 'metal = 80s\npop = Heavy (Metal)\nrock = R\nblues = -5\ndisco =\n' >names
expect 0 "$tag" --name-map names song.flac
rename_genre 1234567
expect 0 "$tag" --model renamed.safetensors song.flac
cp song.flac before
expect 1 "$tag" --write --model renamed.safetensors song.flac
matches err '^genre-tag: the model calls a genre "1234567", which is no name in ID3 .*: --name-map gives it another one$'
[ "$(wc -l <err)" -eq 1 ] || fail "more is wrong than a name"
cmp before song.flac || fail "it was written in spite of a name that is none"
echo "hiphop = Rap" >names
expect 0 "$tag" --threshold 1 --write --model renamed.safetensors --name-map names song.flac
for options in "--threshold 1" "--min-music 1"; do
  # shellcheck disable=SC2086 # two words
  expect 0 "$tag" $options --write song.flac
  matches out '^song\.flac: unknown'
done
matches out '\(music is [0-9.]+ % probable, --min-music wants 100 %\)$'

# what is too short is not called no music, nor is silence
make_silence() { # SAMPLES FILE
  gst-launch-1.0 -q audiotestsrc wave=silence num-buffers=1 samplesperbuffer="$1" ! audio/x-raw,rate=44100 ! wavenc ! \
    filesink location="$2"
}
make_silence 20000 short.wav
make_silence 200000 silence.wav
expect 0 "$tag" --journal short.sqlite short.wav silence.wav
matches out '^short\.wav: too short to be heard$'
matches out '^silence\.wav: silence$'
expect 0 "$tag" report --journal short.sqlite
matches out '^  no music +1$'
matches out '^  too short +1$'
expect 0 "$tag" report --json --journal short.sqlite
matches out '"unknown":0,"no-music":1,"too-short":1,'

# one line of JSON for each file, whatever its name is
cp song.flac $'bad\n\e\xff.flac'
cp song.flac "AC: DC.flac"
expect 1 "$tag" --json nothing.flac $'bad\n\e\xff.flac' song.flac "AC: DC.flac"
[ "$(wc -l <out)" -eq 4 ] || fail "not four lines"
/usr/bin/python3 - out <<'PY'
import json, sys
objects = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
objects.sort(key=lambda o: o["source"])
colon, bad, nothing, song = objects
assert colon["uri"].startswith("file:///") and colon["uri"].endswith("/AC:%20DC.flac"), colon
assert bad["uri"].endswith("bad%0A%1B%FF.flac") and bad["action"] == "would-write", bad
assert "error" in nothing and "genre" not in nothing, nothing
assert abs(sum(song["probabilities"].values()) - 1) < 1e-3 and song["final"] is True, song
assert {"time", "confidence", "music", "name", "duration", "position", "reason"} <= set(song), song
PY
expect 0 "$tag" $'bad\n\e\xff.flac'
matches out '^bad\\n\\x1b\\xff\.flac: '

# nothing is written where something is wrong, and the file at fault is named
expect 1 "$tag" nothing.ogg
matches err 'nothing\.ogg: '
# nor does the journal say of a file what is wrong with a copy of it
expect 1 "$tag" --journal copies.sqlite --output no/such/folder/copy.ogg song.ogg
matches err '^genre-tag: no/such/folder/copy\.ogg: nothing can be written into its folder: No such file or directory$'
ln -s nowhere link.ogg
expect 1 "$tag" --journal copies.sqlite --output link.ogg song.ogg
matches err '^genre-tag: link\.ogg: it exists already$'
[ ! -e copies.sqlite ] || fail "the journal knows of a copy that cannot be made"
expect 1 "$tag" --journal copies.sqlite --output "$(printf 'l%.0s' $(seq 300)).ogg" song.ogg
matches err '^genre-tag: song\.ogg: the copy l*\.ogg: the copy cannot take its place: File name too long$'
expect 0 "$tag" report --journal copies.sqlite
matches out '^0 files in the journal$'
echo "no audio" >broken.ogg
expect 1 "$tag" --write broken.ogg
matches err 'broken\.ogg: '

# what is wrong with all of it is said once, and the journal hears of no file
for model in broken.ogg missing.safetensors .; do
  expect 1 "$tag" --journal model.sqlite --write --model $model song.ogg song.flac
  matches err "^genre-tag: ${model//./\\.}: "
  [ "$(wc -l <err)" -eq 1 ] || fail "a wrong model is not said once, before anything"
  [ ! -s out ] || fail "a wrong model is not said once, before anything"
  [ ! -e model.sqlite ] || fail "a wrong model is not said once, before anything"
  expect 0 "$tag" --journal model.sqlite --undo --model $model # which hears nothing
done
expect 1 "$tag" work --queue redis://127.0.0.1:9/nobody --model missing.safetensors
matches err '^genre-tag: missing\.safetensors: '
GST_PLUGIN_PATH=/nowhere GST_REGISTRY=$PWD/none.bin expect 1 "$tag" --journal model.sqlite song.ogg song.flac
matches err '^genre-tag: GStreamer has no element "genreclassify": is GST_PLUGIN_PATH '
[ "$(wc -l <err)" -eq 1 ] || fail "a missing plugin is not said once, before anything"
[ ! -e model.sqlite ] || fail "a missing plugin is not said once, before anything"
# over HTTP: from a server that cannot seek, too; and why there is nothing
if gst-inspect-1.0 souphttpsrc >/dev/null; then
  export no_proxy=127.0.0.1
  gst-launch-1.0 -q filesrc location=song.flac ! decodebin ! audioconvert ! audioresample ! opusenc ! oggmux ! \
    filesink location=song.opus
  /usr/bin/python3 -c 'import http.server, os
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
with open("port.new", "w") as file:
    file.write(str(server.server_port))
os.rename("port.new", "port")
server.serve_forever()' 2>requests &
  tries=0
  until [ -e port ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 3000 ] || fail "no server"
    sleep 0.1
  done
  server=http://127.0.0.1:$(cat port)
  for excerpts in "--excerpts 2 --excerpt-length 2" --whole; do
    # shellcheck disable=SC2086 # several words
    expect 0 "$tag" --json --no-journal --jobs 1 $excerpts "$server/song.ogg" "$server/song.opus" "$server/song.mp3" "$server/song.flac"
    [ "$(grep -c "\"genre\":\"${genre,,}\".*\"action\":\"refused\"" out)" -eq 4 ] || fail "not all were heard over HTTP: $(cat out)"
  done
  expect 1 "$tag" --no-journal "$server/none.ogg" http://127.0.0.1:1/song.ogg
  matches err '^genre-tag: http://127\.0\.0\.1:[0-9]+/none\.ogg: 404 Not Found$'
  matches err '^genre-tag: http://127\.0\.0\.1:1/song\.ogg: connection refused$'
  [ "$(wc -l <err)" -eq 2 ] || fail "more is said than what is wrong with two"
  kill %%
fi

# which plugin a file needs is said of it
plugins=$(dirname "$(gst-inspect-1.0 coreelements | sed -n 's/^ *Filename *//p')")
mkdir plugins
for plugin in coreelements playback typefindfunctions audioconvert audioresample ogg vorbis; do
  ln -s "$plugins/libgst$plugin.so" plugins
done
GST_PLUGIN_SYSTEM_PATH=$PWD/plugins GST_REGISTRY=$PWD/few.bin expect 1 "$tag" --no-journal --force song.flac song.ogg
matches err '^genre-tag: song\.flac: GStreamer lacks a plugin: .*FLAC'
[ "$(wc -l <err)" -eq 1 ] || fail "more is wrong than a missing plugin"
TMPDIR=$PWD/gone expect 1 "$tag" --journal model.sqlite song.ogg song.flac
matches err '^genre-tag: the folder for temporary files /.*/gone \(TMPDIR\) cannot be used: No such file or directory$'
[ "$(wc -l <err)" -eq 1 ] || fail "a missing TMPDIR is not said once, before anything"
[ ! -e model.sqlite ] || fail "a missing TMPDIR is not said once, before anything"
! find . -name '.genre-tag-*' | grep . || fail "left something behind"
for wrong in "" "--jobs -1 song.ogg" "--output x song.ogg song.mp3" "--write --output x song.ogg" \
  "--force --only-missing song.ogg" "--threshold nan song.ogg" "--min-music nan song.ogg" \
  "--excerpt-length nan song.ogg" "--patience nan song.ogg" "--min-music 2 song.ogg" \
  "--whole --excerpts 3 song.ogg" "--whole --excerpt-length 11 song.ogg" "--whole --excerpts -1 song.ogg"; do
  # shellcheck disable=SC2086 # several words
  expect 2 "$tag" $wrong
done
expect 2 "$tag" --threshold nan song.ogg
matches err '^genre-tag: --threshold is nan, expected 0 to 1$'
expect 2 "$tag" --excerpt-length 0.5 song.ogg
matches err '^genre-tag: --excerpt-length is 0\.5, expected 1 to 1000000$'
expect 2 "$tag" --whole -x 3 song.ogg
matches err '^genre-tag: --whole hears all of a file, --excerpts and --excerpt-length parts of it: one of them$'
expect 0 "$tag" --no-journal --jobs 0 --whole -x 0 song.ogg
expect 2 "$tag" --jobs 257 song.ogg
matches err '^genre-tag: --jobs is 257, expected 0 to 256$'
if ! "$tag" status --queue redis://127.0.0.1:9/nobody 2>&1 | grep -q "built without queues"; then
  for queue in foo://x redis://user:secret@host/x redis:/// redis://host/ host; do
    for command in "enqueue song.ogg" work status; do
      # shellcheck disable=SC2086 # several words
      expect 2 "$tag" $command --queue "$queue"
      matches err '^genre-tag: --queue'
      ! grep -q secret err || fail "a password is told"
    done
    expect 2 timeout 60 "$GENRE_BUILD/pipelines/genre-radio" --queue "$queue"
    matches err '^genre-radio: --queue'
    expect 2 timeout 60 "$GENRE_BUILD/pipelines/genre-radio" status --queue "$queue"
    matches err '^genre-radio: --queue'
  done
fi
expect 0 "$tag" --version
expect 0 "$tag" --quiet song.flac
[ ! -s out ] || fail "--quiet says something"

# encode-ogg: another format, and the genre in front
expect 0 "$GENRE_PIPELINES/encode-ogg" song.flac "encoded song.ogg"
tags "encoded song.ogg" >found
matches found "genre: $genre$"
matches found 'title: A Title$'
# a file is one, whatever its name
mkdir x:
cp song.flac x:/song.flac
expect 0 "$GENRE_PIPELINES/encode-ogg" x://song.flac "from x.ogg"
tags "from x.ogg" >found
matches found "genre: $genre$"
# a list that bears the name of a song is none, and nothing that it names is opened
if gst-inspect-1.0 lamemp3enc >/dev/null; then
  make_music 5 segment.mp3
  make_list list.mp3 segment.mp3
  expect 1 "$GENRE_PIPELINES/encode-ogg" list.mp3 list.ogg
  [ ! -e list.ogg ] || fail "encode-ogg has followed a list"
  matches err '^encode-ogg: list\.mp3: it is a list of other addresses \(application/x-hls\), which is not followed$'
  expect 1 "$GENRE_BUILD/pipelines/genre-tag" list.mp3
  matches err 'list\.mp3: it is a list of other addresses \(application/x-hls\), which is not followed$'
fi
expect 2 "$GENRE_PIPELINES/encode-ogg" song.flac
# nobody loses a file to it: the same by another name, or one that is there when it fails
cp "encoded song.ogg" mine.ogg
ln -s mine.ogg same.ogg
expect 2 "$GENRE_PIPELINES/encode-ogg" same.ogg mine.ogg
matches err '^encode-ogg: same\.ogg and mine\.ogg are the same file$'
GST_PLUGIN_FEATURE_RANK=flacdec:NONE,avdec_flac:NONE expect 1 "$GENRE_PIPELINES/encode-ogg" song.flac mine.ogg
mkdir stuck # gst-launch-1.0 that does not end at an error
printf '#!/bin/sh\necho "ERROR: nothing to decode" >&2\nexec sleep 600\n' >stuck/gst-launch-1.0
chmod +x stuck/gst-launch-1.0
PATH=$PWD/stuck:$PATH expect 1 "$GENRE_PIPELINES/encode-ogg" song.flac mine.ogg
matches err '^ERROR: nothing to decode$'
matches err '^encode-ogg: song\.flac: it cannot be heard$'
cmp mine.ogg "encoded song.ogg" || fail "a file was lost"
# one that crashes, in the middle of a word; its own handler of faults would wait for a debugger
mkdir crashing
# shellcheck disable=SC2016 # for the script that it makes
printf '#!/bin/sh\ncase $* in *--no-fault*) printf last\\ words >&2; kill -SEGV $$ ;; esac\n' >crashing/gst-launch-1.0
chmod +x crashing/gst-launch-1.0
PATH=$PWD/crashing:$PATH expect 1 "$GENRE_PIPELINES/encode-ogg" song.flac mine.ogg
matches err '^last words$'
matches err '^encode-ogg: song\.flac: it cannot be heard$'
make_music 12 rest.wav
printf '\0' >>rest.wav # in which GStreamer's own elements hear nothing
expect 1 "$GENRE_PIPELINES/encode-ogg" rest.wav mine.ogg
matches err '^encode-ogg: rest\.wav: no audio in it$'
cmp mine.ogg "encoded song.ogg" || fail "a file was lost to silence"
# Ctrl-C, to which gst-launch-1.0 ends as if all were well; this test itself may be told to ignore it
mkdir interrupted
# shellcheck disable=SC2016 # for the script that it makes
printf '#!/bin/sh\ncase $* in *vorbisenc*) kill -INT $PPID ;; *) exec %s "$@" ;; esac\n' "$(command -v gst-launch-1.0)" >interrupted/gst-launch-1.0
chmod +x interrupted/gst-launch-1.0
PATH=$PWD/interrupted:$PATH expect 130 env --default-signal=INT "$GENRE_PIPELINES/encode-ogg" song.flac mine.ogg
cmp mine.ogg "encoded song.ogg" || fail "a file was lost to Ctrl-C"
# ended while it encodes: so is what encodes
mkdir ended
# shellcheck disable=SC2016 # for the script that it makes
printf '#!/bin/sh\ncase $* in *vorbisenc*) echo $$ >encoder; kill -TERM $PPID; exec sleep 600 ;; *) exec %s "$@" ;; esac\n' "$(command -v gst-launch-1.0)" >ended/gst-launch-1.0
chmod +x ended/gst-launch-1.0
PATH=$PWD/ended:$PATH expect 143 "$GENRE_PIPELINES/encode-ogg" song.flac mine.ogg
timeout 60 tail --pid="$(cat encoder)" -f /dev/null || fail "what encodes goes on"
if grep Killed err; then fail "its end is told by words of the script"; fi
cmp mine.ogg "encoded song.ogg" || fail "a file was lost to who ends it"
chmod 600 mine.ogg
expect 0 "$GENRE_PIPELINES/encode-ogg" song.flac same.ogg
[ "$(stat -c %a%F mine.ogg)$(stat -c %F same.ogg)" = "600regular filesymbolic link" ] || fail "not what the link leads to, or its mode"
[ "$(find . -maxdepth 1 -name '.encode-ogg*' | wc -l)" -eq 0 ] || fail "something is left of encode-ogg"
touch new
[ "$(stat -c %a "encoded song.ogg")" = "$(stat -c %a new)" ] || fail "mode $(stat -c %a "encoded song.ogg")"
# a pipe gets the sound and nothing else, what stands in standard output stays
mkfifo fifo
cat fifo >piped.ogg &
expect 0 "$GENRE_PIPELINES/encode-ogg" song.flac fifo
wait $!
matches err "^fifo: $genre$"
[ ! -s out ] || fail "$(cat out)"
tags piped.ogg >found
matches found "genre: $genre$"
echo before >appended
"$GENRE_PIPELINES/encode-ogg" song.flac /dev/stdout 2>err >>appended || fail "$(cat err)"
tail -c +8 appended >behind.ogg
[ "$(head -n 1 appended)" = before ] || fail "what stood there is gone"
tags behind.ogg >found
matches found "genre: $genre$"
"$GENRE_PIPELINES/encode-ogg" song.flac /dev/fd/4 4>fourth.ogg 2>err || fail "$(cat err)"
tags fourth.ogg >found
matches found "genre: $genre$"
expect 1 "$GENRE_PIPELINES/encode-ogg" song.flac /dev/full
matches err '^encode-ogg: song\.flac: what comes of it cannot be written$'
if grep 'nobody takes' err; then fail "a full disk is told as a reader who has left"; fi
head -c 1000 fifo >/dev/null &
expect 1 env --default-signal=PIPE "$GENRE_PIPELINES/encode-ogg" song.flac fifo
wait $!
matches err '^encode-ogg: song\.flac: nobody takes the rest of it$'
# nobody has to hear what is said of it
closing_output() { "$@" >&-; }
expect 0 closing_output "$GENRE_PIPELINES/encode-ogg" song.flac closed.ogg
[ ! -s err ] || fail "$(cat err)"
tags closed.ogg >found
matches found "genre: $genre$"
filling_output() { "$@" >/dev/full; }
expect 0 filling_output "$GENRE_PIPELINES/encode-ogg" song.flac full.ogg
[ "$(cat err)" = "encode-ogg: no room in standard output for: full.ogg: $genre" ] || fail "$(cat err)"
tags full.ogg >found
matches found "genre: $genre$"
# what cannot be written is said before anything is heard
expect 1 closing_output "$GENRE_PIPELINES/encode-ogg" song.flac /dev/stdout
[ "$(cat err)" = "encode-ogg: /dev/stdout: expected a file, in a folder that is there, or a pipe" ] || fail "$(cat err)"
mkdir folder
ln -s nowhere/new.ogg dangling.ogg
for place in '' folder folder/new/ nowhere/new.ogg dangling.ogg /dev/fd/9 /dev/stderr; do
  expect 1 "$GENRE_PIPELINES/encode-ogg" song.flac "$place"
  [ "$(cat err)" = "encode-ogg: $place: expected a file, in a folder that is there, or a pipe" ] || fail "$(cat err)"
done
# held_back COMMAND...: by modes, as root is not
held_back() {
  if [ "$(id -u)" -eq 0 ]; then
    setpriv --bounding-set=-dac_override,-dac_read_search "$@"
  else
    "$@"
  fi
}
mkdir shut
mkfifo shut-fifo
chmod 500 shut
chmod 0 shut-fifo
if held_back test ! -w shut; then
  expect 1 held_back "$GENRE_PIPELINES/encode-ogg" song.flac shut/new.ogg
  [ "$(cat err)" = "encode-ogg: shut/new.ogg: nothing can be written into its folder" ] || fail "$(cat err)"
  [ ! -s out ] || fail "it was heard: $(cat out)"
  expect 1 held_back "$GENRE_PIPELINES/encode-ogg" song.flac shut-fifo
  [ "$(cat err)" = "encode-ogg: shut-fifo: it cannot be opened for writing" ] || fail "$(cat err)"
  # a file is replaced, and keeps a mode by which it could not be written, or not even read
  for mode in 444 0; do
    echo old >mode.ogg
    chmod "$mode" mode.ogg
    expect 0 held_back "$GENRE_PIPELINES/encode-ogg" song.flac mode.ogg
    [ "$(stat -c %a mode.ogg)" = "$mode" ] || fail "mode $(stat -c %a mode.ogg), not $mode"
    chmod 600 mode.ogg
    tags mode.ogg >found
    matches found "genre: $genre$"
    rm mode.ogg
  done
fi
# a newline at its end is a part of a name
echo keep >line
expect 0 "$GENRE_PIPELINES/encode-ogg" song.flac $'line\n'
[ "$(cat line)" = keep ] || fail "another file was written"
mkdir $'line\n\n' # beside the file "line"
expect 0 "$GENRE_PIPELINES/encode-ogg" song.flac $'line\n\n/new.ogg'
for place in $'line\n' $'line\n\n/new.ogg'; do
  mv "$place" moved.ogg # gst-launch-1.0 takes a newline off the end
  tags moved.ogg >found
  matches found "genre: $genre$"
done
# names mean nothing to who reads a pipeline's description, be they the song's or the folder's that is written to
mkdir 'a "dark\folder" ! filesink location=mine.ogg'
cp mine.ogg kept.ogg
for name in 'back\slash.flac' 'q "x y.flac' 'song" ! filesink location=mine.ogg filesrc location="song.flac' $'two\nlines\n' "it's 100% #1?.flac"; do
  cp song.flac "$name"
  expect 0 "$GENRE_PIPELINES/encode-ogg" "$name" 'a "dark\folder" ! filesink location=mine.ogg/new.ogg'
  tags 'a "dark\folder" ! filesink location=mine.ogg/new.ogg' >found
  matches found 'title: A Title$'
  cmp mine.ogg kept.ogg || fail "\"$name\" wrote another file"
  rm "$name" 'a "dark\folder" ! filesink location=mine.ogg/new.ogg'
done
expect 1 "$GENRE_PIPELINES/encode-ogg" backslash.flac new.ogg
[ "$(cat err)" = "encode-ogg: backslash.flac: no file that can be read" ] || fail "$(cat err)"
# a genre that is there already: what is said is what is written
make_music 12 polka.flac 'title="A\ Title",genre="Old\ Polka"'
for song in polka.flac polka.ogg; do
  expect 0 "$GENRE_PIPELINES/encode-ogg" $song "again $song.ogg"
  matches out "^again $song\.ogg: carries Old Polka, left alone$"
  tags "again $song.ogg" >found
  matches found 'genre: Old Polka$'
  if grep -q "genre: $genre$" found; then fail "the genre that was heard is in it, too"; fi
  mv "again $song.ogg" polka.ogg
done
