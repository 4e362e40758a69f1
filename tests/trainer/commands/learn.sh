#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# learn.sh GENRE-TRAIN PLUGINS [GENRE-TAG]: somebody's tagged files become a model of their genres: a
# small collection of made-up music, learnt, interrupted, killed, refused. PLUGINS: where the element is.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
program=$(readlink -f "$1") plugins=$(readlink -f "$2") tag=${3:+$(readlink -f "$3")}
command -v ffmpeg >/dev/null || { echo "SKIP: needs ffmpeg" && exit 77; }
. "$here/common.sh"

# promise STATUS WORDS ARGUMENT...
promise() {
  local status=$1 words=$2 got=0
  shift 2
  "$program" "$@" >out 2>err </dev/null || got=$?
  [ "$got" -eq "$status" ] || fail "genre-train $*: exit status $got, $status expected"
  grep -qF -- "$words" out err || fail "genre-train $*: does not say \"$words\""
}

# says WORDS: in what the last command printed
says() {
  grep -qF -- "$1" out err || fail "does not say \"$1\""
}

# song FILE SOURCE SECONDS TAG=VALUE...
song() {
  local file=$1 source=$2 seconds=$3 tags=()
  shift 3
  for tag_value; do tags+=(-metadata "$tag_value"); done
  mkdir -p "$(dirname "$file")"
  ffmpeg -v error -f lavfi -i "$source" -t "$seconds" -ar 11025 -ac 1 "${tags[@]}" "$file"
}

# Three genres that nobody could take for each other, by three artists each, in several spellings and
# formats: chords, beats, and chirps. One of the songs is long enough for excerpts.
for i in 1 2 3; do
  chord="aevalsrc=0.2*sin(2*PI*$((200 + 30 * i))*t)+0.2*sin(2*PI*$((250 + 38 * i))*t)+0.1*sin(2*PI*$((300 + 45 * i))*t)"
  beat="aevalsrc=0.8*(random(0)-0.5)*exp(-12*mod(t\,0.$((3 + i))))"
  chirp="aevalsrc=0.3*sin(2*PI*($((800 + 50 * i))*t+400*t*mod(t\,1)))"
  song "music/a$i/chord.flac" "$chord" $((i == 1 ? 80 : 12)) "genre=Drum & Bass" "artist=Chord $i"
  song "music/a$i/chord2.ogg" "$chord,tremolo=3" 12 "genre=drum and bass" "artist=Chord $i"
  song "music/b$i/beat.mp3" "$beat" 12 "genre=hip hop;Beats" "artist=Beat $i" "album_artist=Various Artists"
  song "music/b$i/beat2.flac" "$beat,volume=0.5" 12 "genre=Hip-Hop" "artist=Beat $i feat. Chord 1"
  song "music/b$i/beat3.ogg" "$beat,lowpass=2000" 12 "genre=Hip-Hop" "artist=Beat $i"
  song "music/c$i/chirp.wav" "$chirp" 12 "genre=Sirens" "artist=Chirp $i"
  song "music/c$i/chirp2.flac" "$chirp,volume=0.4" 12 "genre=Sirens" "album=Chirps $i"
done
song music/d/polka.flac "sine=f=300" 12 "genre=Polka" "artist=One"
song music/d/untagged.mp3 "sine=f=500" 12 "artist=Nobody"
: >music/d/empty.mp3
echo "no music" >music/d/text.flac
head -c 2000 music/c1/chirp2.flac >music/d/cut.flac
touch "music/d/cover.jpg"
escape=$(printf '\033')
: >"music/d/${escape}[2J.mp3"

# ---- what would be learnt ----
promise 0 "21 songs of 3 genres" learn music --list-genres --min-artists 3
says "Drum & Bass  6 songs by 3 artists"
says "Hip-Hop      9 songs by 3 artists"
says "Sirens       6 songs by 6 artists"
says "Polka: in the tags of 1 song by 1 artist"
says "Songs without a genre: 1"
says "1 ends in .mp3: $PWD/music/d/untagged.mp3"
says "1 of them teaches the model to doubt"
says "empty.mp3: the file is empty"
says "text.flac: "
says '\x1b[2J.mp3: '
! grep -q "$escape" out err || fail "a control character is printed"
printf '# mine\nSirens = hip hop\nDrum & Bass =\nPolka = Chords\n' >map
promise 1 "one genre with at least 3 artists, expected two genres or more: hip hop (9)" \
  learn music --list-genres --min-artists 3 --genre-map map
printf 'Sirens = Sirens # all\nDrum&Bas = Jungle\n' >misspelled
promise 0 "In no tag, but in misspelled: Drum&Bas" learn music --list-genres --min-artists 3 --genre-map misspelled
says "Sirens       6 songs by 6 artists"
printf 'Sirens =\nDrum & Bass =\nHip-Hop=\nBeats =\nPolka =\n' >nothing
promise 1 "has a genre in its tags that is not mapped to nothing" \
  learn music --list-genres --min-artists 1 --genre-map nothing
promise 1 "no genre with at least 8 artists" learn music --list-genres
printf 'Rock\n' >broken
promise 1 "broken, line 1: \"Rock\"" learn music --list-genres --genre-map broken
# tags in places where GStreamer does not look; it hears these formats with plugins that need not be there
if gst-inspect-1.0 --exists aiffparse && gst-inspect-1.0 --exists avdec_wmav2; then
  song formats/a.flac "sine=f=300" 1 "genre=(9)Polka" "artist=One"
  song formats/b.wma "sine=f=400" 1 "genre=Polka" "artist=Two" "album_artist=Various Artists"
  song formats/c.wma "sine=f=500" 1 "genre=Waltz" "artist=Three" "album_artist=Various Artists"
  ffmpeg -v error -i formats/a.flac -write_id3v2 1 -metadata genre=Waltz -metadata artist=Four formats/d.aiff
  promise 0 "Polka  2 songs by 2 artists" learn formats --list-genres --min-artists 1
  says "Waltz  2 songs by 2 artists"
else
  echo "no aiffparse, or no avdec_wmav2: AIFF and WMA are not tried"
fi
mkdir -p nothing-there untagged
cp music/d/untagged.mp3 untagged/song.Mp3
cp music/d/untagged.mp3 untagged/film.MP4
promise 1 "nothing-there: no music there" learn nothing-there --list-genres
promise 1 "none of 2 songs has a genre" learn untagged --list-genres
says "Songs without a genre: 2"
says "1 ends in .mp4: $PWD/untagged/film.MP4"
promise 1 "none of 2 songs has a genre" learn untagged --output x
! grep -q "ends in" out err || fail "endings are listed unasked"
# All endings are named, behind what is said of the songs themselves.
song endings/strange.flac "sine=f=500" 1 "genre=???"
for ending in aac aif aiff ape m4a m4b mka mp2 mpc oga ogg opus spx; do
  cp endings/strange.flac "endings/song.$ending"
done
promise 0 "Songs without a genre: 15" learn music endings --list-genres --min-artists 3
says "14 of them have one without letters or digits, the first: "
[ "$(grep -c "^  1 ends in \." out)" -eq 15 ] || fail "endings are left out"
[ "$(grep -n "without letters" out | cut -d: -f1)" -lt "$(grep -n "end in \.\|ends in \." out | head -n 1 | cut -d: -f1)" ] ||
  fail "\"of them\" is said of an ending"
rm -r endings x.work
promise 0 "a1  2 songs" learn music --list-genres --labels folders --min-artists 1
# A model has room for 240 genres: whoever is one too many is not said to be by too few artists.
song "crowd/Genre 1/song.wav" "sine=f=500" 0.1
for i in {2..241}; do cp -r "crowd/Genre 1" "crowd/Genre $i"; done
promise 0 "240 songs of 240 genres" learn crowd --list-genres --labels folders --min-artists 1
says "1 genre is left out, since a model holds at most 240"
says "  Genre 1: in the tags of 1 song by 1 artist"
! grep -q "fewer than" out err || fail "a genre for which there is no room is said to be by too few artists"
promise 2 "did you mean \"folders\"" learn music --list-genres --labels folder
promise 2 "--output is needed" learn music
promise 2 "genre-train learn: --body-rate is nan, expected 0 to 1" learn music --output x --body-rate nan
ln -s ../../untagged music/d/link
promise 0 "music/d/link: a link to a folder, not followed" learn music --list-genres --min-artists 3
rm music/d/link
ln -s ../b1/beat2.flac music/c1/favourite.flac # is no other song
cp music/b1/beat2.flac outside.flac
ln -s ../../outside.flac music/c1/outside.flac # is one
promise 0 "22 songs of 3 genres" learn music --list-genres --min-artists 3
rm music/c1/favourite.flac music/c1/outside.flac outside.flac
for i in 1 2 3 4 5 6 7 8; do # in no language "Various Artists"
  song "hits/$i.flac" "sine=f=$((300 + i))" 1 "genre=$((i % 2))0s" "artist=Singer $i" "album_artist=Summer Hits"
done
promise 0 '8 songs of the album artist "Summer Hits" have 8 different artists: is that nobody?' \
  learn hits --list-genres --min-artists 1
promise 0 "nowhere: cannot be examined: No such file" learn music nowhere --list-genres --min-artists 3
promise 0 "nothing-there: no music there" learn music nothing-there --list-genres --min-artists 3
promise 2 "--shard has no effect with --list-genres" learn music --list-genres --shard 1/2 --work x
promise 1 "nowhere/x: cannot be written" learn music --output nowhere/x
# What is misspelled is said before anything is read.
promise 2 'did you mean "training.epochs"' learn nowhere --list-genres --set training.epoch=1
promise 2 'training.epochs is "x", expected a whole number' learn nowhere --list-genres --set training.epochs=x
for wrong in "--min-artists 0" "--excerpts 101" "--folds 1" "--timeout 0"; do
  # shellcheck disable=SC2086 # words
  promise 2 "genre-train learn: ${wrong/ / is }, expected " learn music --output x $wrong
  [ "$(head -n 1 err | grep -o -- ' --' | wc -l)" -eq 1 ] || fail "$wrong: others are named, too: $(head -n 1 err)"
done
# What is somebody's is not written over, and names that would be too long at the end are refused now.
cp music/a1/chord2.ogg song.ogg
promise 1 "song.ogg: is there and no model" learn music --output song.ogg --min-artists 3
cmp song.ogg music/a1/chord2.ogg || fail "a song was written over"
mkfifo pipe
promise 1 "pipe: is there and no model" learn music --output pipe --min-artists 3
# Nor what has the name of something that is written beside a model.
printf 'notes\n' >notes
for name in x x.model; do
  for ending in .txt .json .suspects.tsv; do
    cp notes "$name$ending"
    promise 1 "$name$ending: is there and no " learn music --output "$name" --min-artists 3
    cmp notes "$name$ending" || fail "$name$ending was written over"
    rm "$name$ending"
    mkdir "$name$ending"
    promise 1 "$name$ending: cannot be written there" learn music --output "$name" --min-artists 3
    rmdir "$name$ending"
  done
done
cp notes music/tags.tsv
promise 1 "music/tags.tsv: is there and no list of tags" learn music --list-genres --min-artists 3 --work music
cmp notes music/tags.tsv || fail "somebody's tags.tsv was written over"
rm music/tags.tsv
[ -z "$(find . -maxdepth 1 -name "x*.work")" ] || fail "work was begun all the same"
promise 1 "expected at most 235" learn music --output "$(printf 'n%.0s' {1..240})" --min-artists 3
promise 1 "missing.model" learn music --output x --from missing.model
[ -z "$(find . -name "x*" -newer broken)" ] || fail "a command that failed left something"

# What cannot be built is said before tags are read, and who has chosen what.
promise 1 'of 3 parts, expected at most as many as model.widths, "8", has; model.pools is from the default recipe: set it, too' \
  learn nowhere --output x --from none --set model.widths=8
promise 1 "--set: model.features is 500, but the network is shown 128 bands" learn nowhere --output x --from none \
  --set model.features=500
promise 1 "model.features is 41, but the network is shown 40 coefficients" learn nowhere --output x --from none \
  --set model.features=41 --set model.representation=mfcc
promise 1 "training.group is 8, expected a divisor of training.batch, 9; training.group is from the default recipe" \
  learn nowhere --output x --set training.batch=9
promise 1 "model.architecture is \"cmn\"" learn nowhere --output x --from none --set model.architecture=cmn
[ ! -e x.work ] || fail "a folder was made for what cannot be"

promise 2 "--set model.widths=8 has no effect without --from none" learn music --output x --set model.widths=8
promise 2 "--set model.depth=2 has no effect" learn music --output x --from x.model --set model.depth=2
promise 2 "--body-rate has no effect without a model to begin with" learn music --output x --from none --body-rate 0.1
promise 2 "--set augmentation.announcer=1 has no effect without a model to begin with" learn music --output x --from none \
  --set augmentation.announcer=1
promise 2 "--set training.patience=3 has no effect" learn music --output x --set training.patience=3
promise 1 "model.coefficients is 200, but the data set has 128 bands" learn nowhere --output x --from none --min-artists 3 \
  --set model.representation=mfcc --set model.coefficients=200
# What a file describes fits a number of genres, which only the tags say.
echo '[{"type":"statistics-pool"},{"type":"dense","outputs":7}]' >seven.json
promise 1 "seven.json: " learn music --output x --from none --min-artists 3 --set model.architecture=seven.json
# Biases that the folds find have nowhere to go in a network without a dense layer at its end.
cat >pool.json <<'END'
[{"type": "conv2d", "channels": 4, "kernel": [1, 16], "stride": [1, 16], "padding": [0, 0]},
 {"type": "conv2d", "channels": 3, "kernel": [1, 8], "padding": [0, 0]},
 {"type": "statistics-pool", "deviation": false}]
END
promise 1 'pool.json: the network ends with a layer "statistics-pool", expected "dense"' learn music --output x \
  --from none --min-artists 3 --set model.architecture=pool.json
[ -s x.work/tags.tsv ] || fail "a network for seven genres was refused before the genres were counted"
[ -z "$(find x.work -name 'spectrograms-*')" ] || fail "music was heard for what cannot be"
rm -r x.work

# ---- from chance, small: everything that is printed and written ----
small="--min-artists 3 --from none --folds 3 --set model.widths=8,16 --set model.pools=2 --set training.epochs=25"
small="$small --set training.learning-rate=0.01 --set training.average-decay=0.9 --set training.batch=8"
small="$small --set augmentation.masks=0 --set model.mean-subtraction=0"
# shellcheck disable=SC2086 # words
promise 0 "mine.model: 3 genres" learn music --output mine.model $small --threads 3
says "Of 3 threads training itself uses 1: training.batch (8)"
says "22 songs heard" # with one that teaches doubt
# Of the long song three excerpts of two segments, of the others all that there is: 128 bands, a head.
store=$(basename mine.model.work/spectrograms-*)
[[ $store == *-3-*-2 ]] || fail "$store: the name does not say by which rule excerpts are taken"
excerpts=$((3 * 2 * $(cut -d - -f 6 <<<"$store") * 128 + 128))
largest=$(find "mine.model.work/$store" -name '*.npy' -printf '%s\n' | sort -n | tail -n 1)
[ "$largest" -eq "$excerpts" ] || fail "the largest spectrogram has $largest bytes, $excerpts expected"
for words in "Accuracy" "Genres that it takes for each other" "How many songs a genre would need" \
  "Songs whose tag may be wrong" "Below a confidence of"; do
  says "$words"
  grep -qF "$words" mine.model.txt || fail "the page in the file lacks \"$words\""
done
accuracy=$(awk '$1 == "Accuracy" { print int ($2) }' mine.model.txt)
[ "$accuracy" -ge 80 ] || fail "accuracy $accuracy % on what nobody could mistake"
says "held out once, in 3 parts"
! grep -qF "parts, not in" out || fail "folds are lowered that are as wanted"
! grep -qF "does not hold" out || fail "a model that has learnt well is said to find fewer songs than its folds"
for member in n-folds lookalikes songs suspects threshold unkept genres; do
  grep -q "\"$member\"" mine.model.json || fail "the page as JSON lacks $member"
done
[ "$(head -n 1 mine.model.suspects.tsv)" = "$(printf 'file\ttagged\theard\tconfidence')" ] ||
  fail "the list of suspects has no head"
promise 0 "Drum & Bass" info mine.model
says '"labels-from" : "tags"'
says '"songs" : 21'
says '"songs-of-other-genres" : 1'
says '"name" : "Hip-Hop"'
says "drum-bass"

# ---- again: nothing is heard or learnt twice, and the same comes of it ----
cp mine.model first.model
# shellcheck disable=SC2086 # words
promise 0 "0 songs heard" learn music --output mine.model $small
cmp first.model mine.model || fail "the same command gave another model"
# Where it cannot be written, what has been learnt is said all the same: no file may have more than 2 KiB.
got=0
# shellcheck disable=SC2086 # words
(ulimit -f 2 && trap '' XFSZ && exec "$program" learn music --output mine.model $small </dev/null 2>&1) | cat >out || got=$?
[ "$got" -eq 1 ] || fail "exit status $got without room for a model"
says "mine.model: cannot be written"
says "Genres that it takes for each other"
cmp first.model mine.model || fail "the model that was there is lost"
# A change of tags is seen, and spectrograms are kept.
cp music/d/polka.flac kept.flac
ffmpeg -v error -i music/d/polka.flac -metadata genre=Sirens -metadata artist="Chirp 1" -c copy polka.flac
mv polka.flac music/d/polka.flac
promise 0 "22 songs of" learn music --list-genres --min-artists 3 --work mine.model.work
mv kept.flac music/d/polka.flac
# What was learnt for a model that is replaced goes with it.
# shellcheck disable=SC2086 # words
promise 0 "mine.model: 3 genres" learn music --output mine.model $small --set training.epochs=1 --no-curve
[ "$(find mine.model.work -name 'learning-*' | wc -l)" -eq 1 ] || fail "what is superseded is kept"
! grep -qF "learning-*" out || fail "speaks of others where there are none"

# ---- killed at any moment, resumed each time: the same model ----
rm -r mine.model.work
kills=0 of_learning=0
while [ "$kills" -lt 8 ]; do
  : >err # or the last run's is read
  # shellcheck disable=SC2086 # words
  "$program" learn music --output killed.model $small >out 2>err </dev/null &
  pid=$!
  if [ $((kills % 2)) -eq 1 ]; then # so that learning is killed, too
    until grep -q "^learning" err || ! kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
  fi
  sleep "0.$((RANDOM % 9))$((RANDOM % 9))"
  kill -9 "$pid" 2>/dev/null || break
  wait "$pid" 2>/dev/null || true
  kills=$((kills + 1))
  ! grep -q "^learning" err || of_learning=$((of_learning + 1))
done
[ "$kills" -ge 2 ] || fail "the run was over before it could be killed"
[ "$of_learning" -ge 1 ] || fail "learning was never killed, of $kills kills"
find killed.model.work -name '*.npy.*' -exec touch -d '2 hours ago' {} +
# shellcheck disable=SC2086 # words
promise 0 "killed.model: 3 genres" learn music --output killed.model $small
[ -z "$(find killed.model.work -name '*.npy.*')" ] || fail "a half-written spectrogram is left"
cmp first.model killed.model || fail "killed $kills times: another model"

# ---- one artist alone: said, and refused where there is no other ----
mkdir lonely
cp music/a1/chord2.ogg music/b1/beat2.flac music/b2/beat3.ogg music/c1/chirp.wav music/c2/chirp2.flac lonely
song lonely/brief.flac "sine=f=300" 2 genre=Hip-Hop artist=Third
printf 'Drum & Bass = Chords\nBeats =\n' >chords
# shellcheck disable=SC2086 # words
promise 0 "Chords: all that was heard is by one artist" learn lonely --output lonely.model $small \
  --min-artists 1 --genre-map chords --set training.epochs=1 --no-curve
says "lonely/brief.flac: 2.0 s of sound, expected at least"
says "by 2 artists, so that every artist is held out once in 2 parts, not in 3." # and is on the page:
grep -qF "held out once, in 2 parts" lonely.model.txt || fail "the page does not say in how many parts"
grep -qE '"n-folds" ?: ?2\b' lonely.model.json || fail "the page as JSON does not say in how many parts"
promise 0 '"songs" : 5' info lonely.model # of 6, and so of each genre:
genres=$(tr -d '[:space:]' <out | grep -oE '"songs":[0-9]+,"artists":[0-9]+' | tr '\n' ' ')
[ "$genres" = '"songs":1,"artists":1 "songs":2,"artists":2 "songs":2,"artists":2 ' ] ||
  fail "of its genres it says $genres"
rm lonely/*
for genre in a b; do
  ffmpeg -v error -i music/${genre}1/*2.* -map_metadata -1 -metadata "genre=$genre" -metadata artist=One lonely/$genre.flac
done
# shellcheck disable=SC2086 # words
promise 1 "2 folds of 1 artists of the genres" learn lonely --output lonely.model $small --min-artists 1
# One that has a genre alone, of two: whoever begins from chance has nothing left to tell apart.
ffmpeg -v error -i music/b2/beat2.flac -map_metadata -1 -metadata genre=b -metadata artist=Two lonely/c.flac
# shellcheck disable=SC2086 # words
promise 1 "is held out, only b is left to learn from" learn lonely --output lonely.model $small --min-artists 1
says "clips are needed, of a by other artists or of another genre"
# Too short to be learnt: named, not learnt from nothing.
for genre in A B; do
  for i in 1 2; do
    song "brief/$genre$i.flac" "sine=f=$((300 * i))" 2 "genre=$genre" "artist=$genre$i"
  done
done
# shellcheck disable=SC2086 # words
promise 1 "nothing of A is left to learn from" learn brief --output brief.model $small --min-artists 1

# ---- Ctrl-C ----
: >err
# shellcheck disable=SC2086 # words
"$program" learn music --output stopped.model $small --set training.epochs=20000 >out 2>err </dev/null &
pid=$!
until grep -q "^learning" err || ! kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
kill -INT "$pid"
status=0
wait "$pid" || status=$?
[ "$status" -eq 1 ] || fail "exit status $status after Ctrl-C"
says "the same command goes on from here"
[ ! -e stopped.model ] || fail "a model was written after Ctrl-C"
# Whoever learns otherwise may still want to go on with it.
# shellcheck disable=SC2086 # words
promise 0 "1 other folder stopped.model.work/learning-* is left" learn music --output stopped.model $small \
  --set training.epochs=1 --no-curve
[ "$(find stopped.model.work -name 'learning-*' | wc -l)" -eq 2 ] || fail "what was stopped is gone"

# As many steps as are worth their time, 800 for so few songs, in batches of any size: an epoch has two of eight.
: >err
# shellcheck disable=SC2086 # words
"$program" learn music --output paced.model --work killed.model.work ${small/--set training.epochs=25/} >out 2>err </dev/null &
pid=$!
until grep -q "^learning" err || ! kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
kill -INT "$pid" 2>/dev/null || true
wait "$pid" || true
says "epoch 1 of 400,"

# ---- from another model, and from the default one ----
promise 0 "from.model: 3 genres" learn music --output from.model --min-artists 3 --from first.model \
  --folds 2 --no-curve --set training.epochs=2
says "on artists that were held out, but may have been heard"
grep -qF "first.model learnt from tagged songs itself" err || fail "no word of what first.model has heard"
caution="It begins with first.model, which learnt from tagged songs"
grep -qF "$caution" from.model.txt || fail "the page does not say what it begins with"
grep -qF "\"caution\" : \"$caution" from.model.json || fail "the page as JSON does not say what it begins with"
promise 0 '"from" : "first.model"' info from.model
! grep -qF "widths=" out || fail "says of another model's network what it is from chance"
says "\"caution\" : \"$caution"
promise 1 "--set augmentation.announcer=1 has no effect: first.model knows nothing that is no music" learn music \
  --output announced.model --min-artists 3 --from first.model --set augmentation.announcer=1
[ ! -e announced.model.work ] || fail "begun all the same"
# Merged, it has heard them as well; what began from chance, or with the default model, has not.
promise 0 "" merge --output merged.model first.model from.model
promise 0 "merged.model learnt from tagged songs itself" learn music --list-genres --min-artists 3 --from merged.model
promise 0 "3 genres" learn music --list-genres --min-artists 3
! grep -q "learnt from tagged songs" err || fail "takes the default model for somebody's own"
! grep -q "learnt from tagged songs" mine.model.txt || fail "cautions of nothing"
cp from.model same.model
promise 1 "./same.model: is read, too" learn music --output ./same.model --from same.model --min-artists 3
cmp from.model same.model || fail "a model was written over by what begins with it"
mv map same.txt
promise 1 "same.txt: is read, too" learn music --output same --genre-map same.txt --min-artists 3
mv same.txt map
# One that hears other bands: nothing that was stored for the others is taken for its own.
promise 0 "" extract music narrow --bands 64
promise 0 "parameters" train --data narrow --output narrow.model --set model.widths=8 \
  --set model.pools=2 --set training.epochs=1
promise 0 "narrow-own.model: 3 genres" learn music --output narrow-own.model --min-artists 3 \
  --work killed.model.work --from narrow.model --folds 2 --no-curve --set training.epochs=1
says "22 songs heard"
[ "$(find killed.model.work -name 'spectrograms-*' | wc -l)" -eq 2 ] || fail "not one store for each front end"
promise 0 "default.model: 3 genres" learn music --output default.model --min-artists 3 --folds 2 \
  --no-curve --set training.epochs=1 --half
promise 0 "(no music)" info default.model
says '"from" : "the default model"'

# ---- genre-tag writes the names as the tags spelled them ----
if [ -n "$tag" ]; then
  cp music/a1/chord.flac new.flac
  GST_PLUGIN_PATH=$plugins GST_REGISTRY=$work/registry "$tag" --force --threshold 0 --model first.model \
    --write new.flac >out 2>err || fail "genre-tag with the model"
  ffprobe -v error -show_entries format_tags new.flac >out
  grep -qiE "genre=(Drum & Bass|Hip-Hop|Sirens)$" out || fail "the genre is not spelled as in the tags"
fi
echo "all kept, killed $kills times, $of_learning of them while it learnt"
